"""What went wrong, above the page, for as long as it is true."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Slot

from engine.api.errors import EngineError
from gui.bridge.engine_client import EngineClient
from gui.bridge.engine_task import EngineTask
from gui.bridge.wording import wording
from gui.log import LOG
from gui.widgets.notice import Notice


class FailureNotice(QObject):
    """Shows why a task has failed, until one that asks the same kind of thing goes well.

    A run takes long: why the last one failed goes as soon as the next one begins.
    """

    def __init__(self, client: EngineClient, notice: Notice, parent: QObject) -> None:
        super().__init__(parent)
        self._notice = notice
        self._error: EngineError | None = None
        self._kind: type | None = None  # of the request that failed
        client.failed.connect(self._on_failed)
        client.task_started.connect(self._on_task_started)

    @Slot(EngineError)
    def _on_failed(self, error: EngineError) -> None:
        LOG.warning("%s: %s", type(error).__name__, error)
        self._error, self._kind = error, None
        self._notice.show_text(wording(error).line)

    @Slot(EngineTask)
    def _on_task_started(self, task: EngineTask) -> None:
        # Queued: whether a failure is shown at all is decided by others who hear of the end.
        task.ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)
        if self._kind is not None and _begins_run(self._kind) and _begins_run(type(task.request)):
            self._forget()

    @Slot(object)
    def _on_ended(self, task: EngineTask) -> None:
        if self._error is None:
            return
        if task.outcome is self._error:
            self._kind = type(task.request)
        elif task.state == "succeeded" and type(task.request) is self._kind:
            self._forget()

    def _forget(self) -> None:
        if self._error is not None and self._notice.text == wording(self._error).line:
            self._notice.dismiss()  # nothing newer is shown
        self._error, self._kind = None, None


def _begins_run(kind: type) -> bool:
    """Whether requests of a type begin a run, here or in a process of its own."""
    from engine.api.training import PrepareRun, Train  # not before the first paint

    return issubclass(kind, (Train, PrepareRun))
