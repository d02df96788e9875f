"""Overlap of boxes, in the single precision and the order of operations of torchvision.ops.

A box at exactly the threshold must get the same answer here as there, so nothing is widened to
double precision before the division.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]  # (N, 4), x1 y1 x2 y2 in pixels


class Overlap(NamedTuple):
    """Two boxes: areas in square pixels, IoU in [0, 1]."""

    intersection: float
    union: float
    iou: float


class BoxColumns:
    """Boxes by column, so that one against all is a few passes over contiguous memory."""

    def __init__(self, boxes_xyxy: Boxes) -> None:
        columns = np.ascontiguousarray(boxes_xyxy.T, np.float32)
        self._x1, self._y1, self._x2, self._y2 = columns
        with np.errstate(over="ignore", invalid="ignore"):
            self._areas = (self._x2 - self._x1) * (self._y2 - self._y1)

    def iou_with(self, index: int) -> NDArray[np.float32]:
        """IoU of the box at `index` with every box, (N,); 0 where both have no area.

        Two boxes without area have 0 / 0, which torchvision leaves as NaN: above no threshold,
        as 0 is.
        """
        intersections, unions = self._intersections_and_unions(index)
        overlaps = np.zeros_like(unions)
        np.divide(intersections, unions, out=overlaps, where=unions > 0)
        return overlaps

    def overlap(self, first: int, second: int) -> Overlap:
        """Return the areas behind one IoU."""
        intersections, unions = self._intersections_and_unions(first)
        intersection, union = intersections[second], unions[second]
        iou = intersection / union if union > 0 else 0.0
        return Overlap(float(intersection), float(union), float(iou))

    def _intersections_and_unions(
        self, index: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        with np.errstate(over="ignore", invalid="ignore"):
            widths = np.minimum(self._x2[index], self._x2) - np.maximum(self._x1[index], self._x1)
            heights = np.minimum(self._y2[index], self._y2) - np.maximum(self._y1[index], self._y1)
            intersections = np.maximum(widths, 0) * np.maximum(heights, 0)
            return intersections, self._areas[index] + self._areas - intersections


def pairwise_intersections(first: Boxes, second: Boxes) -> NDArray[np.float32]:
    """Shared area of each of (N, 4) boxes with each of (M, 4), in square pixels: (N, M)."""
    with np.errstate(over="ignore", invalid="ignore"):
        starts = np.maximum(first[:, None, :2], second[None, :, :2])
        ends = np.minimum(first[:, None, 2:], second[None, :, 2:])
        sides = np.clip(ends - starts, 0, None)
        shared: NDArray[np.float32] = sides[..., 0] * sides[..., 1]
    return shared


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """Areas of (N, 4) boxes in square pixels, (N,)."""
    with np.errstate(over="ignore", invalid="ignore"):
        found: NDArray[np.float32] = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return found


def pairwise_iou(first: Boxes, second: Boxes) -> NDArray[np.float32]:
    """IoU of each of (N, 4) boxes with each of (M, 4): (N, M); 0 where both have no area."""
    intersections = pairwise_intersections(first, second)
    unions = areas(first)[:, None] + areas(second)[None, :] - intersections
    overlaps = np.zeros_like(unions)
    np.divide(intersections, unions, out=overlaps, where=unions > 0)
    return overlaps
