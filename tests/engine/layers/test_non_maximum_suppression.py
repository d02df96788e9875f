"""Suppression against torchvision, OpenCV, and the paper's pseudo code written out plainly."""

import cv2
import numpy as np
import pytest
import torch
import torchvision
from numpy.typing import NDArray

from engine.api.detection import Detections, SuppressionConfig
from engine.layers.non_maximum_suppression import record_suppression, suppress

Random = np.random.Generator


def crowd(random: Random, number: int, classes: int = 3, spread: int = 60) -> Detections:
    """Whole-number boxes and few distinct scores: many ties, many IoUs at exactly a threshold."""
    corners = random.integers(0, spread, (number, 2))
    sides = random.integers(0, 30, (number, 2))  # zero area happens
    return Detections(
        np.concatenate([corners, corners + sides], axis=1).astype(np.float32),
        (random.integers(1, 20, number) / 20).astype(np.float32),
        random.integers(0, classes, number),
        tuple(f"class {index}" for index in range(classes)),
    )


def fractional(random: Random, number: int, classes: int = 3) -> Detections:
    corners = random.uniform(0, 300, (number, 2))
    boxes = np.concatenate([corners, corners + random.uniform(1, 90, (number, 2))], axis=1)
    return Detections(
        boxes.astype(np.float32),
        random.random(number).astype(np.float32),
        random.integers(0, classes, number),
        tuple("abc"[:classes]),
    )


def greedy(threshold: float, class_aware: bool = True, score: float = 0.0) -> SuppressionConfig:
    return SuppressionConfig(score, threshold, "greedy", class_aware)


def torchvision_kept(detections: Detections, threshold: float) -> list[int]:
    boxes = torch.tensor(detections.boxes_xyxy.copy())
    return torchvision.ops.nms(boxes, torch.tensor(detections.scores.copy()), threshold).tolist()


@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.3, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("make", [crowd, fractional])
def test_keeps_what_torchvision_keeps_with_ties_and_boxes_without_area(
    make: type, threshold: float, random: Random
) -> None:
    for number in (0, 1, 2, 5, 40, 200):
        detections = make(random, number)
        kept = suppress(detections, greedy(threshold, class_aware=False)).kept
        assert kept.tolist() == torchvision_kept(detections, threshold)


@pytest.mark.parametrize("threshold", [0.3, 0.5])
def test_keeps_per_class_what_batched_nms_keeps_in_its_order(
    threshold: float, random: Random
) -> None:
    for number in (0, 1, 30, 300, 1200):  # above 1,000 boxes torchvision takes another path
        detections = crowd(random, number, classes=4, spread=200)
        scores = random.permutation(number) / max(number, 1)  # without ties, whose order it varies
        detections = Detections(
            detections.boxes_xyxy,
            scores.astype(np.float32),
            detections.class_indices,
            detections.categories,
        )
        expected = torchvision.ops.batched_nms(
            torch.tensor(detections.boxes_xyxy.copy()),
            torch.tensor(detections.scores.copy()),
            torch.tensor(detections.class_indices.copy()),
            threshold,
        )
        assert suppress(detections, greedy(threshold)).kept.tolist() == expected.tolist()


def test_a_box_at_exactly_the_threshold_stays() -> None:
    half = Detections.of([[0, 0, 10, 10], [0, 0, 10, 5]], [0.9, 0.8], ("a", "a"))
    assert suppress(half, greedy(0.5)).kept.tolist() == [0, 1]
    assert suppress(half, greedy(0.4999)).kept.tolist() == [0]


@pytest.mark.parametrize("part", range(1, 10))
def test_single_precision_at_the_threshold_rounds_as_in_torchvision(part: int) -> None:
    detections = Detections.of([[0, 0, 10, 1], [0, 0, part, 1]], [0.9, 0.8], ("a", "a"))
    kept = suppress(detections, greedy(part / 10)).kept
    assert kept.tolist() == torchvision_kept(detections, part / 10)


def test_of_equal_boxes_with_equal_scores_the_first_given_stays() -> None:
    same = Detections.of([[5, 5, 9, 9]] * 3, [0.5, 0.5, 0.5], ("a",) * 3)
    assert suppress(same, greedy(0.5)).kept.tolist() == [0]


def test_two_boxes_without_area_in_one_place_both_stay() -> None:
    points = Detections.of([[5, 5, 5, 5]] * 2, [0.9, 0.8], ("a", "a"))
    assert suppress(points, greedy(0.0)).kept.tolist() == [0, 1]


def test_a_score_at_the_threshold_passes_and_a_lower_one_does_not() -> None:
    apart = Detections.of([[0, 0, 1, 1], [5, 5, 6, 6]], [0.7, 0.69999], ("a", "a"))
    assert suppress(apart, greedy(0.5, score=0.7)).kept.tolist() == [0]


def test_suppressing_the_kept_boxes_again_changes_nothing(random: Random) -> None:
    once = suppress(crowd(random, 200), greedy(0.4)).detections
    assert suppress(once, greedy(0.4)).kept.tolist() == list(range(len(once)))


def test_masks_follow_their_boxes() -> None:
    detections = Detections(
        np.array([[0, 0, 4, 4], [9, 9, 12, 12]], np.float32),
        np.array([0.6, 0.9], np.float32),
        np.zeros(2, np.int64),
        ("a",),
        np.arange(8, dtype=np.float16).reshape(2, 2, 2),
    )
    found = suppress(detections, greedy(0.5)).detections
    assert found.masks is not None
    assert found.masks[0].tolist() == [[4, 5], [6, 7]]


