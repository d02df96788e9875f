"""Boundary F1: do the borders of a class lie where they should?

Csurka, Larlus, Perronnin, What is a good evaluation measure for semantic segmentation?, BMVC 2013.
Points of the answer's border near the true border count as precise, points of the true border near
the answer's as found.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.datasets import IGNORED

Mask = NDArray[np.bool_]


def tolerance_px(height: int, width: int) -> float:
    """Return 0.75 % of the diagonal, as the paper has it."""
    return 0.0075 * math.hypot(height, width)


def boundary_f1(
    predicted: NDArray[np.integer], truth: NDArray[np.integer], classes: int, tolerance: float
) -> NDArray[np.float64]:
    """Return the F1 score of each class, (K,); NaN where neither has a border of the class.

    Args:
        predicted: (H, W) class indices; truth likewise, 255 is left out of both.
        tolerance: how far from one border a point of the other may lie, in pixels.
    """
    is_counted = truth != IGNORED
    scores = np.full(classes, np.nan)
    for index in range(classes):
        answered = border((predicted == index) & is_counted)
        true = border((truth == index) & is_counted)
        if answered.any() or true.any():
            precision, recall = _near(answered, true, tolerance), _near(true, answered, tolerance)
            scores[index] = 2 * precision * recall / (precision + recall) if precision else 0.0
    return scores


def border(region: Mask) -> Mask:
    """Return the pixels of a region with a neighbour, of four, outside it; edges do not count."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    inside = cv2.erode(
        region.astype(np.uint8), cross, borderType=cv2.BORDER_CONSTANT, borderValue=(1,)
    )
    return np.asarray(region & (inside == 0))


def _near(points: Mask, others: Mask, tolerance: float) -> float:
    """Share of points within the tolerance of any of the others."""
    if not points.any() or not others.any():
        return 0.0
    distances = cv2.distanceTransform(
        (~others).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )
    return float((distances[points] <= tolerance).mean())
