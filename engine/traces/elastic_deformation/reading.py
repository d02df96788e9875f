"""Where every pixel looks: the field as arrows, as a bent grid, and at a single pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import ArrowsMark, BarsMark, GridMark, PolygonsMark, Step, TableMark
from engine.traces.elastic_deformation.warping import Warp, folded_share, lengths, moved
from engine.traces.segmentation_pictures import Pixels, busiest_place
from engine.traces.wording import number

_ARROW_PX = 12
_GRID = (6, 8)  # rows, columns
_EDGE_POINTS = 8

Floats = NDArray[np.float64]


def arrows(warp: Warp) -> Step:
    """Draw the field as arrows."""
    height, width = warp.size
    rows = np.arange(_ARROW_PX // 2, height, _ARROW_PX)
    columns = np.arange(_ARROW_PX // 2, width, _ARROW_PX)
    across, down = (part.ravel() for part in np.meshgrid(columns, rows))
    starts = np.stack([across, down], axis=1) + 0.5
    shift = np.stack([warp.field[1, down, across], warp.field[0, down, across]], axis=1)
    ends = (starts + shift).clip(0, (width, height))
    middle = int(np.argmax(np.hypot(*shift.T)))
    angle = np.degrees(np.arctan2(-shift[middle, 1], shift[middle, 0])) % 360
    return Step(
        "Where every pixel looks",
        f"An arrow for every {_ARROW_PX}th pixel leads to the place whose value it will take. The "
        f"longest drawn one begins at column {across[middle]}, row {down[middle]} and is "
        f"{np.hypot(*shift[middle]):.1f} pixels long, at {angle:.0f} degrees. Neighbouring arrows "
        "are alike, distant ones are not.",
        (
            warp.sheet.image(warp.pixels, 0, 0, "where pixels look"),
            ArrowsMark(
                warp.sheet.points(starts, warp.size, 0, 0),
                warp.sheet.points(ends, warp.size, 0, 0),
                "current",
            ),
            warp.sheet.image(warp.picture_after, 0, 1, "what they find there"),
            warp.sheet.heat(lengths(warp.field), 0, 2, "length"),
            BarsMark(
                ("right", "down"),
                np.array([shift[middle, 0], shift[middle, 1]], np.float64),
                "Longest drawn arrow, pixels",
            ),
        ),
        r"x'(p)=x(p+d(p))",
    )


def grid(warp: Warp) -> Step:
    """Bend a grid."""
    rows, columns = _GRID
    cells = [
        warp.sheet.points(_bent_square(warp, row, column), warp.size, 0, 0)
        for row in range(rows)
        for column in range(columns)
    ]
    areas = np.array([_area(cell) for cell in cells])
    even = areas / areas.mean()
    folded = folded_share(warp.field)
    whole = (
        f"and folded over at {100 * folded:.2f} % of the pixels" if folded else "but nowhere torn"
    )
    return Step(
        "A grid, bent",
        f"Each of the {rows * columns} squares of the new picture is filled from a bent square of "
        f"the old one. The largest is {even.max():.2f} times the mean area, the smallest "
        f"{even.min():.2f} times: the picture is stretched here and squeezed there, {whole}.",
        (
            warp.sheet.image(warp.pixels, 0, 0, "filled from here"),
            PolygonsMark(tuple(cells), "candidate"),
            warp.sheet.image(warp.picture_after, 0, 1, "into these squares"),
            GridMark(warp.sheet.fitted(warp.size, 0, 1), rows, columns, "candidate"),
            warp.sheet.image(_lined(warp), 0, 2, "lines drawn first"),
            BarsMark(
                ("smallest", "largest"),
                np.array([even.min(), even.max()]),
                "Area over the mean area",
                limit=1.0,
                limit_name="unchanged",
            ),
        ),
    )


def one_pixel(warp: Warp) -> Step:
    """Read one value between pixels."""
    height, width = warp.size
    column, row = busiest_place(warp.pixels)
    place = np.array([row, column]) + warp.field[:, row, column].astype(np.float64)
    place = place.clip(0, (height - 1.001, width - 1.001))
    top, left = np.floor(place).astype(int).tolist()
    down, right = place - (top, left)
    weights = np.outer([1 - down, down], [1 - right, right])
    values = warp.pixels[top : top + 2, left : left + 2].mean(axis=2)
    answer = float((weights * values).sum())
    rows = tuple(
        (f"row {top + i}, column {left + j}", number(weights[i, j]), f"{values[i, j]:.0f}")
        for i in range(2)
        for j in range(2)
    )
    pairs = zip(weights.ravel().tolist(), values.ravel().tolist(), strict=True)
    terms = [rf"{number(weight)}\cdot{value:.0f}" for weight, value in pairs]
    around = warp.pixels[max(0, top - 3) : top + 5, max(0, left - 3) : left + 5]
    return Step(
        "A value between four pixels",
        f"The pixel in row {row}, column {column} looks at row {place[0]:.2f}, column "
        f"{place[1]:.2f}, between four pixels. It takes their mean, the nearer ones weighing more: "
        f"{answer:.1f} of 255, as brightness. Pixels that look outside see the picture "
        f"{'mirrored' if warp.config.border == 'mirror' else 'as black'}.",
        (
            warp.sheet.image(warp.pixels, 0, 0, "picture"),
            ArrowsMark(
                warp.sheet.points(np.array([[column + 0.5, row + 0.5]]), warp.size, 0, 0),
                warp.sheet.points(np.array([[place[1] + 0.5, place[0] + 0.5]]), warp.size, 0, 0),
                "current",
            ),
            warp.sheet.image(np.ascontiguousarray(around), 0, 1, "about that place"),
            warp.sheet.heat(weights, 0, 2, "weights"),
            TableMark(("pixel", "weight", "value"), rows),
        ),
        "+".join(terms) + f"={answer:.1f}",
    )


def _lined(warp: Warp) -> Pixels:
    """Return the picture with the grid drawn on it and then displaced."""
    height, width = warp.size
    lined = warp.pixels.copy()
    lined[:: max(1, height // _GRID[0])] = 255
    lined[:, :: max(1, width // _GRID[1])] = 255
    return moved(lined, warp.field, warp.config.border)


def _bent_square(warp: Warp, row: int, column: int) -> Floats:
    """Return the outline (V, 2) in pixels of what fills a square of the grid."""
    height, width = warp.size
    side = np.array([width / _GRID[1], height / _GRID[0]])
    places = (np.array([column, row]) + _square_points()) * side
    at = np.minimum(places, (width - 1, height - 1)).astype(int)
    shift = np.stack([warp.field[1, at[:, 1], at[:, 0]], warp.field[0, at[:, 1], at[:, 0]]])
    return np.asarray((places + shift.T).clip(0, (width, height)), np.float64)


def _square_points() -> Floats:
    """Return points along the edges of the unit square, in order."""
    steps = np.linspace(0, 1, _EDGE_POINTS, endpoint=False)
    ones, zeros = np.ones_like(steps), np.zeros_like(steps)
    sides = [(steps, zeros), (ones, steps), (1 - steps, ones), (zeros, 1 - steps)]
    return np.concatenate([np.stack(side, axis=1) for side in sides])


def _area(polygon: NDArray[np.float32]) -> float:
    x, y = polygon.T.astype(np.float64)
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
