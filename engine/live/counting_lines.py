"""Counts crossings of a line by direction.

Written here and not through supervision 0.31: its LineZone forgets an object that is unseen for
two frames, though the tracker knows it again, and counts only boxes that keep within the ends of
the line with all corners, which tall ones near an end never do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.api.annotations import Point
from engine.api.live_analysis import NOT_FOLLOWED, CountingLine, LineCounts
from engine.live.trails import Places

# Boxes tremble by about this part of their shorter side: who stands on the line crosses nothing.
_TREMBLE = 0.1


class LineCounter:
    """Counts crossings of one line, frame by frame.

    An object has crossed when it is clearly on the other side and its way there, straight from
    where it was clearly on the first one, meets the line between its ends.
    """

    def __init__(self, line: CountingLine) -> None:
        self.line = line
        self._last: dict[int, Point] = {}
        self._in: Counter[str] = Counter()
        self._out: Counter[str] = Counter()

    def update(
        self,
        ids: NDArray[np.int64],
        labels: Sequence[str],
        places: Places,
        tremble_px: NDArray[np.float64],
        size: tuple[int, int],
        alive: Collection[int],
    ) -> LineCounts:
        """Count one frame.

        Args:
            tremble_px: (N,) distance from the line below which a place is on neither side.
            size: width and height of the frame, in pixels.
            alive: ids that may come back; the others are forgotten.
        """
        self._last = {each: last for each, last in self._last.items() if each in alive}
        heights = _heights_px(self.line, places, size)
        for row in np.flatnonzero(np.abs(heights) > tremble_px).tolist():
            identifier = int(ids[row])
            if identifier == NOT_FOLLOWED:
                continue
            place = (float(places[row, 0]), float(places[row, 1]))
            before = self._last.get(identifier)
            self._last[identifier] = place
            if before is not None and _meets(self.line, before, place):
                counts = self._in if heights[row] > 0 else self._out
                counts[labels[row]] += 1
        return LineCounts(self.line.name, dict(self._in), dict(self._out))


def trembles_px(boxes_xyxy: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how far the place of each box may be off, (N,), at least a pixel."""
    sides = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).astype(np.float64)
    trembles: NDArray[np.float64] = np.maximum(sides.min(axis=1) * _TREMBLE, 1.0)
    return trembles


def _heights_px(line: CountingLine, places: Places, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the distance of places from the line, (N,), positive on the side `in`."""
    scale = np.array(size, np.float64)
    start, end = np.array(line.start) * scale, np.array(line.end) * scale
    (dx, dy), offsets = end - start, places * scale - start
    heights: NDArray[np.float64] = (dy * offsets[:, 0] - dx * offsets[:, 1]) / np.hypot(dx, dy)
    return heights


def _meets(line: CountingLine, before: Point, after: Point) -> bool:
    """Whether a way has its ends on both sides of the line, and the line on both of the way."""
    sides = _turn(line.start, line.end, before) * _turn(line.start, line.end, after)
    ends = _turn(before, after, line.start) * _turn(before, after, line.end)
    return sides < 0 and ends <= 0


def _turn(start: Point, end: Point, place: Point) -> float:
    (x1, y1), (x2, y2), (x, y) = start, end, place
    return (y2 - y1) * (x - x1) - (x2 - x1) * (y - y1)
