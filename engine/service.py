"""The engine's only door: runs a request, headless, on one of four worker threads.

Handlers import what they need when first asked, so that a picture opens before torch is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import singledispatch
from pathlib import Path
from typing import Any, Literal

from engine.api.annotations import ReadAnnotations, ReadSidecar, Sidecar
from engine.api.detection import Suppress, Suppressed
from engine.api.pictures import WritePicture
from engine.api.tasks import Progress, TaskContext
from engine.api.traces import BuildTrace, ListTraces, Trace, TraceCard
from engine.core.lanes import Lane, close_all

LaneName = Literal["work", "interactive", "browse", "files"]


@singledispatch
def execute(request: Any, context: TaskContext) -> Any:
    """Run a request on the calling thread; one handler is registered per request type."""
    raise TypeError(f"no handler for {type(request).__name__}")


class EngineService:
    """Four lanes, each with one thread: a desktop machine has one accelerator to share.

    `work` for long runs, `interactive` for sliders, `browse` for the picture looked at, `files`
    for folders and annotations: saving never waits for a training, nor a picture for a listing.
    """

    def __init__(self) -> None:
        self._lanes: dict[LaneName, Lane] = {
            name: Lane(name) for name in ("work", "interactive", "browse", "files")
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


@execute.register
def _read_sidecar(request: ReadSidecar, context: TaskContext) -> Sidecar | None:
    from engine.data.sidecar import find_sidecar

    found = find_sidecar(request.picture)
    if found is None:
        return None
    source, annotation_format = found
    whole = ReadAnnotations(source, request.picture.parent, annotation_format)
    return Sidecar(source, execute(whole, context))


@execute.register
def _write_picture(request: WritePicture, context: TaskContext) -> Path:
    from engine.data.picture_writer import save_picture

    save_picture(request.target, request.pixels)
    return request.target


@execute.register
def _suppress(request: Suppress, context: TaskContext) -> Suppressed:
    from engine.layers.non_maximum_suppression import suppress

    found = suppress(request.detections, request.config)
    if found.detections.masks is None:
        return found
    from engine.inference.instance_masks import outlines

    return replace(found, outlines=outlines(found.detections))


@execute.register
def _build_trace(request: BuildTrace, context: TaskContext) -> Trace:
    from engine.traces.building import build_trace

    return build_trace(request, context)


@execute.register
def _list_traces(request: ListTraces, context: TaskContext) -> tuple[TraceCard, ...]:
    import engine.traces  # noqa: F401  fills the registry
    from engine.core.registry import TRACES

    return tuple(TRACES)
