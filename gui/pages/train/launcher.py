"""Starts runs: on a thread of this window, or as a process that outlives it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.metric_names import metric_name
from engine.api.training import PrepareRun, Train, TrainReport
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest

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
        self._request: Train | None = None
        self._training = PageRequest(client, self, "training")
        self._training.answered.connect(self._on_trained)
        self._training.busy_changed.connect(self._on_training)
        self._preparing = PageRequest(client, self, "files")
        self._preparing.answered.connect(self._on_prepared)
        self._handing_over = PageRequest(client, self, "files", is_current=self._is_trained)
        self._handing_over.answered.connect(self._on_arguments)
        self._arguments: tuple[str, ...] = ()
        self.goes_on = False

    @property
    def folder(self) -> Path | None:
        """Of the run that this window trains; None where it trains none."""
        return self._request.run_folder if self._request is not None else None

    def start(self, request: Train) -> None:
        """Train on a thread of this window."""
        self._arguments, self.goes_on = (), False
        self._request = request
        self._training.start(request)
        self.began.emit(request.run_folder)

    def start_detached(self, request: Train) -> None:
        """Train in a process of its own."""
        self._preparing.add(PrepareRun(request))

    def cancel(self) -> None:
        """Stop the run of this window at the batch edge, even while it still starts."""
        self._training.cancel()

    @Slot(bool)
    def set_goes_on(self, goes_on: bool) -> None:
        """Say whether the run of this window goes on without it when the window is closed."""
        self.goes_on = goes_on
        if goes_on and self._request is not None and not self._arguments:
            request = replace(self._request, is_resume=True)
            self._handing_over.start(PrepareRun(request), about=request.run_folder)

    @Slot()
    def hand_over(self) -> None:
        """The window is gone and its workers have stopped: let the run go on, if so asked."""
        if self.goes_on and self._request is not None and self._arguments:
            self._detach(self._request.run_folder, self._arguments)
        self.goes_on = False

    def _is_trained(self, folder: Path) -> bool:
        """Whether this window still trains the run."""
        return folder == self.folder

    @Slot(object, object)
    def _on_arguments(self, _: PrepareRun, arguments: tuple[str, ...]) -> None:
        self._arguments = arguments

    @Slot(object, object)
    def _on_prepared(self, request: PrepareRun, arguments: tuple[str, ...]) -> None:
        folder = request.run.run_folder
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

    @Slot(object, object)
    def _on_trained(self, _: Train, report: TrainReport) -> None:
        value = (
            ""
            if report.value is None
            else f", best {metric_name(report.metric)} {report.value:.4g}"
        )
        self.message.emit(f"{report.run_folder.name} {report.state}{value}")

    @Slot()
    def _on_training(self) -> None:
        folder = self.folder
        if folder is not None and not self._training.is_busy:
            self._request = None
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
