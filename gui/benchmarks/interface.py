"""How late the interface is while a model trains and a detector runs, beside an idle window.

A precise timer asks to be called every five milliseconds; how much later than its turn each call
comes is the time for which the interface could not have answered a person.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QWidget

from engine.api.detection import Detect
from engine.api.measurements import Measurement
from engine.api.training import Train, TrainConfig
from gui.benchmarks._window import open_window, pass_time, wait
from gui.bridge.engine_client import EngineClient
from gui.main_window import MainWindow

INTERVAL_MS = 5
IDLE_S, BUSY_S, SETTLE_S = 3.0, 8.0, 2.0
P99_GOAL_MS, MAX_GOAL_MS = 5.0, 50.0
MODEL, DATA, DETECTOR = "unet", "shapes", "viola-jones-face"
CONFIG = TrainConfig(epochs=1000, samples_per_epoch=64, batch_size=8, tensorboard=False)
WARM_UP_STEPS = 3


class _Lateness(QObject):
    """Measures how late a timer is called, in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self._late_ms: list[float] = []
        self._due_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._on_timer)

    def over(self, seconds: float) -> NDArray[np.float64]:
        """Return how late each call was during some seconds."""
        self._late_ms = []
        self._due_s = time.perf_counter() + INTERVAL_MS / 1000
        self._timer.start()
        pass_time(seconds)
        self._timer.stop()
        return np.array(self._late_ms)

    @Slot()
    def _on_timer(self) -> None:
        now_s = time.perf_counter()
        self._late_ms.append(max(0.0, (now_s - self._due_s) * 1000))
        self._due_s = now_s + INTERVAL_MS / 1000


class _Detecting(QObject):
    """Runs a detector again and again, one after the other, as live video does."""

    def __init__(self, client: EngineClient) -> None:
        super().__init__()
        self._client = client
        # Pure noise is the worst case of a cascade; this slope is nearer to a photograph.
        noise = np.random.default_rng(0).integers(0, 24, (480, 640, 3))
        self._picture = (np.linspace(0, 231, 640)[:, None] + noise).astype(np.uint8)
        self._is_on = False
        self.count = 0

    def begin(self) -> None:
        """Run from now on."""
        self._is_on = True
        self._next()

    def end(self) -> None:
        """Run no more after the present one."""
        self._is_on = False

    def _next(self) -> None:
        task = self._client.start(Detect(DETECTOR, self._picture))  # as the Detect page does
        task.ended.connect(self._on_ended)

    @Slot()
    def _on_ended(self) -> None:
        self.count += 1
        if self._is_on:
            self._next()


def measure() -> list[Measurement]:
    """Show the Train page, measure it idle, then while it trains and a detector runs."""
    with open_window() as (window, home):
        return _measure(window, home)


def _measure(window: MainWindow, home: Path) -> list[Measurement]:
    lateness, detecting = _Lateness(), _Detecting(window.workbench.client)
    window.pages.show_page("train")
    page = window.pages.page("train")
    wait(lambda: bool(window.device_title))  # torch is loaded: the one thing that may be late
    pass_time(SETTLE_S)
    idle = lateness.over(IDLE_S)
    detecting.begin()
    try:
        page.launcher.start(Train(MODEL, DATA, home / "runs" / "r", None, CONFIG, device="cpu"))  # type: ignore[attr-defined]
        wait(lambda: _step(page) > WARM_UP_STEPS)
        detected, trained = detecting.count, _step(page)
        busy = lateness.over(BUSY_S)
        detected, trained = detecting.count - detected, _step(page) - trained
    finally:
        detecting.end()
    if not (detected and trained):
        raise RuntimeError(f"{trained} steps and {detected} detections: nothing to measure beside")
    rates = f"{trained / BUSY_S:.0f} training steps/s, {detected / BUSY_S:.0f} detections/s"
    return [
        _measurement(f"p99 lateness, {rates}", *_percentiles(busy, idle, 99), P99_GOAL_MS),
        _measurement(f"longest lateness, {rates}", *_percentiles(busy, idle, 100), MAX_GOAL_MS),
    ]


def _percentiles(
    busy: NDArray[np.float64], idle: NDArray[np.float64], share: float
) -> tuple[float, float]:
    return float(np.percentile(busy, share)), float(np.percentile(idle, share))


def _measurement(what: str, busy_ms: float, idle_ms: float, goal_ms: float) -> Measurement:
    return Measurement(
        name=f"interface: {what}; reference: idle window",
        value=busy_ms,
        reference=idle_ms,
        unit="ms",
        goal=f"<= {goal_ms:g} ms",
        met=busy_ms <= goal_ms,
    )


def _step(page: QWidget) -> int:
    run = page.current  # type: ignore[attr-defined]
    return run.status.step if run is not None and run.status is not None else 0
