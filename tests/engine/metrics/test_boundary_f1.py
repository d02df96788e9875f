import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_erosion, distance_transform_edt

from engine.metrics.boundary_f1 import border, boundary_f1, tolerance_px


def square(shift: int = 0) -> np.ndarray:
    mask = np.zeros((40, 50), np.uint8)
    mask[10:30, 10 + shift : 30 + shift] = 1
    return mask


def test_the_truth_itself_scores_one() -> None:
    assert boundary_f1(square(), square(), 2, 1.0).tolist() == [1.0, 1.0]


def test_a_class_that_is_nowhere_has_no_score() -> None:
    assert math.isnan(boundary_f1(square(), square(), 3, 1.0)[2])


def test_a_class_that_is_answered_but_not_there_scores_zero() -> None:
    truth = np.zeros((40, 50), np.uint8)
    assert boundary_f1(square(), truth, 2, 1.0)[1] == 0.0


def test_a_border_within_the_tolerance_is_right_and_one_beyond_it_is_not() -> None:
    assert boundary_f1(square(2), square(), 2, 2.0)[1] == 1.0
    # 20 of 76 border pixels are off a side that moved by three, on either end.
    assert 0.4 < boundary_f1(square(3), square(), 2, 2.0)[1] < 0.8


def test_pixels_without_a_true_class_are_left_out_of_both() -> None:
    truth = square()
    truth[:, 25:] = 255
    answer = truth.copy()
    answer[:, 25:] = np.random.default_rng(0).integers(0, 2, (40, 25))
    assert boundary_f1(answer, truth, 2, 0.0).tolist() == [1.0, 1.0]


def test_the_tolerance_is_three_quarters_of_a_hundredth_of_the_diagonal() -> None:
    assert tolerance_px(360, 480) == pytest.approx(0.0075 * 600)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**31), st.floats(0, 4))
def test_it_equals_distances_and_erosion_of_scipy(seed: int, tolerance: float) -> None:
    random = np.random.default_rng(seed)
    answer, truth = random.integers(0, 2, (2, 12, 17)).astype(bool)

    def edge(region: np.ndarray) -> np.ndarray:
        return region & ~binary_erosion(region, border_value=1)

    def near(points: np.ndarray, others: np.ndarray) -> float:
        if not points.any() or not others.any():
            return 0.0
        return float((distance_transform_edt(~others)[points] <= tolerance).mean())

    first, second = edge(answer), edge(truth)
    np.testing.assert_array_equal(border(answer), first)
    precision, recall = near(first, second), near(second, first)
    expected = 2 * precision * recall / (precision + recall) if precision else 0.0
    found = boundary_f1(answer.astype(np.uint8), truth.astype(np.uint8), 2, tolerance)[1]
    assert found == pytest.approx(expected, abs=1e-6) or not (first.any() or second.any())
