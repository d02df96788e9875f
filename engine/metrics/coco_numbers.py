"""The numbers of COCO by faster-coco-eval, which counts as pycocotools does, in C++.

Lin et al., Microsoft COCO: Common Objects in Context, ECCV 2014; https://cocodataset.org/#detection-eval
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections
from engine.metrics.box_matching import TrueBoxes

NUMBERS = (
    "ap",
    "ap50",
    "ap75",
    "ap_small",
    "ap_medium",
    "ap_large",
    "ar_1",
    "ar_10",
    "ar_100",
    "ar_small",
    "ar_medium",
    "ar_large",
)
"""In COCO's order. Small is below 32 x 32 px, large from 96 x 96 px; ar_10: with ten boxes each."""


class CocoNumbers(NamedTuple):
    """What COCO measures; NaN where no object is of that kind.

    Attributes:
        numbers: by name, of NUMBERS.
        per_class: AP over the IoU thresholds 0.50 to 0.95, by class index, (K,).
        per_class_50: AP at IoU 0.50, (K,).
    """

    numbers: dict[str, float]
    per_class: NDArray[np.float64]
    per_class_50: NDArray[np.float64]


def coco_numbers(pictures: Sequence[tuple[Detections, TrueBoxes]], classes: int) -> CocoNumbers:
    """Score boxes; at most 100 of a picture and class count, the best ones.

    Args:
        pictures: what was found on each and what there is; classes by the same indices.
        classes: how many there are.
    """
    from faster_coco_eval import COCO, COCOeval_faster

    truth = COCO()
    truth.dataset = {
        "images": [{"id": number} for number in range(1, len(pictures) + 1)],
        "categories": [{"id": index + 1, "name": str(index)} for index in range(classes)],
        "annotations": _annotations([true for _, true in pictures]),
    }
    truth.createIndex()
    found = _results([each for each, _ in pictures])
    if not len(found):
        return _nothing_found([true for _, true in pictures], classes)
    scores = COCOeval_faster(truth, truth.loadRes(found), "bbox", print_function=_say_nothing)
    scores.run()
    precision = scores.eval["precision"][:, :, :, 0, -1]  # IoU, recall, class; all sizes, 100 boxes
    stats = _known(np.asarray(scores.stats[: len(NUMBERS)], np.float64))
    return CocoNumbers(
        dict(zip(NUMBERS, stats.tolist(), strict=True)), _means(precision), _means(precision[:1])
    )


def _annotations(truths: Sequence[TrueBoxes]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for image, true in enumerate(truths, 1):
        sides = true.boxes_xyxy[:, 2:].astype(np.float64) - true.boxes_xyxy[:, :2]
        corners = np.concatenate([true.boxes_xyxy[:, :2], sides], axis=1)
        difficult = np.zeros(len(sides), bool) if true.is_difficult is None else true.is_difficult
        rows = zip(corners.tolist(), true.class_indices.tolist(), difficult.tolist(), strict=True)
        for box, index, is_difficult in rows:
            entries.append(
                {
                    "id": len(entries) + 1,
                    "image_id": image,
                    "category_id": index + 1,
                    "bbox": box,
                    "area": box[2] * box[3],
                    "iscrowd": int(is_difficult),
                }
            )
    return entries


def _results(found: Sequence[Detections]) -> list[dict[str, Any]]:
    entries = []
    for image, each in enumerate(found, 1):
        boxes = each.boxes_xyxy.astype(np.float64)
        boxes[:, 2:] -= boxes[:, :2]
        rows = zip(
            boxes.tolist(),
            each.scores.astype(np.float64).tolist(),
            each.class_indices.tolist(),
            strict=True,
        )
        entries += [
            {"image_id": image, "category_id": index + 1, "bbox": box, "score": score}
            for box, score, index in rows
        ]
    return entries


def _means(precision: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over IoU and recall of (T, R, K), by class; NaN where there is no object, marked -1."""
    return _known(precision.mean(axis=(0, 1)))


def _known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(values < 0, np.nan, values)


def _nothing_found(truths: Sequence[TrueBoxes], classes: int) -> CocoNumbers:
    """Zero for what is there to be found."""
    present = np.zeros(classes, bool)
    areas = []
    for true in truths:
        difficult = np.zeros(len(true.class_indices), bool)
        counts = ~(difficult if true.is_difficult is None else true.is_difficult)
        present[true.class_indices[counts]] = True
        areas.append((true.boxes_xyxy[:, 2:] - true.boxes_xyxy[:, :2]).prod(axis=1)[counts])
    area = np.concatenate([np.zeros(0, np.float32), *areas])
    sizes = {
        "small": (area < 32**2).any(),
        "medium": ((area >= 32**2) & (area <= 96**2)).any(),
        "large": (area > 96**2).any(),
    }
    numbers = {n: 0.0 if sizes.get(n[3:], present.any()) else np.nan for n in NUMBERS}
    per_class = np.where(present, 0.0, np.nan)
    return CocoNumbers(numbers, per_class, per_class)


def _say_nothing(*_: object) -> None:
    """Take what the library would print."""
