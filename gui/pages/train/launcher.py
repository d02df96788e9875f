"""Starts runs: on a thread of this window, or as a process that outlives it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.training import PrepareRun, Train, TrainReport
from gui.bridge.engine_client import EngineClient
from gui.bridge.engine_task import EngineTask

MAIN = Path(__file__).parents[3] / "main.py"
LOG_FILE = "train.log"
"""In the run folder: what a detached run had to say on its standard error."""

_CHILDREN: list[subprocess.Popen[bytes]] = []
"""Kept: a forgotten one is complained about while it still runs."""


class Launcher(QObject):
    """One run at a time trains in this window; any number without it."""

    began = Signal(object)  # Path of a run that a thread of this window trains
    ended = Signal(object)  # its Path, when it does no more
    detached = Signal(object, int)  # Path and process number of a run without the window
    message = Signal(str)
    problem = Signal(str)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._task: EngineTask | None = None
        self._arguments: tuple[str, ...] = ()
        self.goes_on = False

    @property
    def folder(self) -> Path | None:
        """Of the run that this window trains; None where it trains none."""
        return self._request.run_folder if self._task is not None else None

    @property
    def _request(self) -> Train:
        assert self._task is not None
        request: Train = self._task.request
        return request

    def start(self, request: Train) -> None:
        """Train on a thread of this window."""
        self._arguments, self.goes_on = (), False
        self._task = self._client.start(request, "training")
        self._task.succeeded.connect(self._on_succeeded)
        self._task.ended.connect(self._on_ended)
        self.began.emit(request.run_folder)

    def start_detached(self, request: Train) -> None:
        """Train in a process of its own."""
        task = self._client.start(PrepareRun(request), "files")
        task.succeeded.connect(self._on_prepared)

    def cancel(self) -> None:
        """Stop the run of this window at the batch edge, even while it still starts."""
        if self._task is not None:
            self._task.cancel()

    @Slot(bool)
    def set_goes_on(self, goes_on: bool) -> None:
        """Say whether the run of this window goes on without it when the window is closed."""
        self.goes_on = goes_on
        if goes_on and self._task is not None and not self._arguments:
            request = replace(self._request, is_resume=True)
            self._client.start(PrepareRun(request), "files").succeeded.connect(self._on_arguments)

    @Slot()
    def hand_over(self) -> None:
        """The window is gone and its workers have stopped: let the run go on, if so asked."""
        if self.goes_on and self._task is not None and self._arguments:
            self._detach(self._request.run_folder, self._arguments)
        self.goes_on = False

    @Slot(object)
    def _on_arguments(self, arguments: tuple[str, ...]) -> None:
        self._arguments = arguments

    @Slot(object)
    def _on_prepared(self, arguments: tuple[str, ...]) -> None:
        sender = self.sender()
        assert isinstance(sender, EngineTask)
        folder: Path = sender.request.run.run_folder
        process = self._detach(folder, arguments)
        if process is None:
            return
        self.detached.emit(folder, process)
        self.message.emit(f"{folder.name} trains in process {process}; the window may be closed")

    def _detach(self, folder: Path, arguments: tuple[str, ...]) -> int | None:
        try:
            return spawn([sys.executable, str(MAIN), *arguments], folder / LOG_FILE)
        except OSError as error:
            self.problem.emit(f"{folder.name}: no process could be started ({error})")
            return None

    @Slot(object)
    def _on_succeeded(self, report: TrainReport) -> None:
        value = "" if report.value is None else f", best {report.metric} {report.value:.4g}"
        self.message.emit(f"{report.run_folder.name} {report.state}{value}")

    @Slot()
    def _on_ended(self) -> None:
        folder = self.folder
        self._task = None
        if folder is not None:
            self.ended.emit(folder)


def resumed(folder: Path, settings: Mapping[str, Any], device: str) -> Train:
    """Return the request that goes on with a run as its settings say."""
    return Train(
        model_key=str(settings["model"]),
        data=str(settings["data"]),
        run_folder=folder,
        is_resume=True,
        device=device,
        format=settings.get("format"),
        about_data=str(settings.get("about_data") or ""),
    )


def spawn(command: Sequence[str], log: Path) -> int:
    """Start a process that outlives this one, its standard error in a file; returns its number.

    Raises:
        OSError: it cannot be started, or the file not be written.
    """
    with log.open("ab") as stream:
        child = subprocess.Popen(
            list(command),
            cwd=MAIN.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stream,
            start_new_session=True,
        )
    _CHILDREN.append(child)
    return child.pid
