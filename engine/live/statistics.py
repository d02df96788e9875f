"""Counts, rates and ages of the frames of a run, from any thread."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np
from numpy.typing import NDArray

from engine.api.live import LastMinute, Latency, LiveStatistics
from engine.live.clock import Clock

Floats = NDArray[np.float64]

RATE_WINDOW_S = 2.0
_MINUTE_S = 60
_KEPT = 20_000  # moments of each kind: a minute at 333 frames a second


class _Moments:
    """When something happened, how often in all, and with which value.

    Attributes:
        total: all of them; only the last 20,000 are kept.
    """

    def __init__(self) -> None:
        self.total = 0
        self._kept: deque[tuple[float, float]] = deque(maxlen=_KEPT)

    def add(self, now_s: float, value: float = 0.0) -> None:
        self.total += 1
        self._kept.append((now_s, value))

    def arrays(self) -> tuple[Floats, Floats]:
        """Moments, rising, and their values."""
        both = np.array(self._kept, np.float64).reshape(-1, 2)
        return both[:, 0], both[:, 1]

    def rate(self, now_s: float, window_s: float | None) -> float:
        """How many a second within the window up to now, or between the first and the last kept."""
        moments, _ = self.arrays()
        if len(moments) < 2:
            return 0.0
        if window_s is None:
            count, span_s = len(moments) - 1, moments[-1] - moments[0]
        else:
            # The first one only starts the clock.
            start_s = max(now_s - window_s, moments[0])
            count, span_s = int(np.sum(moments > start_s)), now_s - start_s
        return float(count / span_s) if span_s > 0 else 0.0

    def latency(self, now_s: float, window_s: float | None) -> Latency | None:
        moments, values = self.arrays()
        if window_s is not None:
            values = values[moments > now_s - window_s]
        if not len(values):
            return None
        half, most = np.percentile(values, (50, 95)) * 1000
        return Latency(float(half), float(most))


class Statistics:
    """Keeps the counts of a run; a frame is late by whole frames, never by a queue."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._read, self._processed, self._displayed = _Moments(), _Moments(), _Moments()
        self._dropped = self._losses = 0

    def frame_read(self) -> int:
        """Count a frame that the source gave; returns how many there were before it."""
        with self._lock:
            self._read.add(self._clock.now_s())
            return self._read.total - 1

    def frame_dropped(self) -> None:
        """Count a frame that nobody worked on."""
        with self._lock:
            self._dropped += 1

    def frame_processed(self, captured_s: float) -> None:
        """Count a frame that was worked on, by the moment of its arrival."""
        self._count_age(self._processed, captured_s)

    def frame_displayed(self, captured_s: float) -> None:
        """Count a frame that is on the screen, by the moment of its arrival."""
        self._count_age(self._displayed, captured_s)

    def source_lost(self) -> None:
        """Count a loss of the source."""
        with self._lock:
            self._losses += 1

    def snapshot(self, window_s: float | None = RATE_WINDOW_S) -> LiveStatistics:
        """Return the counts, with rates and ages over the last seconds, or over the whole run.

        Of the whole run, the last 20,000 frames of each kind are what is looked at.
        """
        with self._lock:
            now_s = self._clock.now_s()
            return LiveStatistics(
                read=self._read.total,
                processed=self._processed.total,
                dropped=self._dropped,
                displayed=self._displayed.total,
                losses=self._losses,
                source_fps=self._read.rate(now_s, window_s),
                inference_fps=self._processed.rate(now_s, window_s),
                display_fps=self._displayed.rate(now_s, window_s),
                latency=self._processed.latency(now_s, window_s),
                display_latency=self._displayed.latency(now_s, window_s),
            )

    def last_minute(self) -> LastMinute:
        """Return the curves of the last minute, as far as the run goes back."""
        with self._lock:
            now_s = self._clock.now_s()
            kinds = (self._read, self._processed, self._displayed)
            arrays = [kind.arrays() for kind in kinds]
        seconds = _MINUTE_S
        if self._read.total:
            seconds = min(_MINUTE_S, max(1, int(np.ceil(now_s - arrays[0][0][0]))))
        read, processed, displayed = (_per_second(times, now_s, seconds) for times, _ in arrays)
        oldest_first = np.arange(seconds - 1, -1, -1)
        times, latencies = arrays[1]
        whole_ages = np.floor(now_s - times)
        medians = [_median(latencies[whole_ages == age]) * 1000 for age in oldest_first]
        ages_s = (oldest_first + 1).astype(np.float64)
        return LastMinute(ages_s, read, processed, displayed, np.array(medians, np.float64))

    def _count_age(self, moments: _Moments, captured_s: float) -> None:
        with self._lock:
            now_s = self._clock.now_s()
            moments.add(now_s, now_s - captured_s)


def _per_second(moments: Floats, now_s: float, seconds: int) -> Floats:
    """How many fall into each of the last seconds, the oldest first, (seconds,)."""
    ages = np.floor(now_s - moments).astype(np.int64)
    counts = np.bincount(ages[(ages >= 0) & (ages < seconds)], minlength=seconds)
    return counts[::-1].astype(np.float64)


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else float("nan")
