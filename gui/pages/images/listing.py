"""Lists a folder; the batches show while the disk is still being read."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.errors import EngineError
from engine.api.pictures import ListFolder
from engine.api.tasks import Progress
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest


class FolderListing(QObject):
    """One folder at a time: a new one stops the listing of the one before."""

    batch = Signal(object)  # tuple[Path, ...] in no order
    finished = Signal(object)  # tuple[Path, ...] in natural order
    failed = Signal(str)  # one line

    def __init__(self, client: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._request = PageRequest(client, self, "files", quiet=True)
        self._request.progressed.connect(self._on_progressed)
        self._request.answered.connect(self._on_answered)
        self._request.failed.connect(self._on_failed)
        self._request.crashed.connect(self._on_stopped)
        self._request.cancelled.connect(self._on_stopped)

    @property
    def is_running(self) -> bool:
        """Whether pictures may still come."""
        return self._request.is_busy

    def start(self, folder: Path, is_recursive: bool) -> None:
        """List a folder, in place of the one that is being listed."""
        self._request.start(ListFolder(folder, is_recursive))

    def stop(self) -> None:
        """List no further, and hear no more of it."""
        self._request.drop()

    @Slot(object, Progress)
    def _on_progressed(self, _: ListFolder, progress: Progress) -> None:
        if isinstance(progress.detail, tuple):
            self.batch.emit(progress.detail)

    @Slot(object, object)
    def _on_answered(self, _: ListFolder, paths: tuple[Path, ...]) -> None:
        self.finished.emit(paths)

    @Slot(object, EngineError)
    def _on_failed(self, _: ListFolder, error: EngineError) -> None:
        self.failed.emit(str(error))

    @Slot()
    def _on_stopped(self) -> None:
        self.failed.emit("The listing was stopped; what was found so far is shown")
