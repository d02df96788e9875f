"""Frames a second with the window open, beside a bare loop that reads and looks; and memory.

The film is a moving scene of the program, recorded by it. It is played, or sent as a stream, one
and a half times as fast as the bare loop works: the source is never what keeps the window back.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from engine.api.live import LiveSource, MovingSceneSource, NetworkSource, VideoFileSource
from engine.api.live_session import BareLoop, LiveModel, RunBareLoop, RunPlainLoop
from engine.api.measurements import Measurement
from gui.benchmarks._stream import Stream, pictures_of, serve
from gui.benchmarks._window import open_window, pass_time, wait
from gui.main_window import MainWindow

RATIO_GOAL, GROWTH_GOAL_MB = 0.95, 20.0
FILM_S, FILM_FPS = 3.0, 30.0
ROUND_S, ROUNDS = 6.0, 5
SETTLE_S, LOOK_S = 2.0, 1.0
SETTLING_SHARE = 0.1
"""Of a soak: what is loaded once and kept is no growth."""

FASTER = 1.5
FOLLOW_GOAL_FPS = 20.0
MODELS = ("viola-jones-face", "deeplabv3plus")


def measure() -> list[Measurement]:
    """Run a detector and a segmenter on a film, in turns with a bare loop."""
    with open_window() as (window, home):
        film = _record(window, home / "scene.mp4")
        results = [_rate(window, VideoFileSource(film), model) for model in MODELS]
        with serve(pictures_of(film)) as stream:
            results.append(_rate(window, NetworkSource(stream.address), MODELS[0], stream))
        return [*results, _keeping_up(window, film)]


def keeping_up() -> list[Measurement]:
    """Follow a film of 30 frames a second, beside the loop that a person would write."""
    with open_window() as (window, home):
        return [_keeping_up(window, _record(window, home / "scene.mp4"))]


def _keeping_up(window: MainWindow, film: Path) -> Measurement:
    """Return the median rate over rounds at the film's own speed."""
    rates, plain = [], []
    for _ in range(ROUNDS):
        plain.append(_looped(window, RunPlainLoop(film, ROUND_S)).frames_per_second)
        rates.append(_live_rate(window, VideoFileSource(film), MODELS[0], FILM_FPS))
    rate = float(np.median(rates))
    return Measurement(
        name=f"live: {MODELS[0]} on a film of {FILM_FPS:g} frames/s, frames a second with the "
        f"window open, median of {ROUNDS} rounds; reference: a plain loop of OpenCV on the same "
        "film, as fast as it goes",
        value=rate,
        reference=float(np.median(plain)),
        unit="frames/s",
        goal=f">= {FOLLOW_GOAL_FPS:g} frames/s",
        met=rate >= FOLLOW_GOAL_FPS,
    )


def soak(minutes: float) -> list[Measurement]:
    """Run a detector whose boxes are followed for so many minutes; how much the memory grows."""
    with open_window() as (window, home):
        return [_growth(window, _record(window, home / "scene.mp4"), minutes)]


def _record(window: MainWindow, path: Path) -> Path:
    """Let the program record its moving scene, without a model."""
    window.pages.show_page("live")
    page = _page(window)
    page.open(MovingSceneSource(frames_per_second=FILM_FPS))
    wait(lambda: page.run is not None)
    page.run.choose(None)
    wait(lambda: page.run.statistics().displayed > 0)
    page.run.record(path)
    pass_time(FILM_S)
    page.run.stop_recording()
    _stop(window)
    return path


