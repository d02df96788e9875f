"""One run of a running picture: a source, a model, counting, recording."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import SuppressionConfig
from engine.api.errors import EngineError
from engine.api.live import LastMinute, LiveResult, LiveStatistics
from engine.api.live_analysis import AnalysisConfig, RecordingConfig
from engine.api.live_session import LiveAnswer, LiveModel, OpenLive, RecordingEvent
from engine.live.chosen_model import ChosenModel
from engine.live.clock import Clock
from engine.live.detection_log import DetectionLog
from engine.live.frame_work import FrameWork
from engine.live.pipeline import Listener, Pipeline
from engine.live.playback import Playback
from engine.live.recording import VideoRecorder
from engine.live.result_recorder import ResultRecorder
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
        self._chosen: ChosenModel | None = None
        self._fitted: tuple[int, int] | None = None  # size that a runtime was looked for
        self._recorder: ResultRecorder | None = None
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
        chosen = None if model is None else ChosenModel(model)
        with self._lock:
            self._chosen, self._fitted = chosen, None
        self._load(chosen, None)

    def _load(self, chosen: ChosenModel | None, example: NDArray[np.uint8] | None) -> None:
        if chosen is None:
            self._pipeline.change_step(lambda context: None)
        else:
            wanted = chosen
            self._pipeline.change_step(lambda context: self._work.step(wanted, context, example))

    def _fit(self, result: LiveResult) -> None:
        """Look for the fastest runtime, once for each size of frames; torch goes on till then."""
        if not isinstance(result.answer, LiveAnswer):
            return
        size = result.frame.size
        with self._lock:
            chosen = self._chosen
            is_known = chosen is None or chosen.model.runtime == "eager" or self._fitted == size
            self._fitted = size
        if not is_known:
            self._load(chosen, result.frame.pixels)

    def change(self, config: AnalysisConfig) -> None:
        """Count, filter and hide otherwise, from the next frame on and on one that stands still."""
        self._work.change(config)
        self._pipeline.look_again()

    def set_options(self, options: Any) -> None:
        """Take other thresholds or options of the detector, as `change` does.

        Options may change the size that its network sees: the fastest runtime is looked for again.
        """
        with self._lock:
            chosen = self._chosen
        if chosen is None:
            return
        if isinstance(options, SuppressionConfig):
            chosen.set_thresholds(options)
        elif chosen.set_options(options):  # others are of a model that is only looked at
            with self._lock:
                self._fitted = None
        self._pipeline.look_again()

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
            return self._recorder is not None

    def record(
        self, film: Path, log: Path | None = None, config: RecordingConfig | None = None
    ) -> None:
        """Store what is shown from now on, and what was found if a log is named.

        Raises:
            ConfigError: the film is no `.mp4`.
        """
        recorder = ResultRecorder(
            VideoRecorder(film, config or RecordingConfig()), DetectionLog(log) if log else None
        )
        with self._lock:
            self._recorder = recorder

    def stop_recording(self) -> RecordingEvent | None:
        """End the recording; returns what became of it, None where there was none."""
        with self._lock:
            recorder, self._recorder = self._recorder, None
        if recorder is None:
            return None
        with self._storing:
            event = RecordingEvent(*recorder.close(self._clock.now_s()))
        self._listener.event(event)
        return event

    def hold(self) -> None:
        """Let a recording go on while no frame comes; called about once a second."""
        self._guarded(lambda recorder: recorder.hold(self._clock.now_s()))

    def close(self, timeout_s: float = 2.0) -> bool:
        """End the recording and the run; whether all threads ended in time."""
        self._pipeline.stop()
        self.stop_recording()
        return self._pipeline.close(timeout_s)

    def _on_result(self, result: LiveResult) -> None:
        self._fit(result)
        self._guarded(lambda recorder: recorder.add(result, self._work.private_classes))
        self._listener.result(result)

    def _guarded(self, store: Callable[[ResultRecorder], None]) -> None:
        """Store where something is recorded; a full disk ends that with one line, nothing else."""
        with self._lock:
            recorder = self._recorder
        if recorder is None:
            return
        try:
            with self._storing:
                store(recorder)
        except EngineError as error:
            with self._lock:
                self._recorder = None
            with self._storing:
                reports = recorder.close()
            self._listener.event(RecordingEvent(*reports, problem=str(error)))
