"""Requests that come many times a second, as a slider moves; one object for all of them."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine.api.errors import EngineError, TaskCancelled
from engine.api.tasks import Progress
from gui.bridge.relay import Relay

if TYPE_CHECKING:  # loaded after the first paint
    from engine.service import EngineService, LaneName


class EngineStream(QObject):
    """The latest request wins: those that have not begun when another comes are never answered.

    A task is an object of its own with signals, and a line in the task bar; making it takes as
    long as decoding a small picture. A stream has neither.
    """

    answered = Signal(object, object)  # request, answer
    failed = Signal(EngineError)
    crashed = Signal(Exception)
    _settled = Signal(object, object)  # request, future; crosses from the worker thread

    def __init__(self, service: EngineService, parent: QObject, lane: LaneName, slot: str) -> None:
        super().__init__(parent)
        self._service, self._lane, self._slot = service, lane, slot
        self._settled.connect(self._on_settled, Qt.ConnectionType.QueuedConnection)
        self._relay = Relay(self)
        # Not a method of this object, which is half gone when the signal comes.
        self.destroyed.connect(partial(Relay.drop, self._relay))

    def ask(self, request: Any) -> None:
        """Queue a request in place of those that wait."""
        future, _ = self._service.submit(request, _ignore, self._lane, self._slot)
        future.add_done_callback(partial(self._relay.emit, "_settled", request))

    @Slot(object, object)
    def _on_settled(self, request: Any, future: Future[Any]) -> None:
        try:
            answer = future.result()
        except (TaskCancelled, CancelledError):
            return
        except EngineError as error:
            self.failed.emit(error)
        except Exception as bug:  # noqa: BLE001  shown with its traceback, never swallowed
            self.crashed.emit(bug)
        else:
            self.answered.emit(request, answer)


def _ignore(progress: Progress) -> None:
    """Nobody watches what takes milliseconds."""
