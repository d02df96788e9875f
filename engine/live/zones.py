"""Counts objects inside a polygon, and how many different ones have been there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.api.live_analysis import NOT_FOLLOWED, Zone, ZoneCounts
from engine.live.trails import Places


def is_inside(points: Sequence[tuple[float, float]], places: Places) -> NDArray[np.bool_]:
    """Whether each place is inside a polygon, (N,); even-odd where its sides cross.

    A ray to the right crosses the sides an odd number of times. The upper end of a side belongs
    to it and the lower does not, so that zones side by side share no place.
    """
    inside = np.zeros(len(places), bool)
    x, y = places[:, 0], places[:, 1]
    corners = np.array(points, np.float64)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        spans = (y1 <= y) != (y2 <= y)
        inside ^= spans & (x < x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    return inside


class ZoneCounter:
    """Counts what is inside one zone, frame by frame."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self._visitors: Counter[str] = Counter()
        self._seen: set[int] = set()

    def update(
        self,
        ids: NDArray[np.int64],
        labels: Sequence[str],
        places: Places,
        alive: Collection[int],
    ) -> ZoneCounts:
        """Count one frame.

        Args:
            alive: ids that may come back; of the others no visit needs to be remembered.
        """
        inside = np.flatnonzero(is_inside(self.zone.points, places)).tolist()
        self._seen &= set(alive)
        for row in inside:
            identifier = int(ids[row])
            if identifier != NOT_FOLLOWED and identifier not in self._seen:
                self._seen.add(identifier)
                self._visitors[labels[row]] += 1
        now = Counter(labels[row] for row in inside)
        return ZoneCounts(self.zone.name, dict(now), dict(self._visitors))
