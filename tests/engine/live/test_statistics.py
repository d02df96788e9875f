"""Rates, ages and counts of a run, on a clock moved by hand."""

import numpy as np
import pytest

from engine.live.statistics import Statistics
from tests.engine.live.parts import ManualClock


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def counts(clock):
    return Statistics(clock)


def run(counts, clock, *, seconds, period_s, latency_s=0.0, every=1):
    """Frames at a steady pace; of each few one is worked on, after a while."""
    for number in range(round(seconds / period_s)):
        clock.advance(period_s)
        counts.frame_read()
        if number % every == 0:
            counts.frame_processed(clock.now_s() - latency_s)
        else:
            counts.frame_dropped()


def test_before_the_first_frame_everything_is_nothing(counts):
    now = counts.snapshot()
    assert (now.read, now.processed, now.dropped, now.displayed, now.losses) == (0,) * 5
    assert (now.source_fps, now.inference_fps, now.display_fps) == (0, 0, 0)
    assert now.latency is None
    assert now.display_latency is None


def test_frames_are_numbered_as_they_are_read(counts):
    assert [counts.frame_read() for _ in range(3)] == [0, 1, 2]


def test_source_and_inference_have_rates_of_their_own(counts, clock):
    run(counts, clock, seconds=10, period_s=1 / 30, every=3)
    now = counts.snapshot()
    assert now.source_fps == pytest.approx(30, rel=0.03)
    assert now.inference_fps == pytest.approx(10, rel=0.06)
    assert now.display_fps == 0
    assert now.read == now.processed + now.dropped == 300


def test_rates_follow_a_change_within_the_window(counts, clock):
    run(counts, clock, seconds=5, period_s=0.1)
    run(counts, clock, seconds=3, period_s=0.02)
    assert counts.snapshot(2.0).source_fps == pytest.approx(50, rel=0.03)
    whole = counts.snapshot(None).source_fps
    assert whole == pytest.approx((50 + 150 - 1) / 7.9, rel=0.01)


def test_a_source_that_stands_still_falls_to_no_frames(counts, clock):
    run(counts, clock, seconds=3, period_s=0.1)
    clock.advance(10)
    assert counts.snapshot().source_fps == 0
    assert counts.snapshot().latency is None
    assert counts.snapshot(None).source_fps == pytest.approx(10)


def test_ages_are_numpys_percentiles(counts, clock, random):
    ages = random.uniform(0.01, 0.2, 200)
    for age in ages:
        clock.advance(0.001)
        counts.frame_processed(clock.now_s() - age)
        counts.frame_displayed(clock.now_s() - 2 * age)
    now = counts.snapshot()
    expected = np.percentile(ages, (50, 95)) * 1000
    assert (now.latency.p50_ms, now.latency.p95_ms) == pytest.approx(tuple(expected))
    assert now.display_latency.p95_ms == pytest.approx(2 * expected[1])


def test_losses_are_counted(counts):
    for _ in range(3):
        counts.source_lost()
    assert counts.snapshot().losses == 3


def test_the_last_minute_has_a_value_a_second_the_oldest_first(counts, clock):
    run(counts, clock, seconds=70, period_s=0.1, latency_s=0.05)
    run(counts, clock, seconds=10, period_s=0.05, latency_s=0.02, every=2)
    minute = counts.last_minute()
    assert minute.ages_s.tolist() == list(range(60, 0, -1))
    np.testing.assert_allclose(minute.source_fps[:49], 10, atol=1.01)
    np.testing.assert_allclose(minute.source_fps[51:], 20, atol=1.01)
    np.testing.assert_allclose(minute.inference_fps[51:], 10, atol=1.01)
    np.testing.assert_allclose(minute.latency_ms[:49], 50, atol=1e-6)
    np.testing.assert_allclose(minute.latency_ms[51:], 20, atol=1e-6)
    assert (minute.display_fps == 0).all()


def test_a_young_run_has_a_short_minute_and_gaps_where_nothing_was_done(counts, clock):
    counts.frame_read()
    clock.advance(3.5)
    counts.frame_read()
    counts.frame_processed(clock.now_s() - 0.01)
    minute = counts.last_minute()
    assert minute.ages_s.tolist() == [4, 3, 2, 1]
    assert minute.source_fps.tolist() == [1, 0, 0, 1]
    assert np.isnan(minute.latency_ms).tolist() == [True, True, True, False]


def test_a_long_run_keeps_a_bounded_number_of_moments(counts, clock):
    for _ in range(30_000):
        clock.advance(1 / 1000)
        counts.frame_read()
    now = counts.snapshot(None)
    assert now.read == 30_000
    assert now.source_fps == pytest.approx(1000, rel=0.01)
    assert counts.snapshot(100.0).source_fps == pytest.approx(1000, rel=0.01)
