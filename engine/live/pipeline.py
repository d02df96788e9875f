"""From a source to the screen: capture thread, latest frame, inference thread, latest result.

Between two threads there is room for one frame, never a queue: what is too slow misses frames, and
what it gets is new.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from engine.api.errors import EngineError, TaskCancelled
from engine.api.live import (
    Frame,
    LastMinute,
    LiveEvent,
    LiveResult,
    LiveStatistics,
    ModelEvent,
    Pacing,
)
from engine.api.tasks import TaskContext
from engine.core.lanes import Lane, close_all
from engine.live.capture import Capture
from engine.live.clock import Clock
from engine.live.event_queue import EventQueue
from engine.live.latest_frame import Finished, LatestFrame, Woken
from engine.live.playback import Playback
from engine.live.sources import SourcePlan
from engine.live.statistics import RATE_WINDOW_S, Statistics

_SOON_S = 0.2  # sources with longer pauses are looked at again in between

InferenceStep = Callable[[Frame, TaskContext], Any]
"""What is done with a frame; its answer is passed on as it is."""

StepLoader = Callable[[TaskContext], InferenceStep | None]
"""Makes a step, for as long as it takes; None lets frames pass without an answer."""


def _nothing(thing: object) -> None:
    """Listen to nothing."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told what. All are called on worker threads, none may wait or stop the pipeline.

    Attributes:
        event: of the source and the model, in order.
        result: of each frame, on the inference thread: for recorders and the command line.
        ready: a result waits to be taken; not called again before it was.
        crashed: a bug; the thread it came from has ended.
    """

    event: Callable[[LiveEvent], None] = _nothing
    result: Callable[[LiveResult], None] = _nothing
    ready: Callable[[], None] = lambda: None
    crashed: Callable[[BaseException], None] = _nothing


class Pipeline:
    """Runs a source through a step until it is stopped. All methods return at once but `close`."""

    def __init__(
        self,
        plan: SourcePlan,
        listener: Listener,
        pacing: Pacing = "time",
        clock: Clock | None = None,
    ) -> None:
        self._listener = listener
        self._clock = Clock() if clock is None else clock
        self._counts = Statistics(self._clock)
        self._events: EventQueue[LiveEvent] = EventQueue(listener.event)
        self._frames: LatestFrame[Frame] = LatestFrame()
        self._results: LatestFrame[LiveResult] = LatestFrame()
        self.playback = Playback(self._clock, pacing)
        self._capture = Capture(
            plan,
            self._frames,
            self.playback,
            self._counts,
            self._events,
            listener.crashed,
            self._clock,
        )
        self._inference, self._loading = Lane("live-inference"), Lane("live-model")
        self._step_lock = threading.Lock()
        self._step: InferenceStep | None = None
        self._step_number, self._numbers = 0, count(1)
        self._shown_number = -1

    def start(self) -> None:
        """Open the source and begin. Before this nothing is touched, no camera lights up."""
        context = TaskContext(_nothing)
        future = self._inference.submit(lambda: self._infer(context), context)
        future.add_done_callback(self._look_at_end)
        self._capture.start()

    def change_step(self, load: StepLoader) -> None:
        """Make another step in the background; the one at work goes on until it is there.

        The latest call wins: those that wait are dropped, and one that is made after a later one
        is thrown away.
        """
        number = next(self._numbers)
        self._events.tell(ModelEvent("loading"))
        context = TaskContext(_nothing)
        future = self._loading.submit(lambda: load(context), context, slot="step")
        future.add_done_callback(partial(self._install, number))

    def look_again(self) -> None:
        """Look anew at a picture that stands still; where frames run, the next comes soon."""
        self._frames.wake()

    def retry(self) -> None:
        """Try a lost source again now, not after its pause."""
        self._capture.retry()

    def take_result(self) -> LiveResult | None:
        """Return the newest result once; None if it was taken already."""
        return self._results.take_now()

    def shown(self, result: LiveResult) -> None:
        """Say that a result is on the screen now. A frame shown again is counted once."""
        if result.frame.number > self._shown_number:
            self._shown_number = result.frame.number
            self._counts.frame_displayed(result.frame.captured_s)

    def statistics(self, window_s: float | None = RATE_WINDOW_S) -> LiveStatistics:
        """Return the counts, with rates and ages over the last seconds, or over the whole run."""
        return self._counts.snapshot(window_s)

    def last_minute(self) -> LastMinute:
        """Return the curves of the last minute."""
        return self._counts.last_minute()

    def stop(self) -> None:
        """Ask everything to end; the source is released by the thread that reads it."""
        self._capture.stop()
        self._frames.close()
        self._results.close()

    def close(self, timeout_s: float = 2.0) -> bool:
        """Stop; whether all threads ended within `timeout_s` seconds.

        A source that blocks for ever keeps its thread, which ends with the program.
        """
        self.stop()
        deadline_s = time.monotonic() + timeout_s
        self._inference.close(0.0)
        self._loading.close(0.0)
        is_released = self._capture.close(timeout_s)
        rest_s = max(0.0, deadline_s - time.monotonic())
        return close_all([self._inference, self._loading], rest_s) and is_released

    def _infer(self, context: TaskContext) -> None:
        last: Frame | None = None
        while True:
            try:
                frame = self._frames.take()
            except Finished:
                self._capture.tell_ended()
            except Woken:
                # A still picture is looked at again with the other model or threshold.
                if last is not None and self._is_alone(last):
                    self._pass_on(self._answer(last, context))
            else:
                if frame is None:
                    return
                result, last = self._answer(frame, context), frame
                self._counts.frame_processed(frame.captured_s)
                self._pass_on(result)

    def _is_alone(self, frame: Frame) -> bool:
        """Whether no other frame is to be expected soon after this one."""
        return self._capture.is_still or self._clock.now_s() - frame.captured_s > _SOON_S

    def _answer(self, frame: Frame, context: TaskContext) -> LiveResult:
        with self._step_lock:
            step, number = self._step, self._step_number
        start_s, answer = self._clock.now_s(), None
        try:
            answer = None if step is None else step(frame, context)
        except EngineError as error:
            self._put_aside(number, str(error))
        now_s = self._clock.now_s()
        return LiveResult(frame, answer, (now_s - start_s) * 1000, now_s)

    def _pass_on(self, result: LiveResult) -> None:
        self._listener.result(result)
        if not self._results.put(result):
            self._listener.ready()

    def _put_aside(self, number: int, message: str) -> None:
        """Take a step that failed off the frames, unless it was changed meanwhile."""
        with self._step_lock:
            if self._step_number != number:
                return
            self._step = None
            self._events.add(ModelEvent("stopped", message))
        self._events.deliver()

    def _install(self, number: int, future: Future[InferenceStep | None]) -> None:
        if future.cancelled():
            return  # a later one came, or the end
        self._look_at_end(future)
        error = future.exception()
        with self._step_lock:
            if number < self._step_number:
                return
            if isinstance(error, EngineError):
                self._events.add(ModelEvent("failed", str(error)))
            elif error is None:
                self._step, self._step_number = future.result(), number
                self._events.add(ModelEvent("ready"))
        self._frames.wake()
        self._events.deliver()

    def _look_at_end(self, future: Future[Any]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is not None and not isinstance(error, (EngineError, TaskCancelled)):
            self._listener.crashed(error)
