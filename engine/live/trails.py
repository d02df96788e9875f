"""The last places of each object, for drawing where it came from."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from engine.api.live_analysis import NOT_FOLLOWED, Anchor

Places = NDArray[np.float64]
"""(N, 2), x and y as parts of the frame's width and height."""


def places_of(boxes_xyxy: NDArray[np.float32], anchor: Anchor, width: int, height: int) -> Places:
    """Return the place of each box that counts; of boxes that leave the frame, its border."""
    boxes = boxes_xyxy.astype(np.float64)
    x = (boxes[:, 0] + boxes[:, 2]) / 2
    y = boxes[:, 3] if anchor == "bottom" else (boxes[:, 1] + boxes[:, 3]) / 2
    # Just within: a zone that reaches the border contains who stands on it.
    return np.clip(np.stack([x / width, y / height], axis=1), 0.0, np.nextafter(1.0, 0.0))


class Trails:
    """Keeps at most `length` places of each id that may come back."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._places: dict[int, deque[tuple[float, float]]] = {}

    def update(self, ids: NDArray[np.int64], places: Places, alive: Collection[int]) -> None:
        """Add the places of one frame, and forget objects that are gone."""
        self._places = {each: kept for each, kept in self._places.items() if each in alive}
        if not self._length:
            return
        for identifier, (x, y) in zip(ids.tolist(), places.tolist(), strict=True):
            if identifier != NOT_FOLLOWED:
                trail = self._places.setdefault(identifier, deque(maxlen=self._length))
                trail.append((x, y))

    def in_pixels(self, width: int, height: int) -> dict[int, NDArray[np.float32]]:
        """Return the places of each id, (P, 2), newest last, in pixels of a frame."""
        size = np.array([width, height])
        return {
            each: (np.array(places) * size).astype(np.float32)
            for each, places in self._places.items()
        }
