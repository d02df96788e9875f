"""Detections find objects as VOC and COCO count: best score first, each object once."""

from __future__ import annotations

import numpy as np
import pytest
from torchvision.ops import box_iou

from engine.api.detection import Detections
from engine.api.detection_scores import DetectionKind
from engine.core.boxes import pairwise_iou
from engine.metrics.average_precision import coco_average_precision, precision_recall
from engine.metrics.box_matching import NOTHING, TrueBoxes, match_boxes
from engine.metrics.coco_numbers import coco_numbers
from engine.metrics.detection_errors import (
    COURSE_KINDS,
    confusion,
    course_kinds,
    detection_errors,
)

CLASSES = ("cat", "dog", "bus")
CAT, DOG, BUS = range(3)
Rows = list[tuple[tuple[float, float, float, float], int]]


def found(*rows: tuple[float, tuple[float, float, float, float], int]) -> Detections:
    boxes = np.array([box for _, box, _ in rows], np.float32).reshape(-1, 4)
    scores = np.array([score for score, _, _ in rows], np.float32)
    return Detections(boxes, scores, np.array([index for *_, index in rows], np.int64), CLASSES)


def true(*rows: tuple[tuple[float, float, float, float], int], difficult: int = -1) -> TrueBoxes:
    boxes = np.array([box for box, _ in rows], np.float32).reshape(-1, 4)
    classes = np.array([index for _, index in rows], np.int64)
    return TrueBoxes(boxes, classes, np.arange(len(rows)) == difficult)


HERE, NEAR, LOOSE, AWAY = (0, 0, 10, 10), (0, 0, 10, 9), (0, 0, 10, 4), (50, 50, 60, 60)


def test_overlaps_are_those_of_torchvision() -> None:
    import torch

    random = np.random.default_rng(0)
    first, second = (random.uniform(0, 50, (count, 4)).astype(np.float32) for count in (7, 5))
    for boxes in (first, second):
        boxes[:, 2:] += boxes[:, :2]
    expected = box_iou(torch.from_numpy(first), torch.from_numpy(second)).numpy()
    np.testing.assert_allclose(pairwise_iou(first, second), expected, rtol=1e-6)


def test_the_better_score_finds_the_object_and_the_other_is_false() -> None:
    matched = match_boxes([(found((0.6, HERE, CAT), (0.9, NEAR, CAT)), true((HERE, CAT)))])
    assert matched.scores.tolist() == pytest.approx([0.9, 0.6])
    assert matched.objects.tolist() == [0, NOTHING]
    assert matched.is_true.tolist() == [True, False]


def test_a_box_of_another_class_finds_nothing_unless_classes_do_not_matter() -> None:
    pictures = [(found((0.9, HERE, DOG)), true((HERE, CAT)))]
    assert match_boxes(pictures).objects.tolist() == [NOTHING]
    assert match_boxes(pictures, is_class_aware=False).objects.tolist() == [0]


def test_what_is_difficult_counts_neither_for_nor_against() -> None:
    pictures = [(found((0.9, HERE, CAT), (0.8, HERE, CAT)), true((HERE, CAT), difficult=0))]
    matched = match_boxes(pictures)
    assert matched.is_ignored.tolist() == [True, True]
    assert matched.positives() == 0
    assert matched.ranked().size == 0


def test_an_object_that_counts_is_found_before_a_difficult_one_that_is_overlapped_more() -> None:
    pictures = [(found((0.9, HERE, CAT)), true((HERE, CAT), (NEAR, CAT), difficult=0))]
    assert match_boxes(pictures).objects.tolist() == [1]


def test_all_pictures_are_ranked_together_and_objects_counted_through() -> None:
    pictures = [
        (found((0.5, HERE, CAT)), true((HERE, CAT))),
        (found(), true((AWAY, BUS))),
        (found((0.7, AWAY, DOG)), true((HERE, CAT), (AWAY, DOG))),
    ]
    matched = match_boxes(pictures)
    assert matched.pictures.tolist() == [2, 0]
    assert matched.objects.tolist() == [3, 0]
    assert matched.true_pictures.tolist() == [0, 1, 2, 2]
    assert (matched.positives(CAT), matched.positives(BUS), matched.positives()) == (2, 1, 4)


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_of_a_match_is_that_of_coco(seed: int) -> None:
    random = np.random.default_rng(seed)
    pictures = []
    ranks = random.permutation(60).reshape(10, 6)  # ties are ranked otherwise there
    for number in range(10):
        corners = random.integers(0, 90, (6, 2)).astype(np.float32)
        boxes = np.concatenate([corners, corners + random.integers(9, 40, (6, 2))], axis=1)
        boxes = boxes.astype(np.float32)
        moved = boxes + random.integers(-3, 4, boxes.shape).astype(np.float32)
        classes = random.integers(0, 2, 6)
        scores = ranks[number].astype(np.float32) / 60
        truth = TrueBoxes(boxes, classes, random.random(6) < 0.2)
        pictures.append((Detections(moved, scores, classes, CLASSES), truth))
    expected = coco_numbers(pictures, 2).per_class_50
    matched = match_boxes(pictures)
    for index in (CAT, DOG):
        ranked = matched.ranked(index)
        curve = precision_recall(matched.is_true[ranked], matched.positives(index))
        assert coco_average_precision(curve) == pytest.approx(expected[index], abs=1e-9)


def test_every_kind_of_mistake_is_told_apart() -> None:
    detections = found(
        (0.9, HERE, CAT),  # true
        (0.8, NEAR, CAT),  # the same again
        (0.7, HERE, DOG),  # another class
        (0.6, LOOSE, CAT),  # a loose box
        (0.5, LOOSE, BUS),  # both
        (0.4, AWAY, CAT),  # nothing there
    )
    pictures = [(detections, true((HERE, CAT), ((90, 90, 99, 99), DOG)))]
    matched = match_boxes(pictures)
    errors = detection_errors(pictures, matched)
    names = [DetectionKind(kind).name for kind in errors.kinds.tolist()]
    expected = ["TRUE", "DUPLICATE", "CLASSIFICATION", "LOCALISATION", "BOTH", "BACKGROUND"]
    assert names == expected
    assert errors.nearest.tolist() == [0, 0, 0, 0, 0, NOTHING]
    kinds = course_kinds(errors, matched, CLASSES)
    words = [COURSE_KINDS[kind] for kind in kinds.tolist() if kind != NOTHING]
    assert words == [
        "bad localisation",
        "similar object",  # a dog is an animal as a cat is
        "bad localisation",
        "dissimilar object",
        "background",
    ]


def test_the_confusion_matrix_has_the_background_as_its_last_row_and_column() -> None:
    pictures = [
        (
            found((0.9, HERE, DOG), (0.8, AWAY, CAT), (0.2, AWAY, BUS)),
            true((HERE, CAT), ((20, 20, 30, 30), BUS)),
        )
    ]
    table = confusion(pictures, 3, score_threshold=0.5)
    assert table[CAT, DOG] == 1  # a cat taken for a dog
    assert table[3, CAT] == 1  # a cat where nothing is
    assert table[BUS, 3] == 1  # a bus that was not found
    assert table.sum() == 3
