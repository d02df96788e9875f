"""The engine's only door: runs a request, headless, on one of three worker threads.

Handlers import what they need when first asked, so that a picture opens before torch is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import singledispatch
from typing import Any, Literal

from engine.api.tasks import Progress, TaskContext
from engine.core.lanes import Lane, close_all

LaneName = Literal["work", "interactive", "browse"]


@singledispatch
def execute(request: Any, context: TaskContext) -> Any:
    """Run a request on the calling thread; one handler is registered per request type."""
    raise TypeError(f"no handler for {type(request).__name__}")


class EngineService:
    """Three lanes: `work` for long runs, `interactive` for sliders, `browse` for pictures.

    One lane has one thread: a desktop machine has one accelerator to share.
    """

    def __init__(self) -> None:
        self._lanes: dict[LaneName, Lane] = {
            name: Lane(name) for name in ("work", "interactive", "browse")
        }

    def submit(
        self,
        request: Any,
        on_progress: Callable[[Progress], None],
        lane: LaneName = "work",
        slot: str | None = None,
    ) -> tuple[Future[Any], TaskContext]:
        """Queue a request; `on_progress` is called on the worker thread.

        With a slot the latest request wins: earlier ones of the slot that wait are dropped.
        """
        context = TaskContext(on_progress)
        future = self._lanes[lane].submit(lambda: execute(request, context), context, slot)
        return future, context

    def close(self, timeout_s: float = 2.0) -> bool:
        """Cancel everything; whether every worker ended within `timeout_s` seconds."""
        return close_all(list(self._lanes.values()), timeout_s)
