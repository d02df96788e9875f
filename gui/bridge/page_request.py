"""What a page asks the engine: the request, what it is about, and whether anybody still waits."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.errors import EngineError
from engine.api.tasks import Progress
from engine.service import LaneName
from gui.bridge.engine_client import EngineClient
from gui.bridge.engine_task import EngineTask

_NUMBERS = itertools.count(1)


@dataclass(slots=True)
class _Asked:
    about: Any
    is_replaced: bool = False  # by a later one about the same thing


class PageRequest(QObject):
    """Asks one kind of question; an answer that nobody waits for any more is heard by nobody.

    Every signal says which request it is about, so that no answer can land elsewhere. Failures
    are told here and, unless the object is quiet, to the window; bugs always reach the window.

    Attributes:
        is_busy: whether something runs or waits that is still wanted.
    """

    progressed = Signal(object, Progress)  # request, how far it is
    answered = Signal(object, object, object)  # request, answer, what it is about
    failed = Signal(object, EngineError, object)  # request, error, what it is about
    crashed = Signal(object, Exception, object)  # request, bug, what it is about
    cancelled = Signal(object)  # request, which a person has stopped
    busy_changed = Signal()  # something has begun or ended

    def __init__(
        self,
        client: EngineClient,
        parent: QObject,
        lane: LaneName = "work",
        *,
        quiet: bool = False,
        is_current: Callable[[Any], bool] | None = None,
    ) -> None:
        """Ask nothing yet.

        Args:
            quiet: failures are shown by the page alone.
            is_current: whether what a request is about is still looked at; otherwise its end is
                not heard. Without it all is wanted until it is dropped or replaced.
        """
        super().__init__(parent)
        self._client, self._lane, self._is_quiet = client, lane, quiet
        self._is_current = is_current
        self._slot = f"page request {next(_NUMBERS)}"
        self._asked: dict[EngineTask, _Asked] = {}

    def start(self, request: Any, about: Any = None) -> None:
        """Ask in place of all that was asked before, which is cancelled."""
        self._drop_all()
        self._begin(self._client.start(request, self._lane, quiet=True), about)

    def ask(self, request: Any, about: Any = None) -> None:
        """Ask in place of what waits, as a slider moves.

        What runs already is still answered where it is about the same thing: else nothing would
        be seen before the slider rests.
        """
        for task, asked in list(self._asked.items()):
            if asked.about == about:
                asked.is_replaced = True
            else:
                self._drop(task)
        self._begin(self._client.latest(self._slot, request, self._lane, quiet=True), about)

    def add(self, request: Any, about: Any = None) -> None:
        """Ask beside what was asked before."""
        self._begin(self._client.start(request, self._lane, quiet=True), about)

    def drop(self) -> None:
        """Cancel everything, and hear no more of it."""
        if self._asked:
            self._drop_all()
            self.busy_changed.emit()

    @property
    def is_busy(self) -> bool:
        """Whether something runs or waits that is still wanted."""
        return any(self._is_wanted(asked) for asked in self._asked.values())

    def is_busy_about(self, about: Any) -> bool:
        """Whether something runs or waits that is about this."""
        return any(asked.about == about for asked in self._asked.values())

    def _begin(self, task: EngineTask, about: Any) -> None:
        self._asked[task] = _Asked(about)
        task.progressed.connect(self._on_progressed)
        task.ended.connect(self._on_ended)
        self.busy_changed.emit()

    def _drop_all(self) -> None:
        for task in list(self._asked):
            self._drop(task)

    def _drop(self, task: EngineTask) -> None:
        del self._asked[task]
        task.cancel()

    def _is_wanted(self, asked: _Asked) -> bool:
        return self._is_current is None or self._is_current(asked.about)

    @Slot(object, Progress)
    def _on_progressed(self, task: EngineTask, progress: Progress) -> None:
        asked = self._asked.get(task)
        if asked is not None and self._is_wanted(asked):
            self.progressed.emit(task.request, progress)

    @Slot(object)
    def _on_ended(self, task: EngineTask) -> None:
        asked = self._asked.pop(task, None)
        if asked is None:
            return
        if self._is_wanted(asked):
            self._tell(task, asked)
        self.busy_changed.emit()

    def _tell(self, task: EngineTask, asked: _Asked) -> None:
        request, outcome = task.request, task.outcome
        if task.state == "succeeded":
            self.answered.emit(request, outcome, asked.about)
        elif task.state == "failed":
            self.failed.emit(request, outcome, asked.about)
            if not self._is_quiet:
                self._client.failed.emit(outcome)
        elif task.state == "crashed":
            self.crashed.emit(request, outcome, asked.about)
        elif not asked.is_replaced:
            self.cancelled.emit(request)
