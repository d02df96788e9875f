"""One run of a running picture: a source, a model, counting, recording."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import SuppressionConfig
from engine.api.errors import EngineError
from engine.api.live import LastMinute, LiveResult, LiveStatistics
from engine.api.live_analysis import AnalysisConfig, LogReport, RecordingConfig, RecordingReport
from engine.api.live_session import LiveAnswer, LiveModel, OpenLive, RecordingEvent
from engine.core.registry import MODELS
from engine.inference.segmentation_maps import areas
from engine.live.clock import Clock
from engine.live.detection_log import DetectionLog
from engine.live.frame_drawing import draw_frame
from engine.live.frame_work import FrameWork
from engine.live.pipeline import Listener, Pipeline
from engine.live.playback import Playback
from engine.live.recording import VideoRecorder
from engine.live.sources import plan_of


class LiveSession:
    """Runs until it is closed. All methods but `close` and the end of a recording return at once.

    Nothing is opened before `start`, and nothing is stored unless a recording is asked for.
    """

    def __init__(self, wanted: OpenLive, clock: Clock | None = None) -> None:
        self._listener = listener = wanted.listener
        self._clock = clock or Clock()
        self._work = FrameWork(wanted.config)
        self._lock = threading.Lock()
        self._storing = threading.Lock()  # one thread at a time may use an encoder
        self._model: LiveModel | None = None
        self._fitted: tuple[int, int] | None = None  # size that a runtime was looked for
        self._film: VideoRecorder | None = None
        self._log: DetectionLog | None = None
        inner = Listener(listener.event, self._on_result, listener.ready, listener.crashed)
        self._pipeline = Pipeline(plan_of(wanted.source), inner, wanted.pacing, self._clock)

    @property
    def playback(self) -> Playback:
        """Pause, speed and place of a film."""
        return self._pipeline.playback

    def start(self) -> None:
        """Open the source and begin."""
        self._pipeline.start()

    def choose(self, model: LiveModel | None) -> None:
        """Look with another model, once it is loaded; None lets frames pass as they are."""
        with self._lock:
            self._model, self._fitted = model, None
        self._load(model, None)

    def _load(self, model: LiveModel | None, example: NDArray[np.uint8] | None) -> None:
        if model is None:
            self._pipeline.change_step(lambda context: None)
        else:
            chosen = model
            self._pipeline.change_step(lambda context: self._work.step(chosen, context, example))

    def _fit(self, result: LiveResult) -> None:
        """Look for the fastest runtime, once for each size of frames; torch goes on till then."""
        if not isinstance(result.answer, LiveAnswer):
            return
        size = result.frame.size
        with self._lock:
            model = self._model
            is_known = model is None or model.runtime == "eager" or self._fitted == size
            self._fitted = size
        if not is_known:
            self._load(model, result.frame.pixels)

    def change(self, config: AnalysisConfig) -> None:
        """Count, filter and hide otherwise, from the next frame on."""
        self._work.change(config)

    def set_options(self, options: Any) -> None:
        """Take other thresholds or options of the detector, from the next frame on.

        Options may change the size that its network sees: the fastest runtime is looked for again.
        """
        with self._lock:
            model = self._model
            if isinstance(options, SuppressionConfig):
                self._model = None if model is None else replace(model, suppression=options)
            elif model and type(options) is MODELS.card(model.model_key).options_type:
                self._model, self._fitted = replace(model, options=options), None
            else:
                return  # of a model that was only looked at
        self._work.set_options(options)

    def retry(self) -> None:
        """Try a lost source again now."""
        self._pipeline.retry()

    def take_result(self) -> LiveResult | None:
        """Return the newest result once; None if it was taken already."""
        return self._pipeline.take_result()

    def shown(self, result: LiveResult) -> None:
        """Say that a result is on the screen now."""
        self._pipeline.shown(result)

    def statistics(self, is_of_all: bool = False) -> LiveStatistics:
        """Return counts, with rates over the last seconds or over the whole run."""
        return self._pipeline.statistics(None) if is_of_all else self._pipeline.statistics()

    def last_minute(self) -> LastMinute:
        """Return the curves of the last minute."""
        return self._pipeline.last_minute()

    @property
    def is_recording(self) -> bool:
        """Whether frames are stored."""
        with self._lock:
            return self._film is not None

    def record(
        self, film: Path, log: Path | None = None, config: RecordingConfig | None = None
    ) -> None:
        """Store what is shown from now on, and what was found if a log is named.

        Raises:
            ConfigError: the film is no `.mp4`.
        """
        recorder = VideoRecorder(film, config or RecordingConfig())
        with self._lock:
            self._film, self._log = recorder, DetectionLog(log) if log else None

    def stop_recording(self) -> RecordingEvent | None:
        """End the recording; returns what became of it, None where there was none."""
        with self._lock:
            film, log, self._film, self._log = self._film, self._log, None, None
        if film is None:
            return None
        with self._storing:
            event = RecordingEvent(film.close(self._clock.now_s()), log.close() if log else None)
        self._listener.event(event)
        return event

    def hold(self) -> None:
        """Let a recording go on while no frame comes; called about once a second."""
        with self._lock:
            film = self._film
        if film is not None:
            self._guarded(lambda: film.hold(self._clock.now_s()))

    def close(self, timeout_s: float = 2.0) -> bool:
        """End the recording and the run; whether all threads ended in time."""
        self._pipeline.stop()
        self.stop_recording()
        return self._pipeline.close(timeout_s)

    def _on_result(self, result: LiveResult) -> None:
        self._fit(result)
        with self._lock:
            film, log = self._film, self._log
        if film is not None:
            self._guarded(lambda: self._store(result, film, log))
        self._listener.result(result)

    def _store(self, result: LiveResult, film: VideoRecorder, log: DetectionLog | None) -> None:
        frame, answer = result.frame, result.answer
        if not isinstance(answer, LiveAnswer):
            # Nobody has looked for what is private on this frame: the one before stays.
            if not self._work.hides_something:
                film.add(frame.pixels, frame.captured_s)
            return
        drawn = draw_frame(answer.pixels, answer.analysis, answer.segmentation)
        film.add(drawn, frame.captured_s)
        if log is not None:
            found = answer.segmentation
            log.add(answer.analysis, areas(found.labels, found.classes) if found else None)

    def _guarded(self, store: Callable[[], Any]) -> None:
        """Store; a full disk ends the recording with one line and nothing else."""
        try:
            with self._storing:
                store()
        except EngineError as error:
            with self._lock:
                film, log, self._film, self._log = self._film, self._log, None, None
            with self._storing:
                reports: tuple[RecordingReport | None, LogReport | None] = (
                    film.close() if film else None,
                    log.close() if log else None,
                )
            self._listener.event(RecordingEvent(*reports, problem=str(error)))
