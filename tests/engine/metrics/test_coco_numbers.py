"""COCO's numbers equal those of pycocotools, whatever is found and whatever there is."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from engine.api.detection import Detections
from engine.metrics.box_matching import TrueBoxes
from engine.metrics.coco_numbers import NUMBERS, coco_numbers

CLASSES = ("cat", "dog", "bird")
Pictures = list[tuple[Detections, TrueBoxes]]


def boxes(random: np.random.Generator, count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    corners = random.integers(0, 200, (count, 2))
    return np.concatenate([corners, corners + random.integers(8, 160, (count, 2))], axis=1).astype(
        np.float32
    )


def scene(random: np.random.Generator, most: int = 8) -> tuple[Detections, TrueBoxes]:
    """Objects, some of them crowds, and detections near them or anywhere, with ties of scores."""
    true = boxes(random, int(random.integers(0, most)))
    classes = random.integers(0, 2, len(true))  # there is no bird
    moved = true[random.random(len(true)) < 0.8]
    found = np.concatenate([moved + random.integers(-9, 9, moved.shape), moved, boxes(random, 3)])
    found[:, 2:] = np.maximum(found[:, 2:], found[:, :2] + 1)
    detections = Detections(
        found.astype(np.float32),
        (random.integers(1, 9, len(found)) / 10).astype(np.float32),
        random.integers(0, 3, len(found)),
        CLASSES,
    )
    return detections, TrueBoxes(true, classes, random.random(len(true)) < 0.2)


def by_pycocotools(pictures: Pictures) -> tuple[list[float], list[float]]:
    truth, found = COCO(), []
    annotations: list[dict[str, Any]] = []
    for image, (each, true) in enumerate(pictures, 1):
        assert true.is_difficult is not None
        for box, index, crowd in zip(*true, strict=True):
            x, y, right, bottom = box.astype(float).tolist()
            place = [x, y, right - x, bottom - y]
            annotations.append(
                {"id": len(annotations) + 1, "image_id": image, "category_id": int(index) + 1}
                | {"bbox": place, "area": place[2] * place[3], "iscrowd": int(crowd)}
            )
        for box, score, index in zip(each.boxes_xyxy, each.scores, each.class_indices, strict=True):
            x, y, right, bottom = box.astype(float).tolist()
            entry = {"image_id": image, "category_id": int(index) + 1, "score": float(score)}
            found.append(entry | {"bbox": [x, y, right - x, bottom - y]})
    truth.dataset = {
        "images": [{"id": number + 1} for number in range(len(pictures))],
        "annotations": annotations,
        "categories": [{"id": index + 1, "name": name} for index, name in enumerate(CLASSES)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        scores = COCOeval(truth, truth.loadRes(found), "bbox")
        scores.evaluate()
        scores.accumulate()
        scores.summarize()
    per_class = scores.eval["precision"][:, :, :, 0, -1].mean(axis=(0, 1))
    return scores.stats.tolist(), per_class.tolist()


@pytest.mark.parametrize("seed", range(12))
def test_all_twelve_numbers_and_those_of_each_class_equal_pycocotools(seed: int) -> None:
    random = np.random.default_rng(seed)
    pictures = [scene(random) for _ in range(12)]
    expected, per_class = by_pycocotools(pictures)
    found = coco_numbers(pictures, len(CLASSES))
    ours = np.array([found.numbers[name] for name in NUMBERS])
    np.testing.assert_allclose(np.nan_to_num(ours, nan=-1), expected, atol=1e-9)
    np.testing.assert_allclose(np.nan_to_num(found.per_class, nan=-1), per_class, atol=1e-9)


def test_more_than_a_hundred_boxes_of_a_picture_count_as_in_pycocotools() -> None:
    random = np.random.default_rng(3)
    pictures = [scene(random, 90) for _ in range(3)]
    assert max(len(found) for found, _ in pictures) > 100
    expected, _ = by_pycocotools(pictures)
    found = coco_numbers(pictures, len(CLASSES)).numbers
    np.testing.assert_allclose([found[name] for name in NUMBERS], expected, atol=1e-9)


def test_nothing_found_scores_zero_where_there_is_something_to_find() -> None:
    nothing = Detections.of([], [], ())
    large = TrueBoxes(np.array([[0, 0, 200, 200]], np.float32), np.array([1]))
    found = coco_numbers([(nothing, large)], 3)
    assert found.numbers["ap"] == found.numbers["ar_100"] == found.numbers["ap_large"] == 0
    assert np.isnan(found.numbers["ap_small"])
    assert np.isnan(found.per_class).tolist() == [True, False, True]


def test_nothing_found_where_nothing_is_has_no_score() -> None:
    nothing = Detections.of([], [], ())
    none = TrueBoxes(np.zeros((0, 4), np.float32), np.zeros(0, np.int64))
    assert all(np.isnan(value) for value in coco_numbers([(nothing, none)], 2).numbers.values())
