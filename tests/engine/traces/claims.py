"""What sentences say of places: patterns, and the same numbers recomputed from what is shown.

A pattern's groups are the numbers of a sentence in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from engine.api.traces import ArrowsMark, BarsMark, CurveMark, Step, TableMark, Tile, Tiles
from tests.engine.traces.stated_numbers import Claim

N = r"(-?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?)"


def tile(step: Step, caption: str, at: int = 0) -> Tile:
    """Return a tile whose caption begins so."""
    tiles = [one for mark in step.marks if isinstance(mark, Tiles) for one in mark]
    return [one for one in tiles if one.caption.startswith(caption)][at]


def values(step: Step, caption: str, at: int = 0) -> np.ndarray:
    """Return the numbers of a tile; NaN where there is none."""
    return np.asarray(tile(step, caption, at).values, np.float64)  # type: ignore[attr-defined]


def shown_pixels(step: Step, caption: str, at: int = 0) -> np.ndarray:
    """Return a picture (h, w, 3)."""
    return np.asarray(tile(step, caption, at).pixels)  # type: ignore[attr-defined]


def side(step: Step, caption: str, at: int = 0) -> tuple[int, int]:
    """Return width and height of a picture."""
    height, width = shown_pixels(step, caption, at).shape[:2]
    return width, height


def bars(step: Step) -> dict[str, float]:
    """Return what bars show."""
    (mark,) = (one for one in step.marks if isinstance(one, BarsMark))
    return dict(zip(mark.names, mark.values.tolist(), strict=True))


def table(step: Step) -> Sequence[Sequence[str]]:
    """Return the rows of a table."""
    (mark,) = (one for one in step.marks if isinstance(one, TableMark))
    return mark.rows


def centre(array: np.ndarray) -> float:
    """Return the value in the middle."""
    return float(array[array.shape[0] // 2, array.shape[1] // 2])


def inked(array: np.ndarray) -> np.ndarray:
    """Cut a frame of zeros away."""
    rows, columns = array.any(axis=1).nonzero()[0], array.any(axis=0).nonzero()[0]
    return array[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def drawn_arrow(step: Step) -> tuple[np.ndarray, np.ndarray]:
    """Return start and end (x, y) of the longest arrow of a step."""
    tiles = [one for mark in step.marks if isinstance(mark, Tiles) for one in mark]
    (arrows,) = (mark for one in tiles for mark in one.marks if isinstance(mark, ArrowsMark))
    longest = int(np.hypot(*(arrows.ends_xy - arrows.starts_xy).T).argmax())
    return arrows.starts_xy[longest], arrows.ends_xy[longest]


def curves(step: Step) -> list[np.ndarray]:
    """Return what curves show."""
    return [mark.y for mark in step.marks if isinstance(mark, CurveMark)]


def _ways(step: Step, _: Any) -> Iterable[float]:
    shown = inked(values(step, "ways to the output"))
    return centre(shown), float(shown[0, 0]), float(shown.max())


def _gone_to_corners(step: Step, _: Any) -> Iterable[float]:
    maxima = np.argwhere(values(step, "by indices") != 0)
    return (maxima % 2).any(axis=1).sum(), len(maxima)


def _longest(step: Step, _: Any) -> Iterable[float]:
    (column, row), _end = drawn_arrow(step)
    right, down = bars(step)["right"], bars(step)["down"]
    return (
        row + 0.5,
        column + 0.5,
        np.hypot(right, down),
        np.degrees(np.arctan2(-down, right)) % 360,
    )


def _looks(step: Step, _: Any) -> Iterable[float]:
    start, end = drawn_arrow(step)
    return *(start[::-1] + 0.5), *(end[::-1] + 0.5)


def _blended(step: Step, _: Any) -> Iterable[float]:
    return [sum(float(weight) * float(value) for _place, weight, value in table(step))]


def _bins(step: Step, _: Any) -> Iterable[float]:
    (height, width), (rows, columns) = (
        np.shape(one)[:2]
        for one in (shown_pixels(step, ""), shown_pixels(step, step.title.split(": ")[1][:5]))
    )
    return width / columns, height / rows


def _first_level(step: Step, config: Any) -> Iterable[float]:
    difference = np.abs(np.subtract(*curves(step)))
    per_map = int(re.findall(r"\d+", config.levels)[0]) ** 2
    return difference.mean(), difference[: 4 * per_map].mean()


def _narrower(step: Step, config: Any) -> Iterable[float]:
    bins = int(re.findall(r"\d+", config.levels)[-1])
    widths = [int(re.findall(r"\d+", row[1])[0]) for row in table(step)]
    return widths[1] / bins, widths[0] / bins


def _swing(step: Step, _: Any) -> Iterable[float]:
    constant, _points = curves(step)
    margin = int(values(step, "output").size - values(step, "ones").size)
    middle = constant[margin : len(constant) - margin]
    return middle.min(), middle.max()


def _masks(step: Step, _: Any) -> Iterable[float]:
    objects = np.asarray(tile(step, "objects").class_indices)  # type: ignore[attr-defined]
    areas = np.bincount(objects.ravel())[1:]
    return (areas > 0).sum(), areas.max(), areas[areas > 0].min()


def _largest_box(step: Step, _: Any) -> Iterable[float]:
    objects = np.asarray(tile(step, "objects").class_indices)  # type: ignore[attr-defined]
    areas = np.bincount(objects.ravel())[1:]
    rows, columns = np.nonzero(objects == areas.argmax() + 1)
    width, height = np.ptp(columns) + 1, np.ptp(rows) + 1
    return width, height, 100 * areas.max() / (width * height)


CLAIMS: dict[str, dict[str, Claim]] = {
    "dilated-convolution": {
        r"differ by rounding alone": lambda step, _: np.unique(
            np.round(values(step, "answer with zeros") - values(step, "answer with holes"), 6)
        )[1:],
        rf"(?:^|[:;] ){N} of these {N} pixels are in holes": lambda step, _: [
            (inked(values(step, "ways to the output")) == 0).sum(),
            inked(values(step, "ways to the output")).size,
        ],
        rf"nearest differ by {N} of {N} .*, the furthest by {N}": lambda step, _: [
            *(255 * values(step, "rate").mean(), 255, 255 * values(step, "rate", -1).mean())
        ],
        rf"{N} from the middle, {N} from a corner, {N} at most": _ways,
        rf"gradient of the middle output is not 0 at {N} pixels": lambda step, _: [
            values(step, "gradient not 0").sum()
        ],
        rf"From rate {N} on only the middle": lambda step, _: [
            min(int(rate) for rate, share, _padding in table(step) if share == "11 %")
        ],
        rf"Three layers of rate 2 span {N} x {N} .* {N} %": lambda step, _: [
            *inked(values(step, "rates 2, 2, 2")).shape,
            100 * inked(values(step, "rates 2, 2, 2")).mean(),
        ],
        rf"(?:^|[:;] ){N} weights a channel": lambda step, config: [
            len(table(step)) * int(config.kernel) ** 2
        ],
    },
    "fully-connected-as-convolution": {
        rf"would have to be {N} wide; .* with {N} weights": lambda step, _: [
            bars(step)["larger maps"],
            3 * bars(step)["small maps"],
        ],
        rf"map of {N} x {N} answers, {N} numbers": lambda step, _: [
            *values(step, "output 1").shape,
            3 * values(step, "output 1").size,
        ],
    },
    "mask-iou": {
        rf"The diagonal, {N} pixels, .* {N} pixels": lambda step, _: [
            np.trace(values(step, "pixels")),
            (values(step, "pixels") * (1 - np.eye(len(values(step, "pixels"))))).max(),
        ],
    },
    "pixel-cross-entropy": {
        rf"the smallest loss is {N}, the largest {N}": lambda step, _: [
            bars(step)["smallest"],
            bars(step)["largest"],
        ],
    },
    "semantic-and-instance": {
        rf"{N} masks, the largest of {N} pixels, the smallest of {N}": _masks,
        rf"largest object's box is {N} x {N} pixels, .* fills {N} %": _largest_box,
    },
    "strided-convolution-2d": {
        rf"row {N}, column {N} of the small map the kernel lies in the top left": (
            lambda step, _: np.argwhere(~np.isnan(values(step, "down")))[0] + 1
        ),
        rf"^The map has {N} values": lambda step, _: [bars(step)["map"] ** 2],
    },
    "max-unpooling": {
        rf"numbers, the largest {N}": lambda step, _: [values(step, "map").max()],
        r"and keeps the largest value of each": lambda step, _: [],
        rf"values, {N} in all, and keeps the largest": lambda step, _: [bars(step)["pooled"]],
        rf"(?:^|[:;] )The largest, {N}, goes on": lambda step, _: [max(bars(step).values())],
        rf"left corner of .* {N} of {N} windows": _gone_to_corners,
        rf"their middle lies {N} pixels off": lambda step, _: [bars(step)["repeated"]],
        rf"(?:^|[:;] ){N} bits for this map": lambda step, _: [2 * values(step, "indices").size],
        rf"(?:^|[:;] ){N} values? did not, which made up {N} of the {N}": lambda step, _: [
            bars(step)["lost"],
            np.nansum(values(step, "lost")),
            np.nansum(values(step, "lost")) + values(step, "kept").sum(),
        ],
    },
    "transposed-convolution-1d": {rf"middle swings between {N} and {N}": _swing},
    "spatial-pyramid-pooling": {
        rf"Here are .* its middle, {N} x {N}": lambda step, _: side(step, "", 1),
        rf"spans about {N} x {N} values": _bins,
        rf"about {N} columns wide where it was {N}": _narrower,
        rf"middle of the picture gives maps of {N} x {N} in place of {N} x {N}": (
            lambda step, _: [
                int(one) for row in table(step)[::-1] for one in re.findall(r"\d+", row[1])
            ]
        ),
        rf"vectors differ by {N} on average, those of the first level by {N}": _first_level,
        rf"bins change by {N} on average, the .* bins by {N}": lambda step, _: [
            one / 100 for one in [*bars(step).values()][:: len(bars(step)) - 1]
        ],
    },
    "elastic-deformation": {
        rf"(?:^|[:;] ){N} % of the pixels are marked": lambda step, _: [
            100 - next(iter(bars(step).values()))
        ],
        rf"displacements are {N} pixels long on average and {N} at most, in .* {N} pixels wide": (
            lambda step, _: [
                values(step, "length").mean(),
                values(step, "length").max(),
                values(step, "length").shape[1],
            ]
        ),
        rf"changed by {N} of {N} on average, most at": lambda step, _: [bars(step)["mean"], 255],
        rf"longest drawn one begins in row {N}, column {N} and is {N} .* {N} degrees": _longest,
        rf"^Each of the {N} squares": lambda step, _: [6 * 8],
        rf"The largest is {N} times the mean area, the smallest {N}": lambda step, _: [
            bars(step)["largest"],
            bars(step)["smallest"],
        ],
        rf"pixel in row {N}, column {N} looks at row {N}, column {N}": _looks,
        rf"(?:^|[:;] ){N} pixels differ from the mask that takes the nearest": lambda step, _: [
            values(step, "wrong").sum()
        ],
    },
}
"""Of each topic: pattern of a sentence, and its numbers from the step and the parameters."""

FACTS: dict[str, tuple[float, ...]] = {
    "max-unpooling": (480, 360),  # SegNet's pictures
    "elastic-deformation": (10, 512, 30, 255),  # U-Net's grid, pictures and their number
}
"""Numbers of the literature that a topic quotes."""
