"""Makes objects of some classes unrecognisable, faces above all.

Information is taken out, not only sharpness: of a box only the mean colours of a few cells are
kept. A Gaussian blur could be undone in part (deconvolution), and machines read faces through
light mosaics (McPherson et al. 2016, https://arxiv.org/abs/1609.00408); so cells are few, however
large the box, and never small.
"""

from __future__ import annotations

from collections.abc import Collection

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections
from engine.api.live_analysis import PrivacyConfig
from engine.core.boxes import BoxColumns
from engine.inference.instance_masks import paste
from engine.live.analysis import of_classes

Pixels = NDArray[np.uint8]
_Held = tuple[float, Detections]  # when it was found last, and the one detection

_SAME_IOU = 0.1  # a held box that a new one overlaps by more may be the same object, moved
_FILL_RGB = (64, 64, 64)


class PrivacyFilter:
    """Hides private classes in frame after frame, and a while longer than they are found."""

    def __init__(self) -> None:
        self._held: list[_Held] = []

    def hide(
        self,
        pixels: Pixels,
        detections: Detections,
        time_s: float,
        classes: Collection[str],
        config: PrivacyConfig,
    ) -> Pixels:
        """Return the frame with what is private hidden; the frame itself where nothing is.

        Args:
            detections: of all classes, before any filter.
            time_s: when the frame was taken.
        """
        private = of_classes(detections, classes)
        since = time_s - config.hold_seconds
        held = [
            (seen_s, each)
            for seen_s, each in self._held
            if since <= seen_s <= time_s and each.labels[0] in classes
        ]
        rows = np.arange(len(private))[:, None]
        self._held = [*_missed(held, private), *((time_s, private.take(row)) for row in rows)]
        if not self._held:
            return pixels
        hidden = pixels.copy()
        for _, each in self._held:
            _hide(hidden, each, config)
        return hidden


def hide(pixels: Pixels, detections: Detections, config: PrivacyConfig) -> Pixels:
    """Return a new picture in which all these detections are unrecognisable."""
    hidden = pixels.copy()
    _hide(hidden, detections, config)
    return hidden


def _hide(hidden: Pixels, detections: Detections, config: PrivacyConfig) -> None:
    """Write over the places of detections."""
    height, width = hidden.shape[:2]
    for index, box in enumerate(detections.boxes_xyxy):
        rows, columns = _reach(box, width, height, config.margin)
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        # What is hidden already stays so: boxes that overlap are mixed from what is left.
        mixed = _mixed(hidden[rows, columns], config)
        if config.is_outline_followed and detections.masks is not None:
            inside = _widened(paste(detections, index, height, width), box, config.margin)
            hidden[rows, columns][inside[rows, columns]] = mixed[inside[rows, columns]]
        else:
            hidden[rows, columns] = mixed


def _reach(box: NDArray[np.float32], width: int, height: int, margin: float) -> tuple[slice, slice]:
    """Return the rows and columns of a box with its margin, as far as the frame goes."""
    across, down = (box[2:] - box[:2]).astype(float) * margin
    left, top = max(0, int(np.floor(box[0] - across))), max(0, int(np.floor(box[1] - down)))
    right, bottom = int(np.ceil(box[2] + across)), int(np.ceil(box[3] + down))
    return slice(top, min(bottom, height)), slice(left, min(right, width))


def _mixed(part: Pixels, config: PrivacyConfig) -> Pixels:
    """Return what stands in for a part of the frame, of its size."""
    height, width = part.shape[:2]
    if config.method == "fill":
        return np.full_like(part, _FILL_RGB)
    cell = max(config.least_cell_px, -(-max(height, width) // config.cells))
    cells = (max(1, width // cell), max(1, height // cell))
    means = cv2.resize(part, cells, interpolation=cv2.INTER_AREA)
    how = cv2.INTER_NEAREST if config.method == "pixelate" else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(means, (width, height), interpolation=how), np.uint8)


def _widened(mask: NDArray[np.bool_], box: NDArray[np.float32], margin: float) -> NDArray[np.bool_]:
    radius = max(1, round(float((box[2:] - box[:2]).max()) * margin))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc) > 0, bool)


def _missed(held: list[_Held], found: Detections) -> list[_Held]:
    """Return what is held and not found; each found box is at most one of them, the nearest."""
    boxes = [*(each.boxes_xyxy for _, each in held), found.boxes_xyxy]
    overlaps = BoxColumns(np.concatenate(boxes))
    pairs = [
        (float(iou), row, column)
        for row in range(len(held))
        for column, iou in enumerate(overlaps.iou_with(row)[len(held) :])
        if iou > _SAME_IOU
    ]
    rows, columns = set(range(len(held))), set(range(len(found)))
    for _, row, column in sorted(pairs, reverse=True):
        if row in rows and column in columns:
            rows.remove(row)
            columns.remove(column)
    return [held[row] for row in sorted(rows)]