def _rate(
    window: MainWindow, source: LiveSource, model: str, stream: Stream | None = None
) -> Measurement:
    """Return the median over rounds, each beside a bare loop of the same length."""
    rates, bare = [], []
    runtime = ""
    for _ in range(ROUNDS):
        if stream is not None:
            stream.frames_per_second = 0.0  # the next as soon as the one before is read
        loop = _bare_loop(window, source, model)
        bare.append(loop.frames_per_second)
        runtime = loop.runtime
        source_fps = FASTER * loop.frames_per_second
        if stream is not None:
            stream.frames_per_second = source_fps
        rates.append(_live_rate(window, source, model, source_fps))
    ratios = np.array(rates) / np.array(bare)
    middle = int(np.argsort(ratios)[len(ratios) // 2])
    on = f" by {runtime}" if runtime else ""
    from_what = "stream" if stream is not None else "film"
    return Measurement(
        name=f"live: {model}{on} on a {from_what}, frames a second with the window open, median of "
        f"{ROUNDS} rounds by ratio; reference: bare loop",
        value=rates[middle],
        reference=bare[middle],
        unit="frames/s",
        goal=f">= {RATIO_GOAL:g} x",
        met=bool(ratios[middle] >= RATIO_GOAL),
    )


def _bare_loop(window: MainWindow, source: LiveSource, model: str) -> BareLoop:
    return _looped(window, RunBareLoop(source, _as_on_the_page(window, model), ROUND_S))


def _looped(window: MainWindow, request: RunBareLoop | RunPlainLoop) -> BareLoop:
    answers: list[BareLoop] = []
    window.workbench.client.start(request, "work").succeeded.connect(answers.append)
    wait(lambda: bool(answers))
    return answers[0]


def _as_on_the_page(window: MainWindow, model: str) -> LiveModel:
    card = next(each for each in window.workbench.models if each.key == model)
    return LiveModel(model, shorter_side_px=card.live_side_px)


def _live_rate(window: MainWindow, source: LiveSource, model: str, source_fps: float) -> float:
    """Return the processed frames a second of a run on the page, painted as they come."""
    page = _open(window, source, model)
    page.run.playback.set_speed(float(np.clip(source_fps / FILM_FPS, 0.1, 16.0)))
    pass_time(SETTLE_S)  # the fastest runtime is found meanwhile
    wait(lambda: not page.is_loading)
    before, begun_s = page.run.statistics(), time.perf_counter()
    pass_time(ROUND_S)
    after, seconds = page.run.statistics(), time.perf_counter() - begun_s
    _stop(window)
    if after.displayed == before.displayed:
        raise RuntimeError("no frame came on the screen: nothing was measured")
    return float(after.processed - before.processed) / seconds


def _growth(window: MainWindow, film: Path, minutes: float) -> Measurement:
    """Return how much more memory is held at the end than once everything had been loaded."""
    _open(window, VideoFileSource(film), MODELS[0])
    process, seconds = psutil.Process(), 60 * minutes
    pass_time(SETTLING_SHARE * seconds)
    begun_s, held = time.perf_counter(), []
    while time.perf_counter() - begun_s < (1 - SETTLING_SHARE) * seconds:
        pass_time(LOOK_S)
        held.append(process.memory_info().rss / 2**20)
    statistics = _page(window).run.statistics(is_of_all=True)
    _stop(window)
    part = max(1, len(held) // 10)
    growth = float(np.median(held[-part:]) - np.median(held[:part]))
    return Measurement(
        name=f"live: memory growth over {minutes:g} minutes of {MODELS[0]} with the window open, "
        f"{statistics.processed} frames processed, {statistics.displayed} shown",
        value=growth,
        reference=None,
        unit="MiB",
        goal=f"< {GROWTH_GOAL_MB:g} MiB",
        met=growth < GROWTH_GOAL_MB,
    )


def _open(window: MainWindow, source: LiveSource, model: str) -> Any:
    """Run a source, a film in a circle; returns the page once frames are answered."""
    page = _page(window)
    page.choose_model(model)
    page.open(source)
    wait(lambda: page.run is not None)
    page.run.playback.set_looped(True)
    wait(lambda: page.answer is not None)
    return page


def _stop(window: MainWindow) -> None:
    page = _page(window)
    page.stop()
    wait(lambda: not page.is_running)


def _page(window: MainWindow) -> Any:
    return window.pages.page("live")
