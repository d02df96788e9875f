"""What finds things on a frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections
from engine.api.segmentation import SegmentationResult
from engine.api.tasks import TaskContext

Found = tuple[Detections, SegmentationResult | None]


class Finder(NamedTuple):
    """What finds things on a frame, and the runtime of its network."""

    find: Callable[[NDArray[np.uint8], TaskContext], Found]
    runtime: str


def reduced(pixels: NDArray[np.uint8], side_px: int | None) -> tuple[NDArray[np.uint8], float]:
    """Return a frame with a shorter side of at most `side_px`, and by what it was reduced."""
    shorter = min(pixels.shape[:2])
    if side_px is None or shorter <= side_px:
        return pixels, 1.0
    scale = side_px / shorter
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8), scale
