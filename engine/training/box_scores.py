"""What detectors reach while they are trained: average precision over the pictures of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections, SuppressionConfig
from engine.data.datasets.samples import BoxBatch, BoxSample
from engine.data.sample_grid import draw_sample, lay_out
from engine.layers.non_maximum_suppression import suppress
from engine.metrics.box_matching import TrueBoxes
from engine.metrics.coco_numbers import coco_numbers

SCORE_FLOOR = 0.01
SHOWN_FROM = 0.5
"""Score of the boxes that are drawn into samples."""
PROTOCOL = (
    f"boxes from a score of {SCORE_FLOOR:g} on, at most 100 a picture and class; AP is the mean "
    "over IoU 0.50 to 0.95 and 101 recalls (COCO), AP50 at IoU 0.50"
)


def kept_boxes(raw: Detections, iou_threshold: float) -> Detections:
    """Return raw boxes without duplicates."""
    return suppress(raw, SuppressionConfig(SCORE_FLOOR, iou_threshold)).detections


def true_boxes(batch: BoxBatch) -> list[TrueBoxes]:
    """Return the objects of each picture of a batch."""
    return [
        TrueBoxes(
            boxes.cpu().numpy(),
            classes.cpu().numpy(),
            None if difficult is None else difficult.cpu().numpy(),
        )
        for boxes, classes, difficult in zip(
            batch.boxes_xyxy, batch.class_indices, batch.is_difficult, strict=True
        )
    ]


def box_numbers(
    pictures: Sequence[tuple[Detections, TrueBoxes]], classes: Sequence[str]
) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the numbers of an evaluation by name, and its fields for people."""
    found = coco_numbers(pictures, len(classes))
    numbers = {name: found.numbers[name] for name in ("ap", "ap50", "ap75", "ar_100")}
    known = {name: 0.0 if np.isnan(value) else value for name, value in numbers.items()}
    per_class = {
        name: None if np.isnan(value) else float(value)
        for name, value in zip(classes, found.per_class, strict=True)
    }
    fields = {name: known[name] for name in ("ap", "ap50", "ap75")}
    return known, {**fields, "per_class": per_class, "classes": tuple(classes)}


def drawn_boxes(
    pixels: NDArray[np.uint8], found: Sequence[Detections], classes: Sequence[str]
) -> NDArray[np.uint8]:
    """Draw what was found into each picture (B, H, W, C), side by side: RGB (H', W', 3)."""
    cells = []
    for picture, each in zip(pixels, found, strict=True):
        best = each.take(np.flatnonzero(each.scores >= SHOWN_FROM))
        cells.append(draw_sample(BoxSample(picture, best.boxes_xyxy, best.class_indices), classes))
    return lay_out(cells)
