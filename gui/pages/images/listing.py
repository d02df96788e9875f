"""Lists a folder; the batches show while the disk is still being read."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.errors import EngineError
from engine.api.pictures import ListFolder
from engine.api.tasks import Progress
from gui.bridge.engine_client import EngineClient
from gui.bridge.engine_task import EngineTask


class FolderListing(QObject):
    """One folder at a time: a new one stops the listing of the one before."""

    batch = Signal(object)  # tuple[Path, ...] in no order
    finished = Signal(object)  # tuple[Path, ...] in natural order
    failed = Signal(str)  # one line

    def __init__(self, client: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._task: EngineTask | None = None

    @property
    def is_running(self) -> bool:
        """Whether pictures may still come."""
        return self._task is not None

    def start(self, folder: Path, is_recursive: bool) -> None:
        """List a folder, in place of the one that is being listed."""
        self.stop()
        task = self._client.start(ListFolder(folder, is_recursive), "files", quiet=True)
        self._task = task
        task.progressed.connect(self._on_progressed)
        task.succeeded.connect(self._on_succeeded)
        task.failed.connect(self._on_failed)
        task.ended.connect(self._on_ended)

    def stop(self) -> None:
        """List no further, and hear no more of it."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    @Slot(object, Progress)
    def _on_progressed(self, task: EngineTask, progress: Progress) -> None:
        if task is self._task and isinstance(progress.detail, tuple):
            self.batch.emit(progress.detail)

    @Slot(object)
    def _on_succeeded(self, paths: tuple[Path, ...]) -> None:
        if self.sender() is self._task:
            self._task = None
            self.finished.emit(paths)

    @Slot(EngineError)
    def _on_failed(self, error: EngineError) -> None:
        if self.sender() is self._task:
            self._task = None
            self.failed.emit(str(error))

    @Slot()
    def _on_ended(self) -> None:
        if self.sender() is self._task:  # crashed, or cancelled from the task bar
            self._task = None
            self.failed.emit("The listing was stopped; what was found so far is shown")
