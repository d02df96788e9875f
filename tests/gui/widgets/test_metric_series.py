from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.widgets.metric_series import Series, averaged, decimated, smoothed, value_at
from gui.widgets.plot_axes import Axis


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


@given(st.integers(1, 2000), st.integers(1, 60), st.integers(0, 9))
def test_thinning_keeps_extremes_and_ends_and_order(count: int, bins: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=count)
    steps = np.arange(count, dtype=float)
    x, y = decimated(steps, values, bins)
    assert len(x) <= max(2 * bins + 2, 2)
    assert np.all(np.diff(x) > 0)
    assert (x[0], x[-1]) == (0.0, count - 1.0)
    assert (y.min(), y.max()) == (values.min(), values.max())
    assert np.array_equal(y, values[x.astype(int)])


def test_thinning_keeps_a_gap() -> None:
    values = np.concatenate((np.ones(100), np.full(100, np.nan), np.ones(100)))
    _, y = decimated(np.arange(300.0), values, 10)
    assert np.isnan(y).any()


def test_averaging_keeps_the_mean_and_leaves_out_what_is_absent() -> None:
    values = np.arange(100.0)
    series = averaged(Series(np.arange(100.0), values), 10)
    assert len(series.steps) == 10
    assert series.values[0] == pytest.approx(4.5)
    assert series.steps[0] == pytest.approx(4.5)
    values[3] = np.nan
    with_gap = averaged(Series(np.arange(100.0), values), 10)
    assert with_gap.values[0] == pytest.approx(np.delete(np.arange(10.0), 3).mean())


def test_the_nearest_step_is_looked_up() -> None:
    series = Series(np.array([10.0, 20.0, 40.0]), np.array([1.0, 2.0, 4.0]))
    assert [value_at(series, step) for step in (0, 14, 16, 31, math.inf)] == [
        (10.0, 1.0),
        (10.0, 1.0),
        (20.0, 2.0),
        (40.0, 4.0),
        (40.0, 4.0),
    ]
    assert value_at(Series(np.zeros(0), np.zeros(0)), 3) is None


def test_a_logarithmic_axis_puts_equal_ratios_at_equal_distances() -> None:
    axis = Axis.of([np.array([0.01, 0.1, 1.0, 0.0, math.nan])], is_log=True)
    assert axis.fractions(np.array([0.01, 0.1, 1.0])) == pytest.approx([0.0, 0.5, 1.0])
    assert math.isnan(axis.fraction(0.0))  # has no place
    assert axis.at(0.5) == pytest.approx(0.1)
    assert [text for _, text in axis.ticks(2)] == ["0.01", "0.1", "1"]


def test_an_axis_of_one_value_or_none_can_be_drawn() -> None:
    for values in (np.array([3.0]), np.array([math.nan]), np.zeros(0)):
        axis = Axis.of([values])
        assert axis.high > axis.low
        assert axis.ticks(4)
