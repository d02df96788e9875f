"""Turns one engine task into Qt signals, delivered on the interface thread."""

from __future__ import annotations

import threading
import weakref
from concurrent.futures import CancelledError, Future, wait
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from engine.api.errors import EngineError, TaskCancelled
from engine.api.tasks import Progress
from engine.service import EngineService, LaneName


class _Relay:
    """Takes a worker's words to a task for as long as the task is there.

    A call that nothing can interrupt, such as the import of torch, may outlive the window. The
    reference is weak, because a worker that held the last one would delete Qt objects on its own
    thread. To emit through an object that is being deleted damages memory too, hence the lock:
    the deletion waits for an emission, and no emission begins after it.
    """

    def __init__(self, task: EngineTask) -> None:
        self._task = weakref.ref(task)
        self._is_dropped = False
        self._lock = threading.Lock()

    def report(self, progress: Progress) -> None:
        with self._lock:
            task = self._present()
            if task is not None:
                task._reported.emit(progress)

    def settle(self, future: Future[Any]) -> None:
        with self._lock:
            task = self._present()
            if task is not None:
                task._settled.emit(future)

    def drop(self, *_: object) -> None:
        with self._lock:
            self._is_dropped = True

    def _present(self) -> EngineTask | None:
        task = None if self._is_dropped else self._task()
        return task if task is not None and isValid(task) else None


class EngineTask(QObject):
    """A running request. Ends with exactly one of succeeded, failed, crashed, cancelled.

    Where its parent goes first, the end of the run is heard by nobody.
    """

    progressed = Signal(Progress)
    succeeded = Signal(object)
    failed = Signal(EngineError)
    crashed = Signal(Exception)
    cancelled = Signal()
    ended = Signal()  # after any of the four
    _settled = Signal(object)  # crosses from the worker thread
    _reported = Signal(Progress)

    def __init__(
        self,
        service: EngineService,
        request: Any,
        parent: QObject,
        lane: LaneName = "work",
        slot: str | None = None,
    ) -> None:
        super().__init__(parent)
        self.request = request
        self.lane = lane
        self._settled.connect(self._on_settled, Qt.ConnectionType.QueuedConnection)
        self._reported.connect(self.progressed, Qt.ConnectionType.QueuedConnection)
        relay = _Relay(self)
        # Not a method of this object, which is half gone when the signal comes.
        self.destroyed.connect(partial(_Relay.drop, relay))
        future, self._context = service.submit(request, relay.report, lane, slot)
        self._future = future
        future.add_done_callback(relay.settle)

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return str(getattr(self.request, "caption", type(self.request).__name__))

    @Slot()
    def cancel(self) -> None:
        """Stop at the next batch, or drop the request if it has not begun."""
        self._context.cancel()
        self._future.cancel()

    def wait(self, timeout_s: float) -> bool:
        """Block until the run ends; whether it succeeded. Only for the moment of closing."""
        done, _ = wait([self._future], timeout_s)
        return bool(done) and not self._future.cancelled() and self._future.exception() is None

    @Slot(object)
    def _on_settled(self, future: Future[Any]) -> None:
        try:
            result = future.result()
        except (TaskCancelled, CancelledError):
            self.cancelled.emit()
        except EngineError as error:
            self.failed.emit(error)
        except Exception as bug:  # noqa: BLE001  shown with its traceback, never swallowed
            self.crashed.emit(bug)
        else:
            self.succeeded.emit(result)
        self.ended.emit()
        self.deleteLater()
