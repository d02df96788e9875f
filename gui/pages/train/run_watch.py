"""Watches run folders that anyone may write to: this window, another process, another machine."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.api.errors import EngineError
from engine.api.training import ReadRun, RunSnapshot
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.pages.train.run_history import RunHistory
from gui.pages.train.run_state import ACTIVE
from gui.widgets.background import BackgroundCalls

ACTIVE_MS, IDLE_MS = 500, 2000
Stamp = tuple[tuple[int, int], ...]
"""Time of change and size of each file that a run rewrites."""

_FILES = ("config.json", "metrics.jsonl", "status.json", "best.json", "samples", "note.txt")


class RunWatch(QObject):
    """Knows every run of the root folder, and those opened from elsewhere.

    Folders are looked at on another thread; only those that changed are read.
    """

    runs_changed = Signal()  # a run has come or gone
    run_changed = Signal(object)  # RunHistory: something new is known of it
    unreadable = Signal(object, str)  # Path and why: an opened folder is no run

    def __init__(self, client: EngineClient, root: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = root
        self._opened: list[Path] = []
        self._runs: dict[Path, RunHistory] = {}
        self._stamps: dict[Path, Stamp] = {}
        self._reading = PageRequest(
            client, self, "files", quiet=True, is_current=self._is_watched
        )  # about a folder
        self._reading.answered.connect(self._on_read)
        self._reading.failed.connect(self._on_unreadable)
        self._is_watching = False
        self._background = BackgroundCalls()
        self._background.finished.connect(self._on_scanned)
        self._timer = QTimer(self)
        self._timer.setInterval(ACTIVE_MS)
        self._timer.timeout.connect(self.look)

    @property
    def root(self) -> Path:
        """The folder whose runs are listed."""
        return self._root

    @property
    def runs(self) -> list[RunHistory]:
        """Every run that could be read, the newest first."""
        found = [run for run in self._runs.values() if run.settings]
        return sorted(found, key=lambda run: run.begun, reverse=True)

    def run(self, folder: Path) -> RunHistory | None:
        """Return the run of a folder, if it could be read."""
        found = self._runs.get(folder)
        return found if found is not None and found.settings else None

    def set_root(self, root: Path) -> None:
        """List the runs of another folder; opened ones stay."""
        if root == self._root:
            return
        self._root = root
        kept = set(self._opened)
        self._runs = {folder: run for folder, run in self._runs.items() if folder in kept}
        self._stamps = {folder: s for folder, s in self._stamps.items() if folder in kept}
        self.runs_changed.emit()
        self.look()

    def open(self, folder: Path) -> None:
        """Watch a run folder that lies elsewhere."""
        if folder not in self._opened:
            self._opened.append(folder)
        self._stamps.pop(folder, None)
        self._read(folder)

    def follow(self, before: Path, after: Path) -> None:
        """Take a run under its new name."""
        if before in self._opened:
            self._opened[self._opened.index(before)] = after
        self._runs.pop(before, None)
        self._stamps.pop(before, None)
        self._read(after)

    def set_trained_here(self, folder: Path, is_trained: bool) -> None:
        """Remember that this window trains the run, or does no more."""
        if is_trained and folder.parent != self._root and folder not in self._opened:
            self._opened.append(folder)
        run = self._runs.setdefault(folder, RunHistory(folder))
        run.is_trained_here = is_trained
        self._stamps.pop(folder, None)
        if run.settings:
            self.run_changed.emit(run)
        self.look()

    def set_detached(self, folder: Path, process: int) -> None:
        """Remember which process trains a run without the window."""
        if folder.parent != self._root and folder not in self._opened:
            self._opened.append(folder)
        run = self._runs.setdefault(folder, RunHistory(folder))
        run.detached_process, run.is_alive = process, True
        self._stamps.pop(folder, None)
        self.look()

    def start(self) -> None:
        """Begin to watch; the page is visible."""
        self._is_watching = True
        self._timer.start()
        self.look()

    def stop(self) -> None:
        """Watch no more for the time being."""
        self._is_watching = False
        self._timer.stop()
        self._background.drop()

    @Slot()
    def look(self) -> None:
        """Look for what has changed, unless a look is under way."""
        if not self._background.is_running:
            call = partial(_look, frozenset(self._runs), self._root, tuple(self._opened))
            self._background.submit("scan", call)

    @Slot(str, object)
    def _on_scanned(self, _slot: str, seen: tuple[frozenset[Path], dict[Path, Stamp]]) -> None:
        looked_for, found = seen
        # A run that began after the folders were looked at is not gone: nobody has looked for it.
        missing = [f for f in looked_for if f in self._runs and f not in found]
        gone = [folder for folder in missing if not self._runs[folder].is_trained_here]
        for folder in gone:
            del self._runs[folder]
            self._stamps.pop(folder, None)
        for folder, stamp in found.items():
            if self._stamps.get(folder) != stamp and not self._reading.is_busy_about(folder):
                self._stamps[folder] = stamp
                self._read(folder)
            if folder in self._runs:
                self._runs[folder].begun = stamp[0][0]
        if gone:
            self.runs_changed.emit()
        self._check_alive()

    def _check_alive(self) -> None:
        is_busy = False
        for run in self.runs:
            if run.state in ACTIVE and run.check_alive():
                self.run_changed.emit(run)
            is_busy |= run.state in ACTIVE or run.is_trained_here
        if self._is_watching:
            self._timer.setInterval(ACTIVE_MS if is_busy else IDLE_MS)

    def _read(self, folder: Path) -> None:
        run = self._runs.get(folder)
        request = ReadRun(folder, run.lines if run is not None else 0)
        self._reading.add(request, about=folder)

    def _is_watched(self, folder: Path) -> bool:
        """Whether a folder is still listed; another root may have been chosen meanwhile."""
        return folder.parent == self._root or folder in self._opened

    @Slot(object, object, object)
    def _on_read(self, _: ReadRun, snapshot: RunSnapshot, folder: Path) -> None:
        run = self._runs.setdefault(folder, RunHistory(folder))
        run.begun = self._stamps.get(folder, ((0, 0),))[0][0]
        is_new = not run.settings
        if not run.take(snapshot):
            self._read(folder)
            return
        if is_new:
            self.runs_changed.emit()
        self.run_changed.emit(run)

    @Slot(object, EngineError, object)
    def _on_unreadable(self, _: ReadRun, error: EngineError, folder: Path) -> None:
        if folder in self._opened and self.run(folder) is None:
            run = self._runs.get(folder)
            if run is None or not run.is_trained_here:
                self._opened.remove(folder)
                self.unreadable.emit(folder, str(error))


def _look(
    known: frozenset[Path], root: Path, opened: tuple[Path, ...]
) -> tuple[frozenset[Path], dict[Path, Stamp]]:
    """Return the runs that were known when the look began, and what `scan` found."""
    return known, scan(root, opened)


def scan(root: Path, opened: Iterable[Path]) -> dict[Path, Stamp]:
    """Return the run folders of a root and the opened ones, with the stamps of their files."""
    try:
        inside = [path for path in root.iterdir() if (path / "config.json").is_file()]
    except OSError:
        inside = []  # nothing was trained yet
    return {folder: _stamp(folder) for folder in dict.fromkeys((*inside, *opened))}


def _stamp(folder: Path) -> Stamp:
    stamps = []
    for name in _FILES:
        try:
            status = (folder / name).stat()
        except OSError:
            stamps.append((0, 0))
        else:
            stamps.append((status.st_mtime_ns, status.st_size))
    return tuple(stamps)
