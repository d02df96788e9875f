"""Boxes with their colours, put once into the order in which they are painted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class BoxSet:
    """Boxes sorted by colour, so that one call of Qt draws all that share one.

    Attributes:
        boxes_xyxy: in picture pixels, (N, 4).
        palette: the colours 0xAARRGGBB that occur, ascending.
        colour_indices: into the palette, ascending, (N,).
    """

    def __init__(self, boxes_xyxy: NDArray[np.floating], colours: NDArray[np.uint32]) -> None:
        """Take boxes (N, 4) and the colour 0xAARRGGBB of each (N,)."""
        order = np.argsort(colours, kind="stable")
        self.boxes_xyxy = boxes_xyxy[order]
        palette, self.colour_indices = np.unique(colours[order], return_inverse=True)
        self.palette: list[int] = palette.tolist()

    def __len__(self) -> int:
        return len(self.boxes_xyxy)

    def runs(self, rows: NDArray[np.intp]) -> list[tuple[int, slice]]:
        """Return each colour that occurs in ascending rows, and the stretch of them it has."""
        indices = self.colour_indices[rows]
        starts = np.flatnonzero(np.diff(indices, prepend=-1)).tolist()
        stops = [*starts[1:], len(rows)]
        return [
            (int(indices[start]), slice(start, stop))
            for start, stop in zip(starts, stops, strict=False)
        ]
