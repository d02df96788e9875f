"""The engine's only door: runs a request, headless, on one of five worker threads.

What answers a request is imported when it is first asked for, see dispatch.py: the window opens
before that, and a picture is shown before torch is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Literal, get_args

from engine.api.tasks import Progress, TaskContext
from engine.core.lanes import NICENESS, SHORT_NICENESS, Lane, close_all
from engine.core.scheduling import wake_soon
from engine.service.dispatch import execute

__all__ = ["EngineService", "LaneName", "execute", "wake_soon"]

LaneName = Literal["work", "interactive", "browse", "files", "training"]

_NICENESS: dict[LaneName, int] = {"interactive": SHORT_NICENESS}


class EngineService:
    """Five lanes, each with one thread: a desktop machine has one accelerator to share.

    `work` for long runs, `interactive` for sliders, `browse` for the picture looked at, `files`
    for folders and annotations, `training` for runs that last hours: a detector does not wait
    for a training, nor a picture for a listing.
    """

    def __init__(self) -> None:
        self._lanes: dict[LaneName, Lane] = {
            name: Lane(name, _NICENESS.get(name, NICENESS)) for name in get_args(LaneName)
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
