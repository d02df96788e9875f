"""Elastic deformation: a picture and its mask displaced by one smooth random field.

Simard, Steinkraus, Platt, Best Practices for Convolutional Neural Networks Applied to Visual
Document Analysis, ICDAR 2003; on pictures and masks together Ronneberger, Fischer, Brox, U-Net,
MICCAI 2015, https://arxiv.org/abs/1505.04597
"""

from __future__ import annotations

from itertools import product

import numpy as np

from engine.api.traces import ArrowsMark, GridMark, PolygonsMark, Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.elastic_deformation.warping import (
    GRID,
    ElasticDeformationConfig,
    Warp,
    area_of,
    coarse_field,
    drawn_field,
    folded_share,
    lengths,
    moved,
    moved_mask,
    scaled,
)
from engine.traces.marks import (
    bars,
    cells,
    curve,
    heat,
    histogram,
    image,
    images,
    on,
    points,
    table,
)
from engine.traces.segmentation_pictures import busiest_place
from engine.traces.steps import explain, step
from engine.traces.wording import at_place, weighted_sum

_ARROW_PX = 12
_SIGMAS_PX = (2.0, 6.0, 16.0)
_ALPHAS = np.linspace(0, 1000, 21)
_COARSE_PX = 10.0  # deviation of U-Net's field, for pictures of 512 pixels
_COPIES = 3


