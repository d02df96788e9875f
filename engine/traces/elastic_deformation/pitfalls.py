"""What can go wrong with elastic deformation, and how others draw the field."""

from __future__ import annotations

import numpy as np

from engine.api.traces import Step
from engine.traces.elastic_deformation.displacing import Displacing
from engine.traces.elastic_deformation.warping import (
    Field,
    coarse_field,
    drawn_field,
    folded_share,
    lengths,
    moved,
    moved_mask,
)
from engine.traces.marks import bars, curve, heat, image, images, points, table
from engine.traces.steps import explain, step

_SIGMAS_PX = (2.0, 6.0, 16.0)
_ALPHAS = np.linspace(0, 1000, 21)
_COARSE_PX = 10.0  # deviation of U-Net's field, for pictures of 512 pixels
_COPIES = 3


class Pitfalls(Displacing):
    """Steps that say what can go wrong, and the summary."""

    @step
    def averaged_mask(self) -> Step:
        from engine.data.elastic_deformation import deform

        averaged = deform(self.mask.astype(np.float32), self.field, "bilinear", self.config.border)
        fractions = np.abs(averaged - np.round(averaged)) > 1e-3
        rounded = np.round(averaged).astype(np.uint8)
        wrong = (rounded != self.mask_after) & (self.mask_after < len(self.classes))
        return explain(
            "Why a mask must not be averaged",
            f"Read like a picture, {int(fractions.sum())} mask pixels would get a number between "
            "two classes, such as 2.4. Rounded, these become a class in between that has nothing "
            f"to do there: {int(wrong.sum())} pixels differ from the mask that takes the nearest.",
            self.masked(self.picture_after, self.mask_after, "nearest"),
            self.masked(self.picture_after, rounded, "averaged, rounded"),
            heat(wrong, "wrong"),
            bars(
                ("between classes", "wrong class"),
                (fractions.sum(), wrong.sum()),
                "Pixels of the averaged mask",
            ),
            formula=r"\frac{1}{2}\,(\mathrm{class}\ 1+\mathrm{class}\ 3)\neq\mathrm{class}\ 2",
        )

    @step
    def only_the_picture(self) -> Step:
        known = self.mask_after < len(self.classes)
        wrong = (self.mask != self.mask_after) & known
        either = ((self.mask > 0) | (self.mask_after > 0)) & known
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
            bars(("agreement",), (overlap,), "Intersection over union of the masks"),
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
                ("inside", "outside"),
                ((~outside).sum(), outside.sum()),
                "Pixels that look",
                current=1,
            ),
        )

    @step
    def smoothness(self) -> Step:
        wanted = max(float(lengths(self.field).mean()), 1.0)
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
            bars(names, folded, "Pixels that are turned over, per cent"),
        )

    @step
    def folding(self) -> Step:
        unit = drawn_field(self.size, 1.0, self.config.sigma_px, self.config.seed)
        shares = np.array([100 * folded_share(_scaled(unit, alpha)) for alpha in _ALPHAS.tolist()])
        own = 100 * folded_share(self.field)
        folds = _ALPHAS[shares > 0.1]
        limit = float(folds[0]) if len(folds) else float(_ALPHAS[-1])
        where = (
            f"From a strength of about {limit:g} on it folds in more than one pixel of a thousand."
            if len(folds)
            else f"Even at a strength of {limit:g} it does not fold."
        )
        strong = _scaled(unit, min(4 * max(limit, 1.0), 4000.0))
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
                ("3 x 3 grid", "smoothed noise"),
                (reach.mean(), lengths(self.field).mean()),
                "Mean displacement, pixels",
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


def _scaled(unit: Field, alpha: float) -> Field:
    return np.asarray(unit * alpha, np.float32)
