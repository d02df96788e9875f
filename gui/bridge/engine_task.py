"""Turns one engine task into Qt signals, delivered on the interface thread."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future, wait
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine.api.errors import EngineError, TaskCancelled
from engine.api.tasks import Progress
from gui.bridge.relay import Relay

if TYPE_CHECKING:  # loaded after the first paint
    from engine.service import EngineService, LaneName

TaskState = Literal["running", "succeeded", "failed", "crashed", "cancelled"]


class EngineTask(QObject):
    """A running request. Ends with exactly one of succeeded, failed, crashed, cancelled.

    Where its parent goes first, its end is heard by nobody.

    Attributes:
        state: how it ended, or that it has not.
        outcome: the answer or the error; None before the end and where it was cancelled.
    """

    progressed = Signal(object, Progress)  # this task, how far it is
    succeeded = Signal(object)
    failed = Signal(EngineError)
    crashed = Signal(Exception)
    cancelled = Signal()
    ended = Signal(object)  # this task, after any of the four
    _settled = Signal(object)  # these two cross from the worker thread
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
        self.state: TaskState = "running"
        self.outcome: Any = None
        self._settled.connect(self._on_settled, Qt.ConnectionType.QueuedConnection)
        self._reported.connect(self._on_reported, Qt.ConnectionType.QueuedConnection)
        relay = Relay(self)
        # Not a method of this object, which is half gone when the signal comes.
        self.destroyed.connect(partial(Relay.drop, relay))
        report = partial(relay.emit, "_reported")
        future, self._context = service.submit(request, report, lane, slot)
        self._future = future
        future.add_done_callback(partial(relay.emit, "_settled"))

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

    @Slot(Progress)
    def _on_reported(self, progress: Progress) -> None:
        self.progressed.emit(self, progress)

    @Slot(object)
    def _on_settled(self, future: Future[Any]) -> None:
        try:
            self.state, self.outcome = "succeeded", future.result()
        except (TaskCancelled, CancelledError):
            self.state = "cancelled"
        except EngineError as error:
            self.state, self.outcome = "failed", error
        except Exception as bug:  # noqa: BLE001  shown with its traceback, never swallowed
            self.state, self.outcome = "crashed", bug
        if self.state == "cancelled":
            self.cancelled.emit()
        else:
            getattr(self, self.state).emit(self.outcome)
        self.ended.emit(self)
        self.deleteLater()
