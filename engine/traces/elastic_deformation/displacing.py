"""From random numbers to a bent picture and its mask, and where every pixel looks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import ArrowsMark, GridMark, PolygonsMark, Step
from engine.traces.elastic_deformation.warping import Warp, folded_share, lengths, moved
from engine.traces.marks import bars, cells, curve, heat, histogram, image, on, table
from engine.traces.segmentation_pictures import Pixels, busiest_place
from engine.traces.steps import explain, step
from engine.traces.wording import number

_ARROW_PX = 12
_GRID = (6, 8)  # rows, columns
_EDGE_POINTS = 8

Floats = NDArray[np.float32]


class Displacing(Warp):
    """Steps from one picture with its mask to both of them bent."""

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
            bars(self.classes, shares, "Share of the pixels, per cent"),
        )

    @step
    def random_numbers(self) -> Step:
        values = self.noise
        return explain(
            "Two numbers for every pixel",
            f"For each of the {values[0].size} pixels two random numbers from -1 to 1 are drawn "
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
        return explain(
            f"Smoothed over {sigma:g} pixels",
            f"A Gaussian of deviation {sigma:g} pixels averages the numbers of the neighbourhood: "
            "now neighbours move almost alike. Averaging makes them small: the spread falls from "
            f"{self.noise.std():.3f} to {smooth.std():.4f}; by theory it is {expected:.4f} far "
            "from the border.",
            heat(self.noise[1], "right, before"),
            heat(smooth[1], "right, smoothed", scale="smoothed"),
            heat(smooth[0], "down, smoothed", scale="smoothed"),
            curve(
                near,
                np.exp(-(near**2) / (4 * sigma**2)),
                "likeness",
                x_title="pixels apart",
                y_title="correlation of two pixels' movements",
            ),
            formula=rf"\sigma_d=\dfrac{{0.577}}{{3.545\,\sigma}}={expected:.4f}",
        )

    @step
    def strength(self) -> Step:
        reach = lengths(self.field)
        alpha = self.config.alpha
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
        middle = int(np.argmax(np.hypot(*shift.T)))
        angle = np.degrees(np.arctan2(-shift[middle, 1], shift[middle, 0])) % 360
        return explain(
            "Where every pixel looks",
            f"An arrow for every {_ARROW_PX}th pixel leads to the place whose value it will take. "
            f"The longest drawn one begins at column {across[middle]}, row {down[middle]} and is "
            f"{np.hypot(*shift[middle]):.1f} pixels long, at {angle:.0f} degrees. Neighbouring "
            "arrows are alike, distant ones are not.",
            on(image(self.pixels, "where pixels look"), looks),
            image(self.picture_after, "what they find there"),
            heat(lengths(self.field), "length"),
            bars(("right", "down"), shift[middle], "Longest drawn arrow, pixels"),
            formula=r"x'(p)=x(p+d(p))",
        )

    @step
    def bent_grid(self) -> Step:
        rows, columns = _GRID
        places = [(row, column) for row in range(rows) for column in range(columns)]
        squares = [self._bent_square(*place) for place in places]
        areas = np.array([_area(square) for square in squares])
        even = areas / areas.mean()
        folded = folded_share(self.field)
        frame = GridMark((0, 0, self.size[1], self.size[0]), rows, columns, "candidate")
        bent = PolygonsMark(tuple(squares), "candidate")
        whole = (
            f"and folded over at {100 * folded:.2f} % of the pixels"
            if folded
            else "but nowhere torn"
        )
        return explain(
            "A grid, bent",
            f"Each of the {rows * columns} squares of the new picture is filled from a bent "
            f"square of the old one. The largest is {even.max():.2f} times the mean area, the "
            f"smallest {even.min():.2f} times: the picture is stretched here and squeezed there, "
            f"{whole}.",
            on(image(self.pixels, "filled from here"), bent),
            on(image(self.picture_after, "into these squares"), frame),
            image(self._lined(), "lines drawn first"),
            bars(
                ("smallest", "largest"),
                (even.min(), even.max()),
                "Area over the mean area",
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
            (f"row {top + i}, column {left + j}", number(weights[i, j]), f"{values[i, j]:.0f}")
            for i in range(2)
            for j in range(2)
        ]
        here, there = (np.array([[x, y]], np.float32) for x, y in ((column, row), place[::-1]))
        look = ArrowsMark(here + 0.5, there + 0.5, "current")
        pairs = zip(weights.ravel().tolist(), values.ravel().tolist(), strict=True)
        terms = [rf"{number(weight)}\cdot{value:.0f}" for weight, value in pairs]
        around = self.pixels[max(0, top - 3) : top + 5, max(0, left - 3) : left + 5]
        return explain(
            "A value between four pixels",
            f"The pixel in row {row}, column {column} looks at row {place[0]:.2f}, column "
            f"{place[1]:.2f}, between four pixels. It takes their mean, the nearer ones weighing "
            f"more: {answer:.1f} of 255, as brightness. Pixels that look outside see the picture "
            f"{'mirrored' if self.config.border == 'mirror' else 'as black'}.",
            on(image(self.pixels, "picture"), look),
            image(np.ascontiguousarray(around), "about that place"),
            cells(weights, "weights"),
            table(("pixel", "weight", "value"), rows),
            formula="+".join(terms) + f"={answer:.1f}",
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
            bars(
                ("mean", "largest"), (change.mean(), change.max()), "Change in grey levels of 255"
            ),
        )

    @step
    def mask_displaced(self) -> Step:
        differs = self.mask_after != self.mask
        known = self.mask_after < len(self.classes)
        before = np.bincount(self.mask.ravel(), minlength=len(self.classes))
        after = np.bincount(self.mask_after[known], minlength=len(self.classes))
        return explain(
            "The mask by the same field",
            "The mask goes through the very same field, so that it still fits. Each pixel takes "
            f"the class of the nearest pixel, never a mean. {int(differs.sum())} of "
            f"{differs.size} pixels have another class than before; no class is new.",
            self.masked(self.pixels, self.mask, "before"),
            self.masked(self.picture_after, self.mask_after, "after"),
            heat(differs, "other class"),
            bars(self.classes, after, "Pixels of each class, before pale behind", before=before),
            formula=r"m'(p)=m(\mathrm{round}(p+d(p)))",
        )

    def _lined(self) -> Pixels:
        """Return the picture with the grid drawn on it and then displaced."""
        height, width = self.size
        lined = self.pixels.copy()
        lined[:: max(1, height // _GRID[0])] = 255
        lined[:, :: max(1, width // _GRID[1])] = 255
        return moved(lined, self.field, self.config.border)

    def _bent_square(self, row: int, column: int) -> Floats:
        """Return the outline (V, 2) in pixels of what fills a square of the grid."""
        height, width = self.size
        side = np.array([width / _GRID[1], height / _GRID[0]])
        places = (np.array([column, row]) + _square_points()) * side
        at = np.minimum(places, (width - 1, height - 1)).astype(int)
        shift = np.stack([self.field[1, at[:, 1], at[:, 0]], self.field[0, at[:, 1], at[:, 0]]])
        return np.asarray((places + shift.T).clip(0, (width, height)), np.float32)


def _square_points() -> Floats:
    """Return points along the edges of the unit square, in order."""
    steps = np.linspace(0, 1, _EDGE_POINTS, endpoint=False)
    ones, zeros = np.ones_like(steps), np.zeros_like(steps)
    sides = [(steps, zeros), (ones, steps), (1 - steps, ones), (zeros, 1 - steps)]
    return np.concatenate([np.stack(side, axis=1) for side in sides])


def _area(polygon: NDArray[np.float32]) -> float:
    x, y = polygon.T.astype(np.float64)
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
