"""From a moved slider to the painted picture, idle and while a model trains; and the manifold.

Each value stands beside the decoder alone, called in a plain loop of the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QSlider, QWidget

from engine.api.latent import DecodedPictures, DecodeLatents, LatentSource
from engine.api.latent_space import DrawManifold
from engine.api.measurements import Measurement
from engine.api.training import Train, TrainConfig
from gui.benchmarks._window import PATIENCE_S, open_window, pass_time
from gui.main_window import MainWindow

SLIDER_GOAL_MS, MANIFOLD_GOAL_MS = 6.0, 50.0
MOVES, MANIFOLDS, WARM_UP = 80, 12, 10
PAUSE_S = 0.008
"""A mouse reports 125 times a second."""

SIDE_PX = 28
GRID = 20
MODEL, DATA = "unet", "shapes"
CONFIG = TrainConfig(epochs=1000, samples_per_epoch=64, batch_size=8, tensorboard=False)


class _Painted(QObject):
    """Notes when a widget has been painted after something was asked for."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self._widget = widget
        self.is_awaited = self.is_done = False
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.is_awaited and event.type() == QEvent.Type.Paint:
            self.is_awaited = False
            QTimer.singleShot(0, self._finish)  # the painting itself comes after this filter
        return False

    def _finish(self) -> None:
        self.is_done = True


def measure() -> list[Measurement]:
    """Show the Latent page with each shipped decoder of 28 x 28, idle and beside a training."""
    with open_window() as (window, home):
        return _measure(window, home)


def _measure(window: MainWindow, home: Path) -> list[Measurement]:
    window.pages.show_page("latent")
    page = window.pages.page("latent")
    sources = _small_decoders(window, page)
    results = [_sliders(page, sources, "idle"), *_manifold(page, sources)]
    window.pages.show_page("train")  # its watch looks at the run only while somebody does
    trainer = window.pages.page("train")
    trainer.launcher.start(Train(MODEL, DATA, home / "runs" / "r", None, CONFIG, device="cpu"))  # type: ignore[attr-defined]
    _wait(lambda: _step(trainer) > WARM_UP)
    before = _step(trainer)
    window.pages.show_page("latent")
    results.append(_sliders(page, sources, "while a model trains"))
    window.pages.show_page("train")
    _wait(lambda: _step(trainer) > before + MOVES)  # or nothing was measured beside
    return results


def _small_decoders(window: MainWindow, page: QWidget) -> list[LatentSource]:
    """Return the shipped models whose pictures are 28 x 28, each once opened."""
    found = []
    for source in page.chooser.sources():  # type: ignore[attr-defined]
        _open(page, source)
        if page.state.facts.size == (SIDE_PX, SIDE_PX):  # type: ignore[attr-defined]
            found.append(source)
    if not found:
        raise RuntimeError(f"no shipped model makes pictures of {SIDE_PX} x {SIDE_PX} pixels")
    return found


def _open(page: QWidget, source: LatentSource) -> None:
    state = page.state  # type: ignore[attr-defined]
    page.open(source)  # type: ignore[attr-defined]
    _wait(lambda: state.facts is not None and state.facts.source == source)
    _wait(lambda: state.picture is not None)


def _sliders(page: QWidget, sources: list[LatentSource], when: str) -> Measurement:
    """Move a slider of each model many times; all movements count alike."""
    times, alone = [], []
    for source in sources:
        _open(page, source)
        pass_time(0.4)  # maps and clouds are not what is measured
        painted = _Painted(page.explore.picture)  # type: ignore[attr-defined]
        slider = page.findChild(QSlider, "latent.axis_1")
        assert slider is not None
        times.append(_moves(page, slider, painted))
        alone.append(_alone(page))
    value, reference = (float(np.percentile(np.concatenate(x), 95)) for x in (times, alone))
    slowest = max(zip(times, sources, strict=True), key=lambda pair: float(np.median(pair[0])))
    median = f"{np.median(slowest[0]):.1f} ms median for the slowest, {slowest[1].weights}"
    return Measurement(
        name=f"latent: slider to painted picture, {when}, p95 over {len(sources)} decoders of "
        f"28 x 28 ({median}); reference: decoder alone",
        value=value,
        reference=reference,
        unit="ms",
        goal=f"<= {SLIDER_GOAL_MS:g} ms",
        met=value <= SLIDER_GOAL_MS,
    )


