"""What a page asks the engine: the request, what it is about, and whether anybody still waits."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.errors import EngineError
from engine.api.tasks import Progress
from gui.bridge.engine_client import EngineClient
from gui.bridge.engine_task import EngineTask

if TYPE_CHECKING:  # loaded after the first paint
    from engine.service import LaneName

_NUMBERS = itertools.count(1)


class PageRequest(QObject):
    """Asks one kind of question; an answer that nobody waits for any more is heard by nobody.

    Every signal says which request it is about, so that no answer can land elsewhere. Failures
    are told here and, unless the object is quiet, to the window; bugs always reach the window.
    """

    progressed = Signal(object, Progress)  # request, how far it is
    answered = Signal(object, object, object)  # request, answer, what it is about
    failed = Signal(object, EngineError, object)  # request, error, what it is about
    crashed = Signal(object, Exception, object)  # request, bug, what it is about
    cancelled = Signal(object)  # request: a person stopped it, or `ask` before it began
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
        self._asked: dict[EngineTask, Any] = {}  # what each is about

    def start(self, request: Any, about: Any = None, lane: LaneName | None = None) -> None:
        """Ask in place of all that was asked before, which is cancelled."""
        self._drop_all()
        self.add(request, about, lane)

    def ask(self, request: Any, about: Any = None, lane: LaneName | None = None) -> None:
        """Ask in place of what waits, as a slider moves.

        What runs already is still answered where it is about the same thing: else nothing would
        be seen before the slider rests.
        """
        for task, its_about in list(self._asked.items()):
            if its_about != about:
                self._drop(task)
        task = self._client.latest(self._slot, request, lane or self._lane, quiet=True)
        self._begin(task, about)

    def add(self, request: Any, about: Any = None, lane: LaneName | None = None) -> None:
        """Ask beside what was asked before."""
        self._begin(self._client.start(request, lane or self._lane, quiet=True), about)

    def cancel(self) -> None:
        """Stop everything at the next batch; how each ends is told."""
        for task in list(self._asked):
            task.cancel()

    def drop(self) -> None:
        """Cancel everything, and hear no more of it."""
        if self._asked:
            self._drop_all()
            self.busy_changed.emit()

    @property
    def is_busy(self) -> bool:
        """Whether something runs or waits that is still wanted."""
        return any(self._is_wanted(about) for about in self._asked.values())

    @property
    def count(self) -> int:
        """How many run or wait."""
        return len(self._asked)

    def is_busy_about(self, about: Any) -> bool:
        """Whether something runs or waits that is about this."""
        return about in self._asked.values()

    def _begin(self, task: EngineTask, about: Any) -> None:
        self._asked[task] = about
        task.progressed.connect(self._on_progressed)
        task.ended.connect(self._on_ended)
        self.busy_changed.emit()

    def _drop_all(self) -> None:
        for task in list(self._asked):
            self._drop(task)

    def _drop(self, task: EngineTask) -> None:
        del self._asked[task]
        task.cancel()

    def _is_wanted(self, about: Any) -> bool:
        return self._is_current is None or self._is_current(about)

    @Slot(object, Progress)
    def _on_progressed(self, task: EngineTask, progress: Progress) -> None:
        if task in self._asked and self._is_wanted(self._asked[task]):
            self.progressed.emit(task.request, progress)

    @Slot(object)
    def _on_ended(self, task: EngineTask) -> None:
        if task not in self._asked:
            return
        about = self._asked.pop(task)
        if self._is_wanted(about):
            self._tell(task, about)
        self.busy_changed.emit()

    def _tell(self, task: EngineTask, about: Any) -> None:
        request, outcome = task.request, task.outcome
        if task.state == "succeeded":
            self.answered.emit(request, outcome, about)
        elif task.state == "failed":
            self.failed.emit(request, outcome, about)
            if not self._is_quiet:
                self._client.failed.emit(outcome)
        elif task.state == "crashed":
            self.crashed.emit(request, outcome, about)
        else:
            self.cancelled.emit(request)