@TRACES.register(
    TraceCard(
        key="elastic-deformation",
        title="Elastic deformation",
        summary="A smooth random field bends a picture, and its mask with it: new data from old.",
        config_type=ElasticDeformationConfig,
        area="segment",
        order=70,
        takes_picture=True,
    )
)
class ElasticDeformation(Warp):
    """From random numbers to a bent picture and its mask, and what can go wrong."""

    @step
    def little_data(self) -> Step:
        covered = float((self.mask > 0).mean())
        kind = "its true mask" if self.is_true_mask else "a mask, here simply its brighter part"
        shares = [100 * float((self.mask == index).mean()) for index in range(len(self.classes))]
        return explain(
            "One picture with its mask",
            f"Here are {self.picture.words} and {kind}: {100 * covered:.0f} % of the pixels are "
            "marked. Masks take long to draw, and U-Net had 30 pictures to learn from. Bent a "
            "little at random, each becomes as many new ones as one likes.",
            image(self.pixels, "picture"),
            self.masked(self.pixels, self.mask, "with its mask"),
            self.masked(self.picture_after, self.mask_after, "what it will become"),
            bars("Share of the pixels, per cent", self.classes, shares),
        )

    @step
    def random_numbers(self) -> Step:
        values = self.noise
        return explain(
            "Two numbers for every pixel",
            f"For each of the {values[0].size:,} pixels two random numbers from -1 to 1 are drawn "
            f"(seed {self.config.seed}): how far down and how far right it will look. Their "
            f"spread is {values.std():.3f}. As they are, every pixel would jump for itself.",
            heat(values[0], "down"),
            heat(values[1], "right"),
            image(moved(self.pixels, 4 * values, "mirror"), "4 px of that"),
            histogram(values, "numbers", "random number", "how many", limits=(-1.0, 1.0)),
            formula=r"u\sim\mathcal{U}(-1,1)",
        )

    @step
    def smoothed(self) -> Step:
        smooth = self.field / self.config.alpha if self.config.alpha else 0 * self.field
        sigma = self.config.sigma_px
        expected = 1 / np.sqrt(3) / (2 * sigma * np.sqrt(np.pi))
        near = np.arange(0, 41)
        titles = {"x_title": "pixels apart", "y_title": "correlation of two pixels' movements"}
        return explain(
            f"Smoothed over {sigma:g} pixels",
            f"A Gaussian of deviation {sigma:g} pixels averages the numbers of the neighbourhood: "
            "now neighbours move almost alike. Averaging makes them small: the spread falls from "
            f"{self.noise.std():.3f} to {smooth.std():.4f}; by theory it is {expected:.4f} far "
            "from the border.",
            heat(self.noise[1], "right, before"),
            heat(smooth[1], "right, smoothed", scale="smoothed"),
            heat(smooth[0], "down, smoothed", scale="smoothed"),
            curve(near, np.exp(-(near**2) / (4 * sigma**2)), "likeness", **titles),
            formula=rf"\sigma_d=\dfrac{{0.577}}{{3.545\,\sigma}}={expected:.4f}",
        )

    @step
    def strength(self) -> Step:
        alpha, reach = self.config.alpha, self.reach
        return explain(
            f"Times {alpha:g}: {reach.mean():.1f} pixels on average",
            f"The strength alpha = {alpha:g} makes pixels of the small numbers: the displacements "
            f"are {reach.mean():.1f} pixels long on average and {reach.max():.1f} at most, in a "
            f"picture {self.size[1]} pixels wide.",
            heat(self.field[0], "down, pixels"),
            heat(self.field[1], "right, pixels"),
            heat(reach, "length, pixels"),
            histogram(reach, "pixels", "length of the displacement in pixels", "how many pixels"),
            formula=rf"d={alpha:g}\cdot(G*u)",
        )

    @step
    def where_pixels_look(self) -> Step:
        height, width = self.size
        rows = np.arange(_ARROW_PX // 2, height, _ARROW_PX)
        columns = np.arange(_ARROW_PX // 2, width, _ARROW_PX)
        across, down = (part.ravel() for part in np.meshgrid(columns, rows))
        starts = np.stack([across, down], axis=1) + 0.5
        shift = np.stack([self.field[1, down, across], self.field[0, down, across]], axis=1)
        ends = (starts + shift).clip(0, (width, height))
        looks = ArrowsMark(starts.astype(np.float32), ends.astype(np.float32), "current")
        shift = ends - starts  # those that leave the picture are drawn to its border
        middle = int(np.argmax(np.hypot(*shift.T)))
        angle = np.degrees(np.arctan2(-shift[middle, 1], shift[middle, 0])) % 360
        return explain(
            "Where every pixel looks",
            f"An arrow for every {_ARROW_PX}th pixel leads to the place whose value it will take. "
            f"The longest drawn one begins in {at_place(down[middle], across[middle])} and is "
            f"{np.hypot(*shift[middle]):.1f} pixels long, at {angle:.0f} degrees. Neighbouring "
            "arrows are alike, distant ones are not.",
            on(image(self.pixels, "where pixels look"), looks),
            image(self.picture_after, "what they find there"),
            heat(self.reach, "length"),
            bars("Longest drawn arrow, pixels", ("right", "down"), shift[middle]),
            formula=r"x'(p)=x(p+d(p))",
        )

    @step
    def bent_grid(self) -> Step:
        rows, columns = GRID
        squares = [self.bent_square(*place) for place in np.ndindex(rows, columns)]
        areas = np.array([area_of(square) for square in squares])
        even = areas / areas.mean()
        folded = folded_share(self.field)
        frame = GridMark((0, 0, self.size[1], self.size[0]), rows, columns, "candidate")
        bent = PolygonsMark(tuple(squares), "candidate")
        over = f"and folded over at {100 * folded:.2f} % of the pixels"
        whole = over if folded else "but nowhere torn"
        return explain(
            "A grid, bent",
            f"Each of the {rows * columns} squares of the new picture is filled from a bent "
            f"square of the old one. The largest is {even.max():.2f} times the mean area, the "
            f"smallest {even.min():.2f} times: the picture is stretched here and squeezed there, "
            f"{whole}.",
            on(image(self.pixels, "filled from here"), bent),
            on(image(self.picture_after, "into these squares"), frame),
            image(self.lined(), "lines drawn first"),
            bars(
                "Area over the mean area",
                {"smallest": even.min(), "largest": even.max()},
                limit=1.0,
                limit_name="unchanged",
            ),
        )

    @step
    def one_pixel(self) -> Step:
        height, width = self.size
        column, row = busiest_place(self.pixels)
        place = np.array([row, column]) + self.field[:, row, column].astype(np.float64)
        place = place.clip(0, (height - 1.001, width - 1.001))
        top, left = np.floor(place).astype(int).tolist()
        down, right = place - (top, left)
        weights = np.outer([1 - down, down], [1 - right, right])
        values = self.pixels[top : top + 2, left : left + 2].mean(axis=2)
        answer = float((weights * values).sum())
        rows = [
            (at_place(top + i, left + j), f"{weights[i, j]:.3f}", f"{values[i, j]:.1f}")
            for i, j in product(range(2), range(2))
        ]
        here, there = (np.array([[x, y]], np.float32) for x, y in ((column, row), place[::-1]))
        look = ArrowsMark(here + 0.5, there + 0.5, "current")
        around = self.pixels[max(0, top - 3) : top + 5, max(0, left - 3) : left + 5]
        return explain(
            "A value between four pixels",
            f"The pixel in {at_place(row, column)} looks at {at_place(place[0], place[1], 2)}, "
            "between four pixels. It takes their mean, the nearer ones weighing more: "
            f"{answer:.1f} of 255, as brightness. Pixels that look outside see the picture "
            f"{'mirrored' if self.config.border == 'mirror' else 'as black'}.",
            on(image(self.pixels, "picture"), look),
            image(np.ascontiguousarray(around), "about that place"),
            cells(weights, "weights"),
            table(("pixel", "weight", "value"), rows),
            formula=weighted_sum(weights.ravel().tolist(), values.ravel().tolist()),
        )

    @step
    def picture_displaced(self) -> Step:
        change = np.abs(self.picture_after.astype(float) - self.pixels).mean(axis=2)
        return explain(
            "The picture, displaced",
            "All pixels have looked where they were sent. Their values changed by "
            f"{change.mean():.1f} of 255 on average, most at edges. A person still sees the same "
            "things: tissue, handwriting, a street can well look like this.",
            image(self.pixels, "before"),
            image(self.picture_after, "after"),
            heat(change, "change"),
            bars("Change in grey levels of 255", {"mean": change.mean(), "largest": change.max()}),
        )

    @step
    def mask_displaced(self) -> Step:
        differs = self.mask_after != self.mask
        before = np.bincount(self.mask.ravel(), minlength=len(self.classes))
        after = np.bincount(self.mask_after[self.is_known], minlength=len(self.classes))
        return explain(
            "The mask by the same field",
            "The mask goes through the very same field, so that it still fits. Each pixel takes "
            f"the class of the nearest pixel, never a mean. {int(differs.sum())} of "
            f"{differs.size} pixels have another class than before; no class is new.",
            self.masked(self.pixels, self.mask, "before"),
            self.masked(self.picture_after, self.mask_after, "after"),
            heat(differs, "other class"),
            bars("Pixels of each class, before pale behind", self.classes, after, before=before),
            formula=r"m'(p)=m(\mathrm{round}(p+d(p)))",
        )

    @step
    def averaged_mask(self) -> Step:
        from engine.data.elastic_deformation import deform

        averaged = deform(self.mask.astype(np.float32), self.field, "bilinear", self.config.border)
        fractions = np.abs(averaged - np.round(averaged)) > 1e-3
        rounded = np.round(averaged).astype(np.uint8)
        wrong = (rounded != self.mask_after) & self.is_known
        return explain(
            "Why a mask must not be averaged",
            f"Read like a picture, {int(fractions.sum())} mask pixels would get a number between "
            "two classes. Rounded, these become a class in between that has nothing "
            f"to do there: {int(wrong.sum())} pixels differ from the mask that takes the nearest.",
            self.masked(self.picture_after, self.mask_after, "nearest"),
            self.masked(self.picture_after, rounded, "averaged, rounded"),
            heat(wrong, "wrong"),
            bars(
                "Pixels of the averaged mask",
                {"between classes": fractions.sum(), "wrong class": wrong.sum()},
            ),
            formula=r"\frac{1}{2}\,(\mathrm{class}\ 1+\mathrm{class}\ 3)\neq\mathrm{class}\ 2",
        )

    @step
    def only_the_picture(self) -> Step:
        wrong = (self.mask != self.mask_after) & self.is_known
        either = ((self.mask > 0) | (self.mask_after > 0)) & self.is_known
        both = (self.mask == self.mask_after) & either
        overlap = float(both.sum() / either.sum()) if either.any() else 1.0
        return explain(
            "One field for both",
            f"Were the picture alone displaced, {100 * wrong.mean():.1f} % of the pixels would be "
            f"taught a wrong class; the marked parts of the old and the new mask agree by "
            f"{100 * overlap:.0f} %. Both must move together, by the same random numbers.",
            self.masked(self.picture_after, self.mask_after, "both moved"),
            self.masked(self.picture_after, self.mask, "mask left behind"),
            heat(wrong, "wrong class"),
            bars("Intersection over union of the masks", {"agreement": overlap}),
        )

    @step
    def outside_the_picture(self) -> Step:
        height, width = self.size
        rows = np.arange(height)[:, None] + self.field[0]
        columns = np.arange(width)[None] + self.field[1]
        outside = (rows < 0) | (rows > height - 1) | (columns < 0) | (columns > width - 1)
        return explain(
            "What lies outside the picture",
            f"{int(outside.sum())} pixels, {100 * outside.mean():.1f} %, look beyond the border. "
            "They see the picture mirrored, or black. Where nothing is known the mask says so, "
            "and the loss leaves these pixels out.",
            image(moved(self.pixels, self.field, "mirror"), "mirror"),
            image(moved(self.pixels, self.field, "constant"), "constant"),
            heat(outside, "looks outside"),
            bars(
                "Pixels that look",
                {"inside": (~outside).sum(), "outside": outside.sum()},
                current=1,
            ),
        )

    @step
    def smoothness(self) -> Step:
        wanted = max(float(self.reach.mean()), 1.0)
        fields = []
        for sigma in _SIGMAS_PX:
            field = drawn_field(self.size, 100.0, sigma, self.config.seed)
            fields.append(np.asarray(field * (wanted / lengths(field).mean()), np.float32))
        folded = [100 * folded_share(field) for field in fields]
        names = [f"sigma {sigma:g} px" for sigma in _SIGMAS_PX]
        crumpled = [moved(self.pixels, field, self.config.border) for field in fields]
        return explain(
            "Crumpled, elastic, or only shifted",
            f"All three move pixels by {wanted:.1f} on average. At {names[0]} neighbours part and "
            f"the picture crumples: at {folded[0]:.0f} % of the pixels it is turned over. At "
            f"{names[2]} whole regions move together, which is little more than a shift.",
            images(crumpled, names),
            bars("Pixels that are turned over, per cent", names, folded),
        )

    @step
    def folding(self) -> Step:
        unit = drawn_field(self.size, 1.0, self.config.sigma_px, self.config.seed)
        shares = np.array([100 * folded_share(scaled(unit, alpha)) for alpha in _ALPHAS.tolist()])
        own = 100 * folded_share(self.field)
        folds = _ALPHAS[shares > 0.1]
        limit = float(folds[0]) if len(folds) else float(_ALPHAS[-1])
        where = (
            f"From a strength of about {limit:g} on it folds in more than one pixel of a thousand."
            if len(folds)
            else f"Even at a strength of {limit:g} it does not fold."
        )
        strong = scaled(unit, min(4 * max(limit, 1.0), 4000.0))
        titles = {"x_title": "strength alpha", "y_title": "pixels turned over, per cent"}
        return explain(
            "Too strong, and it folds",
            "Where neighbouring displacements differ by more than a pixel a pixel, the picture "
            f"is turned over. At alpha = {self.config.alpha:g} that happens at {own:.2f} % of the "
            f"pixels. {where}",
            image(self.picture_after, f"alpha {self.config.alpha:g}"),
            image(moved(self.pixels, strong, "mirror"), "far too strong"),
            heat(lengths(strong), "length, far too strong"),
            curve(_ALPHAS, shares, "this field", **titles),
            points([self.config.alpha], [own], "yours", role="current", **titles),
            formula=r"\mathrm{det}(I+\dfrac{\partial d}{\partial p})\leq 0",
        )

    @step
    def three_by_three(self) -> Step:
        deviation = _COARSE_PX * self.size[1] / 512
        field = coarse_field(self.size, deviation, self.config.seed)
        reach = lengths(field)
        return explain(
            "Another way: a grid of 3 x 3",
            "U-Net draws displacements on a grid of 3 x 3 only, with a deviation of "
            f"{_COARSE_PX:g} pixels, here {deviation:.1f} for {self.size[1]} pixels of width in "
            "place of 512, and joins them by cubic curves. That moves pixels by "
            f"{reach.mean():.1f} on average, in large soft waves.",
            heat(field[1], "right, pixels"),
            heat(field[0], "down, pixels"),
            self.masked(
                moved(self.pixels, field, self.config.border),
                moved_mask(self.mask, field, self.config.border),
                "displaced",
            ),
            bars(
                "Mean displacement, pixels",
                {"3 x 3 grid": reach.mean(), "smoothed noise": self.reach.mean()},
            ),
        )

    @step
    def more_copies(self) -> Step:
        config = self.config
        rows, copies = [], []
        for at in range(_COPIES):
            seed = config.seed + 1 + at
            field = drawn_field(self.size, config.alpha, config.sigma_px, seed)
            after = moved_mask(self.mask, field, config.border)
            bent = moved(self.pixels, field, config.border)
            copies.append(self.masked(bent, after, f"seed {seed}"))
            reach = lengths(field)
            changed = 100 * float((after != self.mask).mean())
            rows.append((seed, f"{reach.mean():.1f}", f"{reach.max():.1f}", f"{changed:.1f} %"))
        return explain(
            "As many as one likes",
            f"Three more, from other random numbers: alpha = {config.alpha:g} and sigma = "
            f"{config.sigma_px:g} pixels stay. In training every picture is bent anew each time "
            "it is seen, so that the network never sees the same one twice.",
            copies,
            table(("seed", "mean px", "largest px", "mask changed"), rows),
        )
