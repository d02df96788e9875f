"""Keeps what is seen: one frame, or a film with what was found."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.api.errors import EngineError
from engine.api.live import LiveResult
from engine.api.live_analysis import ExportCounts, FrameAnalysis
from engine.api.live_session import DrawFrame, HoldRecording, LiveAnswer, RecordingEvent
from engine.api.pictures import WritePicture
from gui.bridge.live_run import LiveRunner
from gui.bridge.page_request import PageRequest
from gui.pages.live.playback_bar import time_text
from gui.widgets.file_dialogs import file_to_save
from gui.workbench import Workbench

PICTURE_FILES = "Pictures (*.png *.jpg)"
FILM_FILES = "Films (*.mp4)"
TABLE_FILES = "Tables (*.csv)"


class Keeper(QObject):
    """Writes snapshots and recordings; nothing is stored unless it is asked for."""

    recording_changed = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget) -> None:
        super().__init__(parent)
        self._workbench, self._window = workbench, parent
        self._runner: LiveRunner | None = None
        self._begun_s = 0.0
        self._drawing = PageRequest(workbench.client, self, "files")  # about a target
        self._drawing.answered.connect(self._on_drawn)
        self._writing = PageRequest(workbench.client, self, "files")
        self._writing.answered.connect(self._on_written)
        self._holding = workbench.client.stream("live.hold", "files")

    @property
    def is_recording(self) -> bool:
        """Whether frames are stored."""
        return self._runner is not None

    @property
    def recorded_text(self) -> str:
        """How long has been recorded; empty where nothing is."""
        if self._runner is None:
            return ""
        return f"Recording {time_text(time.monotonic() - self._begun_s)}"

    def choose_snapshot(self, result: LiveResult) -> None:
        """Ask where to, and save the frame that was shown when it was asked for."""
        target = file_to_save(self._window, "Save the frame", "frame.png", PICTURE_FILES)
        if target is not None:
            self.save_snapshot(result, target)

    def save_snapshot(self, result: LiveResult, target: Path) -> None:
        """Draw what was found into a frame and write it; what is private stays hidden."""
        if isinstance(result.answer, LiveAnswer):
            self._drawing.add(DrawFrame(result.answer), about=target)
        else:
            self._writing.add(WritePicture(result.frame.pixels, target))

    def choose_counts(self, analysis: FrameAnalysis) -> None:
        """Ask where to, and write the counts that were shown when it was asked for."""
        target = file_to_save(self._window, "Save the counts", "counts.csv", TABLE_FILES)
        if target is not None:
            self._writing.add(ExportCounts(analysis, target))

    @Slot(object, object, object)
    def _on_drawn(self, _: DrawFrame, pixels: NDArray[np.uint8], target: Path) -> None:
        self._writing.add(WritePicture(pixels, target))

    @Slot(object, object)
    def _on_written(self, _: object, path: Path) -> None:
        self._workbench.message.emit(f"Saved {path}")

    def choose_recording(self, runner: LiveRunner) -> None:
        """Ask where to, and record from then on."""
        target = file_to_save(self._window, "Record", "live.mp4", FILM_FILES, is_fixed=True)
        if target is not None:
            self.record(runner, target)

    def record(self, runner: LiveRunner, film: Path) -> None:
        """Store what is shown from now on, and beside it what is found, as JSON lines."""
        if runner.run is None or runner.is_closing:
            return  # it ended while a name was thought of
        try:
            runner.run.record(film, film.with_suffix(".jsonl"))
        except EngineError as error:
            self._workbench.problem.emit(str(error))
            return
        self._runner, self._begun_s = runner, time.monotonic()
        self.recording_changed.emit()

    def stop(self) -> None:
        """End the recording; `take` hears what became of it."""
        if self._runner is not None:
            self._runner.stop_recording()

    def hold(self) -> None:
        """Let the recording go on where no frame comes; called once a second."""
        if self._runner is not None and self._runner.run is not None:
            self._holding.ask(HoldRecording(self._runner.run))

    def take(self, event: RecordingEvent) -> None:
        """Say what became of a recording."""
        self._runner = None
        film = event.film
        if event.problem or film is None or film.path is None:
            problem = event.problem or "Nothing was recorded, as no frame came."
            self._workbench.problem.emit(problem)
        else:
            self._workbench.message.emit(
                f"Recorded {film.path}: {film.frames:,} frames, {film.seconds:.1f} s"
            )
            if film.problem:
                self._workbench.problem.emit(film.problem)
        self.recording_changed.emit()
