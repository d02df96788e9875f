"""Three ways to make one number of a ranked list, against sums by hand and pycocotools."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.average_precision import (
    all_point_average_precision,
    coco_average_precision,
    eleven_point_average_precision,
    envelope,
    precision_recall,
)

WORKED = np.array([True, False, True, False, False, True])  # and four objects


def test_the_worked_case_has_the_published_numbers() -> None:
    curve = precision_recall(WORKED, 4)
    assert all_point_average_precision(curve) == pytest.approx(0.541667, abs=1e-6)
    assert eleven_point_average_precision(curve) == pytest.approx(0.545455, abs=1e-6)
    assert coco_average_precision(curve) == pytest.approx(0.546205, abs=1e-6)


def test_precision_and_recall_are_counted_down_the_list() -> None:
    curve = precision_recall(WORKED, 4)
    assert curve.precision.tolist() == pytest.approx([1, 1 / 2, 2 / 3, 2 / 4, 2 / 5, 3 / 6])
    assert curve.recall.tolist() == pytest.approx([1 / 4, 1 / 4, 2 / 4, 2 / 4, 2 / 4, 3 / 4])


def test_a_recall_of_three_tenths_reaches_its_threshold() -> None:
    curve = precision_recall(np.ones(3, bool), 10)
    assert eleven_point_average_precision(curve) == pytest.approx(4 / 11)


def test_an_empty_list_scores_zero() -> None:
    curve = precision_recall(np.zeros(0, bool), 5)
    assert all_point_average_precision(curve) == 0
    assert eleven_point_average_precision(curve) == 0
    assert coco_average_precision(curve) == 0


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 9))
def test_by_brute_force_over_all_recalls(flags: list[bool], missed: int) -> None:
    positives = sum(flags) + missed
    if not positives:
        return
    curve = precision_recall(np.array(flags, bool), positives)

    def best_from(recall: float) -> float:
        reached = [p for p, r in zip(*curve, strict=True) if r >= recall - 1e-9]
        return max(reached, default=0.0)

    eleven = np.mean([best_from(step / 10) for step in range(11)])
    area = sum(best_from(step / positives) for step in range(1, positives + 1)) / positives
    assert eleven_point_average_precision(curve) == pytest.approx(eleven)
    assert all_point_average_precision(curve) == pytest.approx(area)
    assert (np.diff(envelope(curve.precision)) <= 0).all()