def _moves(page: QWidget, slider: QSlider, painted: _Painted) -> NDArray[np.float64]:
    state, found = page.state, []  # type: ignore[attr-defined]

    def await_paint() -> None:
        painted.is_awaited = True

    state.picture_changed.connect(await_paint)
    try:
        for move in range(WARM_UP + MOVES):
            pass_time(PAUSE_S)
            painted.is_done = False
            begun_s = time.perf_counter()
            slider.setValue(-900 + (move * 37) % 1800)
            while not painted.is_done:
                QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
                if time.perf_counter() - begun_s > PATIENCE_S:
                    raise RuntimeError("the picture never came")
            if move >= WARM_UP:
                found.append((time.perf_counter() - begun_s) * 1000)
    finally:
        state.picture_changed.disconnect(await_paint)
    return np.array(found)


def _alone(page: QWidget) -> NDArray[np.float64]:
    """Return the decoder's own times for the same model, as the engine reports them."""
    state, found = page.state, []  # type: ignore[attr-defined]
    for _ in range(WARM_UP + MOVES):
        answers: list[DecodedPictures] = []
        request = DecodeLatents(state.facts.source, state.code[None], state.classes_for(1))
        state.client.start(request, "interactive").succeeded.connect(answers.append)
        _wait(lambda answers=answers: bool(answers))  # type: ignore[misc]
        found.append(answers[0].milliseconds)
    return np.array(found[WARM_UP:])


def _manifold(page: QWidget, sources: list[LatentSource]) -> list[Measurement]:
    """Draw 20 x 20 pictures with each model of two axes; from the request to the answer."""
    worst = ("", 0.0, 0.0)
    for source in sources:
        _open(page, source)
        state = page.state  # type: ignore[attr-defined]
        if state.facts.latent_dimensions != 2:
            continue
        times, alone = [], []
        directions = np.eye(2, dtype=np.float32)
        for _ in range(MANIFOLDS):
            answers: list[DecodedPictures] = []
            begun_s = time.perf_counter()
            request = DrawManifold(source, np.zeros(2, np.float32), directions, GRID)
            state.client.start(request, "interactive").succeeded.connect(answers.append)
            _wait(lambda answers=answers: bool(answers))  # type: ignore[misc]
            page.explore.map_panel.manifold.set_sheet(answers[0].pixels[0])  # type: ignore[attr-defined]
            times.append((time.perf_counter() - begun_s) * 1000)
            alone.append(answers[0].milliseconds)
        value = float(np.median(times[2:]))
        if value > worst[1]:
            worst = (str(source.weights), value, float(np.median(alone[2:])))
    name, value, reference = worst
    return [
        Measurement(
            name=f"latent: {GRID} x {GRID} manifold, median, slowest with two axes ({name}); "
            "reference: decoder alone",
            value=value,
            reference=reference,
            unit="ms",
            goal=f"<= {MANIFOLD_GOAL_MS:g} ms",
            met=value <= MANIFOLD_GOAL_MS,
        )
    ]


def _step(page: QWidget) -> int:
    run = page.current  # type: ignore[attr-defined]
    return run.status.step if run is not None and run.status is not None else 0


def _wait(is_done: Callable[[], bool]) -> None:
    """Let the window work until something holds, looking after every event."""
    end_s = time.monotonic() + PATIENCE_S
    while not is_done():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if time.monotonic() > end_s:
            raise RuntimeError("the window did not come to the expected state")
