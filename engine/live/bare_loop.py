"""The reference of a run: a frame is read, the model looks at it, and the next is read."""

from __future__ import annotations

import time
from collections.abc import Generator

from engine.api.errors import SourceError
from engine.api.live import Frame
from engine.api.live_analysis import AnalysisConfig
from engine.api.live_session import BareLoop, LiveAnswer, RunBareLoop
from engine.api.tasks import TaskContext
from engine.live.chosen_model import ChosenModel
from engine.live.frame_work import FrameWork
from engine.live.source_reader import Pixels
from engine.live.sources import SourcePlan, plan_of

WARM_UP = 5


def run_bare_loop(request: RunBareLoop, context: TaskContext) -> BareLoop:
    """Time reading and looking for some seconds, after a few frames that do not count.

    The model runs on the runtime that a run would take.

    Raises:
        SourceError: the source cannot be opened, or has no picture.
        ConfigError: no such model, or neither detector nor segmenter.
        WeightsError: the weights are not here, unsafe, or of another architecture.
        TaskCancelled: between two frames.
    """
    frames = _frames(plan_of(request.source))
    first = next(frames)
    step = FrameWork(AnalysisConfig()).step(ChosenModel(request.model), context, first.pixels)
    answer = None
    for _ in range(WARM_UP):
        answer = step(next(frames), context)
    count, begun_s = 0, time.perf_counter()
    while (gone_s := time.perf_counter() - begun_s) < request.seconds:
        context.raise_if_cancelled()
        context.report(gone_s / request.seconds, f"{count} frames")
        step(next(frames), context)
        count += 1
    frames.close()
    runtime = answer.runtime if isinstance(answer, LiveAnswer) else ""
    return BareLoop(count / gone_s, runtime)


def _frames(plan: SourcePlan) -> Generator[Frame]:
    """Every picture of a source, and all of them again."""
    number = 0
    while True:
        begin = number
        reader = plan.open()
        try:
            while reader.grab() is not None:
                pixels: Pixels | None = reader.retrieve()
                if pixels is not None:
                    time_s = number * reader.period_s
                    yield Frame(pixels, number, time_s, time_s)
                    number += 1
        finally:
            reader.close()
        if number == begin:
            raise SourceError(f"{plan.title} has no pictures; choose another source")
