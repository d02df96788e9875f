"""Ticks are round and at least three; texts keep the digits that tell numbers apart."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.widgets.plots.ticks import log_ticks, number_text, number_texts, tick_texts, ticks


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0.0, 1.0, 6, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (-3.0, 7.0, 6, ["-2", "0", "2", "4", "6"]),
        (0.0, 1000.0, 6, ["0", "200", "400", "600", "800", "1,000"]),
        (0.1, 0.35, 6, ["0.10", "0.15", "0.20", "0.25", "0.30", "0.35"]),
        (0.0, 7.0, 3, ["0", "3", "6"]),
        (0.0, 1.0, 2, []),  # two ticks would be no scale
        (2.0, 2.0, 6, []),
    ],
)
def test_ticks_are_round_numbers_inside_the_range(
    low: float, high: float, most: int, expected: list[str]
) -> None:
    assert tick_texts(ticks(low, high, most)) == expected


@given(
    st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6),
    st.floats(1e-3, 1e6),
    st.integers(5, 8),
)
def test_an_axis_has_three_ticks_at_least_and_texts_that_differ(
    low: float, span: float, most: int
) -> None:
    found = ticks(low, low + span, most)
    assert 3 <= len(found) <= most
    assert all(low - 1e-6 * span <= value <= low + span * (1 + 1e-6) for value in found)
    if abs(low) < 1e3 * span:
        assert len(set(tick_texts(found))) == len(found)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 1.0, [0.01, 0.1, 1.0]),
        (1e-6, 100.0, [1e-6, 1e-3, 1.0]),
        (0.3, 2.0, [0.5, 1.0, 2.0]),
        (1.26, 1.58, [1.3, 1.4, 1.5]),
    ],
)
def test_a_logarithmic_axis_has_powers_of_ten_or_round_numbers_between_them(
    low: float, high: float, expected: list[float]
) -> None:
    found = log_ticks(math.log10(low), math.log10(high), 4)
    assert [10**value for value in found] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.6713, 0.6657], ["0.6713", "0.6657"]),
        ([0.25, 0.75], ["0.25", "0.75"]),
        ([1.0, 3.0], ["1", "3"]),
        ([102.41, 103.72], ["102.41", "103.72"]),
        ([1.25e-5, 2e-5], ["1.25e-5", "2e-5"]),
        ([0.5, math.nan], ["0.50", "–"]),
        ([], []),
    ],
)
def test_numbers_that_are_compared_keep_the_digits_in_which_they_differ(
    values: list[float], expected: list[str]
) -> None:
    assert number_texts(values) == expected


@given(st.floats(0.0101, 0.99), st.floats(0.0101, 0.99))
def test_numbers_that_differ_by_a_hundredth_never_look_the_same(one: float, other: float) -> None:
    texts = number_texts([one, other])
    if abs(one - other) > 2e-4:
        assert texts[0] != texts[1]


def test_one_number_is_written_with_the_digits_that_count() -> None:
    values = (0.67134, 1.5, 5.0, 0.0, -0.25, 123456.7, 3e-5, math.nan)
    texts = ["0.6713", "1.5", "5", "0", "-0.25", "123,457", "3e-5", "–"]
    assert [number_text(value) for value in values] == texts
