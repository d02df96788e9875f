"""Boxes with their colours, put once into the order in which they are painted."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray


class BoxSet:
    """Boxes sorted by colour, so that one call of Qt draws all that share one.

    Attributes:
        boxes_xyxy: in picture pixels, (N, 4).
        palette: the colours 0xAARRGGBB that occur, ascending.
    """

    def __init__(self, boxes_xyxy: NDArray[np.floating], colours: NDArray[np.uint32]) -> None:
        """Take boxes (N, 4) and the colour 0xAARRGGBB of each (N,)."""
        self.boxes_xyxy = boxes_xyxy
        self.palette: list[int] = []
        self._starts: NDArray[np.intp] | None = None  # of each colour but an only one
        if len(colours) and (colours == colours[0]).all():  # as the boxes of live frames are
            self.palette = [int(colours[0])]
            return
        order = np.argsort(colours, kind="stable")
        self.boxes_xyxy = np.asfortranarray(boxes_xyxy[order])  # columns are compared at a time
        palette, starts = np.unique(colours[order], return_index=True)
        self.palette, self._starts = palette.tolist(), starts

    def __len__(self) -> int:
        return len(self.boxes_xyxy)

    def runs(self, rows: NDArray[np.intp]) -> list[tuple[int, slice]]:
        """Return each colour that occurs in ascending rows, and the stretch of them it has."""
        if self._starts is None:
            return [(0, slice(0, len(rows)))] if len(rows) else []
        bounds = [*np.searchsorted(rows, self._starts).tolist(), len(rows)]
        stretches = enumerate(itertools.pairwise(bounds))
        return [(index, slice(*ends)) for index, ends in stretches if ends[0] < ends[1]]


NO_BOXES = BoxSet(np.empty((0, 4)), np.empty(0, np.uint32))
