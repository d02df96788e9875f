"""Worker threads: each lane runs one task at a time, in order, latest wins within a slot."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from engine.api.tasks import TaskContext
from engine.core.scheduling import give_way, wake_soon

NICENESS = 10
"""Of every worker, so that the interface comes first when all cores compute."""

SHORT_NICENESS = 0
"""Of a lane whose tasks take milliseconds, such as sliders', which the interface waits for."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    call: Callable[[], Any]
    context: TaskContext
    future: Future[Any]
    slot: str | None


class Lane:
    """One worker thread, of lower rank than the interface's.

    The thread is a daemon: a call that cannot be interrupted (a blocked driver, say) must not
    keep the process alive after the window has closed.
    """

    def __init__(self, name: str, niceness: int = NICENESS) -> None:
        self._niceness = niceness
        self._jobs: deque[_Job] = deque()
        self._running: _Job | None = None
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=f"engine-{name}", daemon=True)
        self._thread.start()

    def submit(
        self, call: Callable[[], Any], context: TaskContext, slot: str | None = None
    ) -> Future[Any]:
        """Queue a call. With a slot, calls of that slot that have not begun are dropped.

        The one that runs may finish, so that a dragged slider keeps showing pictures.
        """
        job = _Job(call, context, Future(), slot)
        dropped: list[_Job] = []
        with self._changed:
            if self._is_closed:
                job.future.cancel()
                return job.future
            if slot is not None:
                dropped = [waiting for waiting in self._jobs if waiting.slot == slot]
                self._jobs = deque(waiting for waiting in self._jobs if waiting.slot != slot)
            self._jobs.append(job)
            self._changed.notify()
        # Outside the lock: a done callback may submit again.
        for old in dropped:
            old.future.cancel()
        return job.future

    def close(self, timeout_s: float) -> bool:
        """Drop what waits, cancel what runs; whether the thread ended within `timeout_s`."""
        with self._changed:
            self._is_closed = True
            dropped, self._jobs = list(self._jobs), deque()
            if self._running is not None:
                self._running.context.cancel()
            self._changed.notify()
        for job in dropped:
            job.future.cancel()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        give_way(self._niceness)
        if self._niceness < NICENESS:
            wake_soon()
        while True:
            with self._changed:
                self._running = None
                while not self._jobs and not self._is_closed:
                    self._changed.wait()
                if self._is_closed:
                    return
                job = self._running = self._jobs.popleft()
            _finish(job)
            del job  # a waiting thread must not keep the last picture alive


def _finish(job: _Job) -> None:
    if not job.future.set_running_or_notify_cancel():
        return
    try:
        job.context.raise_if_cancelled()
        result = job.call()
    except BaseException as error:  # noqa: BLE001  handed to whoever waits, never swallowed
        job.future.set_exception(error)
    else:
        job.future.set_result(result)


def close_all(lanes: list[Lane], timeout_s: float) -> bool:
    """Close lanes together within one time limit; whether all of them ended."""
    deadline_s = time.monotonic() + timeout_s
    for lane in lanes:
        lane.close(0.0)
    ended = [lane.close(max(0.0, deadline_s - time.monotonic())) for lane in lanes]
    return all(ended)
