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

_SAME_IOU = 0.1  # a held box that a new one overlaps by more is the same object, elsewhere now
_FILL_RGB = (64, 64, 64)


class PrivacyFilter:
    """Hides private classes in frame after frame, and a while longer than they are found."""

    def __init__(self) -> None:
        self._held: list[tuple[float, Detections]] = []

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
        self._held = [
            (seen_s, kept)
            for seen_s, each in self._held
            if since <= seen_s <= time_s and len(kept := _elsewhere(each, private))
        ]
        everything = [private, *(each for _, each in self._held)]
        if len(private):
            self._held.append((time_s, private))
        if not any(len(each) for each in everything):
            return pixels
        hidden = pixels.copy()
        for each in everything:
            _hide(pixels, hidden, each, config)
        return hidden


def hide(pixels: Pixels, detections: Detections, config: PrivacyConfig) -> Pixels:
    """Return a new picture in which all these detections are unrecognisable."""
    hidden = pixels.copy()
    _hide(pixels, hidden, detections, config)
    return hidden


def _hide(pixels: Pixels, hidden: Pixels, detections: Detections, config: PrivacyConfig) -> None:
    """Write over the places of detections in `hidden`."""
    height, width = pixels.shape[:2]
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


def _elsewhere(held: Detections, found: Detections) -> Detections:
    """Return those held boxes that none of the found ones is."""
    boxes = np.concatenate([held.boxes_xyxy, found.boxes_xyxy])
    overlaps = BoxColumns(boxes)
    kept = [
        index
        for index in range(len(held))
        if not np.any(overlaps.iou_with(index)[len(held) :] > _SAME_IOU)
    ]
    return held.take(np.array(kept, np.int64))
