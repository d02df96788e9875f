"""The interface's handle on the engine; lives as long as the application."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from gui.bridge.engine_stream import EngineStream
from gui.bridge.engine_task import EngineTask

if TYPE_CHECKING:  # loaded after the first paint
    from engine.service import EngineService, LaneName


class EngineClient(QObject):
    """Starts requests and owns their tasks."""

    task_started = Signal(EngineTask)
    failed = Signal(object)  # EngineError of any task, for the one place that shows them
    crashed = Signal(Exception)  # bug of any task, for the crash dialog

    def __init__(self, parent: QObject | None = None, service: EngineService | None = None) -> None:
        super().__init__(parent)
        if service is not None:
            self._service = service

    @cached_property
    def _service(self) -> EngineService:
        """The engine, made with the first request."""
        from engine.service import EngineService, wake_soon  # not before the first paint

        wake_soon()  # asked for on the interface's thread
        return EngineService()

    def start(self, request: Any, lane: LaneName = "work", quiet: bool = False) -> EngineTask:
        """Queue a request. Signals arrive through the event loop, so connect on the next line.

        Failures of a quiet request are shown by whoever asked, not by `failed` of the client.
        """
        return self._begin(EngineTask(self._service, request, self, lane), quiet)

    def latest(
        self, slot: str, request: Any, lane: LaneName = "interactive", quiet: bool = False
    ) -> EngineTask:
        """Queue a request that replaces those of the same slot which have not begun."""
        return self._begin(EngineTask(self._service, request, self, lane, slot), quiet)

    def stream(self, slot: str, lane: LaneName = "interactive") -> EngineStream:
        """Return what asks the same question many times a second; lives as long as this."""
        stream = EngineStream(self._service, self, lane, slot)
        stream.failed.connect(self.failed)
        stream.crashed.connect(self.crashed)
        return stream

    def cancel_all(self) -> None:
        """Ask every task to stop."""
        for task in self.findChildren(EngineTask):
            task.cancel()

    def shut_down(self, timeout_s: float = 2.0) -> bool:
        """Cancel everything and wait for the workers; call from the window's closeEvent."""
        self.cancel_all()
        return self._service.close(timeout_s)  # made now if need be: nothing may start after it

    def _begin(self, task: EngineTask, quiet: bool) -> EngineTask:
        if not quiet:
            task.failed.connect(self.failed)
        task.crashed.connect(self.crashed)
        self.task_started.emit(task)
        return task
