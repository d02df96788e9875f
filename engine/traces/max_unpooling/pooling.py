"""A small map, pooled and unpooled by the project's own layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BoxesMark, BuildTrace, CellsTile, Role, TableMark, TileArrow
from engine.traces.marks import cells, table
from engine.traces.segmentation_pictures import subject
from engine.traces.steps import Topic

_LARGEST = 99
_PICTURE_PX = 96

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Place = tuple[int, int]  # row, column


@dataclass(frozen=True, slots=True)
class MaxUnpoolingConfig(Parameters):
    """Which map is pooled, and how often the picture is."""

    side: int = parameter(6, low=4, high=7, unit="values", note="side of the map of numbers")
    seed: int = parameter(0, low=0, high=9999, note="of the numbers, all different, 1 to 99")
    times: int = parameter(2, low=1, high=3, note="how often the picture is halved")


def pool(values: NDArray[np.generic]) -> tuple[Floats, Integers]:
    """Return a map (H, W) pooled by windows of 2 x 2, odd sides rounded up, and the indices."""
    import torch

    from engine.layers.max_unpooling import max_pool_with_indices

    features = torch.from_numpy(np.asarray(values, np.float32))[None, None]
    pooled, indices = max_pool_with_indices(features)
    return pooled[0, 0].numpy(), indices[0, 0].numpy()


def unpool(values: NDArray[np.generic], indices: Integers, size: tuple[int, int]) -> Floats:
    """Return values (h, w) put at their indices in a map of (height, width), 0 elsewhere."""
    import torch

    from engine.layers.max_unpooling import max_unpool

    features = torch.from_numpy(np.asarray(values, np.float32))[None, None]
    found: Floats = max_unpool(features, torch.from_numpy(indices)[None, None], size)[0, 0].numpy()
    return found


def spaced_rows(maps: Mapping[str, NDArray[np.generic]]) -> TableMark:
    """List the rows of some maps, numbers with room between them."""

    def spaced(values: NDArray[np.generic]) -> str:
        return "  ".join(f"{value:g}" for value in np.asarray(values, np.float64).tolist())

    rows = zip(*maps.values(), strict=True)
    return table(("row", *maps), [(at, *map(spaced, row)) for at, row in enumerate(rows, 1)])


class Pooled(Topic):
    """A map of whole numbers, and what pooling and unpooling make of it.

    The result has `map` (S, S), `pooled` (s, s), its `indices`, and `unpooled` (S, S).

    Attributes:
        values: (S, S), all different.
        pooled: (s, s).
        indices: r S + c of each maximum, (s, s).
        unpooled: (S, S).
        places: of the pooled map, row by row.
        maxima: where in the map the maximum of each window lies.
    """

    first_windows = range(2)

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        self.config: MaxUnpoolingConfig = request.config
        self.side = side = self.config.side
        random = np.random.default_rng(self.config.seed)
        chosen = random.permutation(_LARGEST)[: side**2] + 1
        self.values: Integers = chosen.reshape(side, side).astype(np.int64)
        pooled, self.indices = pool(self.values)
        self.pooled = pooled.astype(np.int64)
        self.unpooled = unpool(pooled, self.indices, (side, side)).astype(np.int64)
        self.small = len(self.pooled)
        self.places = [(row, column) for row in range(self.small) for column in range(self.small)]
        self.maxima = [self.maximum(place) for place in self.places]
        self.picture = subject(request.pixels, _PICTURE_PX)
        self.result = {
            "map": self.values,
            "pooled": self.pooled,
            "indices": self.indices,
            "unpooled": self.unpooled,
        }

    def maximum(self, place: Place) -> Place:
        """Return where in the map the maximum of a window lies."""
        row, column = divmod(int(self.indices[place]), self.side)
        return row, column

    def window(self, place: Place) -> list[int]:
        """Return the values of a window, row by row."""
        row, column = 2 * place[0], 2 * place[1]
        inside: list[int] = self.values[row : row + 2, column : column + 2].ravel().tolist()
        return inside

    def left(self, values: NDArray[Any], caption: str, lit: Sequence[Place] = ()) -> CellsTile:
        """Show a map (S, S) with some of its cells lit."""
        return cells(values, caption, name="left", lit=lit)

    def right(
        self,
        values: NDArray[Any],
        caption: str,
        lit: Sequence[Place] = (),
        known: int | None = None,
        **more: Any,
    ) -> CellsTile:
        """Show a pooled map (s, s), or the first few cells of it."""
        shown = np.asarray(values, np.float64).copy()
        shown.flat[len(self.places) if known is None else known :] = np.nan
        return cells(shown, caption, name="right", lit=lit, **more)

    def framed(self, places: Sequence[Place], role: Role = "current") -> BoxesMark:
        """Frame windows of 2 x 2 of the large map by their place in the small one."""
        corners = np.array([(2 * column, 2 * row) for row, column in places], np.float32)
        ends = np.minimum(corners + 2, self.side)
        return BoxesMark(np.hstack([corners, ends]), role)

    def arrows(
        self, places: Sequence[Place], role: Role = "neutral", is_back: bool = False
    ) -> list[TileArrow]:
        """Lead from the maximum of each window to its place in the pooled map, or back."""
        ways = [(self.maximum(place), place) for place in places]
        if is_back:
            return [
                TileArrow("right", "left", role, start_place=small, end_place=large)
                for large, small in ways
            ]
        return [
            TileArrow("left", "right", role, start_place=large, end_place=small)
            for large, small in ways
        ]

    def windows_table(self, current: int | None = None) -> TableMark:
        """List the windows with value and index."""
        rows = [
            (number, self.pooled[place], self.indices[place] + 1, *_from_one(self.maximum(place)))
            for number, place in enumerate(self.places, 1)
        ]
        return table(("window", "value", "index", "row", "column"), rows, current=current)


def _from_one(place: Place) -> Place:
    """As readers count rows and columns."""
    return place[0] + 1, place[1] + 1
