"""A small map, pooled and unpooled by the project's own layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import parameter, validate
from engine.api.traces import BarsMark, TableMark
from engine.traces.max_unpooling.board import Board, Place
from engine.traces.segmentation_pictures import Subject, subject

_PICTURE_PX = 96
_LARGEST = 99

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MaxUnpoolingConfig:
    """Which map is pooled, and how often the picture is."""

    side: int = parameter(6, low=4, high=7, unit="values", note="side of the map of numbers")
    seed: int = parameter(0, low=0, high=9999, note="of the numbers, all different, 1 to 99")
    times: int = parameter(2, low=1, high=3, note="how often the picture is halved")

    def __post_init__(self) -> None:
        validate(self)


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


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """A map of whole numbers, and what pooling and unpooling make of it.

    Attributes:
        values: (S, S), all different.
        pooled: (s, s).
        indices: r S + c of each maximum, (s, s).
        unpooled: (S, S).
        picture: for the later steps.
    """

    config: MaxUnpoolingConfig
    values: Integers
    pooled: Integers
    indices: Integers
    unpooled: Integers
    picture: Subject
    board: Board

    @property
    def side(self) -> int:
        """S."""
        return len(self.values)

    @property
    def small(self) -> int:
        """Side s of the pooled map."""
        return len(self.pooled)

    @property
    def places(self) -> list[Place]:
        """Of the pooled map, row by row."""
        return [(row, column) for row in range(self.small) for column in range(self.small)]

    def maximum(self, place: Place) -> Place:
        """Return where in the map the maximum of a window lies."""
        row, column = divmod(int(self.indices[place]), self.side)
        return row, column

    def window(self, place: Place) -> list[int]:
        """Return the values of a window, row by row."""
        row, column = 2 * place[0], 2 * place[1]
        inside: list[int] = self.values[row : row + 2, column : column + 2].ravel().tolist()
        return inside

    def bars(self, values: NDArray[np.float64], title: str, largest: float) -> BarsMark:
        """Draw values beside the sheet, the largest one highlighted."""
        names = tuple(f"value {number + 1}" for number in range(len(values)))
        return BarsMark(names, values, title, current=values.tolist().index(largest))

    def table(self, current: int | None = None) -> TableMark:
        """List the windows with value and index."""
        rows = []
        for number, place in enumerate(self.places):
            row, column = self.maximum(place)
            value, index = int(self.pooled[place]), int(self.indices[place])
            rows.append((str(number + 1), str(value), str(index), str(row), str(column)))
        return TableMark(("window", "value", "index", "row", "column"), tuple(rows), (), current)


def pooled_map(config: MaxUnpoolingConfig, pixels: NDArray[np.uint8] | None) -> Pooled:
    """Draw the numbers, pool and unpool them.

    Args:
        config: the topic's parameters.
        pixels: RGB (H, W, 3) for the later steps; None for a drawn scene.
    """
    random = np.random.default_rng(config.seed)
    chosen = random.permutation(_LARGEST)[: config.side**2] + 1
    values = chosen.reshape(config.side, config.side).astype(np.int64)
    pooled, indices = pool(values)
    unpooled = unpool(pooled, indices, (config.side, config.side))
    return Pooled(
        config,
        values,
        pooled.astype(np.int64),
        indices,
        unpooled.astype(np.int64),
        subject(pixels, _PICTURE_PX),
        Board(config.side, len(pooled)),
    )