# Soft-NMS


def plain_iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = float(width) * float(height)
    areas = sum(float(c[2] - c[0]) * float(c[3] - c[1]) for c in (a, b))
    return shared / (areas - shared)


def paper_soft_nms(
    detections: Detections, config: SuppressionConfig
) -> tuple[list[int], list[float]]:
    """Figure 3 of Bodla et al. 2017: B the boxes, S their scores, D what is taken out of B."""
    boxes = detections.boxes_xyxy
    scores = {i: float(s) for i, s in enumerate(detections.scores)}
    taken: list[int] = []
    result: list[float] = []
    while scores:
        best = max(scores, key=lambda i: (scores[i], -i))
        score = scores.pop(best)
        if score < float(np.float32(config.score_threshold)):
            break
        taken.append(best)
        result.append(score)
        for i in scores:
            is_other = detections.class_indices[i] != detections.class_indices[best]
            if config.class_aware and is_other:
                continue
            overlap = plain_iou(boxes[best], boxes[i])
            if config.method == "soft-gaussian":
                scores[i] *= float(np.exp(-(overlap**2) / config.sigma))
            elif overlap >= config.iou_threshold:
                scores[i] *= 1 - overlap
    return taken, result


@pytest.mark.parametrize("class_aware", [True, False])
@pytest.mark.parametrize("method", ["soft-linear", "soft-gaussian"])
def test_soft_suppression_is_the_pseudo_code_of_the_paper(
    method: str, class_aware: bool, random: Random
) -> None:
    for number, score in ((0, 0.1), (1, 0.1), (2, 0.0), (30, 0.3), (150, 0.0), (150, 0.25)):
        detections = fractional(random, number)
        config = SuppressionConfig(score, 0.3, method, class_aware, 0.4)  # type: ignore[arg-type]
        found = suppress(detections, config)
        kept, scores = paper_soft_nms(detections, config)
        assert found.kept.tolist() == kept
        np.testing.assert_allclose(found.detections.scores, scores, atol=2e-6)


@pytest.mark.parametrize(
    ("method", "code", "expected"),
    [("soft-linear", 1, 0.25546), ("soft-gaussian", 2, 0.31671)],
)
def test_soft_suppression_agrees_with_opencv(method: str, code: int, expected: float) -> None:
    corners = [[0, 0, 10, 10], [1, 1, 11, 11]]  # IoU 81 / 119
    config = SuppressionConfig(0.1, 0.5, method, True, 0.5)  # type: ignore[arg-type]
    found = suppress(Detections.of(corners, [0.9, 0.8], ("a", "a")), config)
    updated, indices = cv2.dnn.softNMSBoxes(
        [(0, 0, 10, 10), (1, 1, 10, 10)], [0.9, 0.8], 0.1, 0.5, sigma=0.5, method=code
    )
    assert found.kept.tolist() == np.asarray(indices).ravel().tolist()
    np.testing.assert_allclose(found.detections.scores, np.asarray(updated).ravel(), atol=1e-6)
    assert found.detections.scores[1] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("method", ["soft-linear", "soft-gaussian"])
def test_soft_suppression_agrees_with_opencv_on_many_boxes(method: str, random: Random) -> None:
    detections = fractional(random, 120)
    rounded = detections.boxes_xyxy.round()
    detections = Detections(
        rounded, detections.scores, detections.class_indices, detections.categories
    )
    config = SuppressionConfig(0.2, 0.37, method, False, 0.5)  # type: ignore[arg-type]
    found = suppress(detections, config)
    corners = [(int(a), int(b), int(c - a), int(d - b)) for a, b, c, d in rounded.tolist()]
    code = 1 if method == "soft-linear" else 2
    updated, indices = cv2.dnn.softNMSBoxes(
        corners, detections.scores.tolist(), 0.2, 0.37, sigma=0.5, method=code
    )
    assert found.kept.tolist() == np.asarray(indices).ravel().tolist()
    np.testing.assert_allclose(found.detections.scores, np.asarray(updated).ravel(), atol=1e-5)


def test_soft_linear_lowers_a_score_at_exactly_the_threshold() -> None:
    half = Detections.of([[0, 0, 10, 10], [0, 0, 10, 5]], [0.9, 0.8], ("a", "a"))
    found = suppress(half, SuppressionConfig(0.1, 0.5, "soft-linear"))
    assert found.detections.scores.tolist() == pytest.approx([0.9, 0.4])


@pytest.mark.parametrize("method", ["soft-linear", "soft-gaussian"])
def test_scores_between_rounds_can_be_asked_for_in_any_order(method: str, random: Random) -> None:
    detections = fractional(random, 150)
    config = SuppressionConfig(0.05, 0.3, method)  # type: ignore[arg-type]
    record = record_suppression(detections, config)
    assert len(record.keepers) > 70  # several checkpoints
    forward = [record.scores_before(index) for index in range(len(record.keepers) + 1)]
    backward = [record.scores_before(index) for index in range(len(record.keepers), -1, -1)]
    for a, b in zip(forward, reversed(backward), strict=True):
        assert np.array_equal(a, b)
    for round_index, keeper in enumerate(record.keepers.tolist()):
        assert forward[round_index][keeper] == record.keeper_scores[round_index]
        assert (
            forward[round_index].max(initial=0, where=record.decided_in >= round_index)
            == (record.keeper_scores[round_index])
        )
