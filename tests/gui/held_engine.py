"""An engine whose answers come when the test says so, in the order that it chooses."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from engine.api.errors import EngineError, TaskCancelled
from engine.api.tasks import Progress, TaskContext
from engine.service import EngineService, LaneName, execute


@dataclass(eq=False)
class Held:
    """A request that runs until it is answered; being cancelled does not stop it."""

    request: Any
    future: Future[Any]
    context: TaskContext
    on_progress: Callable[[Progress], None]

    @property
    def is_answered(self) -> bool:
        return self.future.done()

    @property
    def is_cancelled(self) -> bool:
        try:
            self.context.raise_if_cancelled()
        except TaskCancelled:
            return True
        return False

    def answer(self, value: Any) -> None:
        """End it well, or with an error where the value is one."""
        if isinstance(value, Exception):
            self.future.set_exception(value)
        else:
            self.future.set_result(value)

    def finish(self) -> None:
        """End it with the answer of the real engine, whether or not anybody still wants it."""
        try:
            self.answer(execute(self.request, TaskContext(self.on_progress)))
        except EngineError as error:
            self.answer(error)

    def report(self, fraction: float) -> None:
        self.on_progress(Progress(fraction, "on the way"))


class HeldEngine(EngineService):
    """Keeps requests of some types; the real engine answers all others."""

    def __init__(self, *types: type) -> None:
        super().__init__()
        self._types = types
        self.held: list[Held] = []

    def hold(self, *types: type) -> None:
        """Keep requests of these types from now on, and no others."""
        self._types = types

    def of(self, kind: type) -> list[Held]:
        """What is held of one type, in the order of asking."""
        return [held for held in self.held if isinstance(held.request, kind)]

    def submit(
        self,
        request: Any,
        on_progress: Callable[[Progress], None],
        lane: LaneName = "work",
        slot: str | None = None,
    ) -> tuple[Future[Any], TaskContext]:
        if not isinstance(request, self._types):
            return super().submit(request, on_progress, lane, slot)
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        held = Held(request, future, TaskContext(on_progress), on_progress)
        self.held.append(held)
        return future, held.context
