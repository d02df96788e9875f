from __future__ import annotations

import math

import numpy as np
import pytest

from gui.pages.train.metric_series import Series, averaged, smoothed


def test_smoothing_leaves_a_constant_as_it_is() -> None:
    assert smoothed(np.full(50, 3.0), 0.9) == pytest.approx(np.full(50, 3.0))


def test_smoothing_passes_gaps_through_and_goes_on_after_them() -> None:
    values = smoothed(np.array([1.0, math.nan, 3.0]), 0.5)
    assert values[0] == 1.0
    assert math.isnan(values[1])
    assert values[2] == pytest.approx((0.5 * 1 + 3) / 1.5)


def test_no_smoothing_changes_nothing() -> None:
    values = np.array([1.0, 5.0, 2.0])
    assert smoothed(values, 0.0).tolist() == [1.0, 5.0, 2.0]


def test_averaging_keeps_the_mean_and_leaves_out_what_is_absent() -> None:
    values = np.arange(100.0)
    series = averaged(Series(np.arange(100.0), values), 10)
    assert len(series.steps) == 10
    assert series.values[0] == pytest.approx(4.5)
    assert series.steps[0] == pytest.approx(4.5)
    values[3] = np.nan
    with_gap = averaged(Series(np.arange(100.0), values), 10)
    assert with_gap.values[0] == pytest.approx(np.delete(np.arange(10.0), 3).mean())
