"""Reads a source on a thread of its own, notices when it is lost, and opens it again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from typing import Any

from engine.api.errors import SourceError, SourceRefusedError, TaskCancelled
from engine.api.live import Frame, LiveEvent, SourceEvent, SourceState
from engine.api.tasks import TaskContext
from engine.core.lanes import SHORT_NICENESS, Lane, close_all
from engine.live.clock import Clock
from engine.live.event_queue import EventQueue
from engine.live.latest_frame import LatestFrame
from engine.live.playback import FilmPlayer, Playback, Stage
from engine.live.source_reader import Pixels, SourceReader
from engine.live.sources import SourcePlan
from engine.live.statistics import Statistics

_LOOK_S = 0.2  # how often the watch looks: a loss is told at most that much late


class Reading:
    """One thread that opens, reads and releases the source.

    Attributes:
        waits_since_s: when it began to wait for the source; None while it does not.
        patience_s: how long it may.
        is_abandoned: it waits for ever; should it return, it releases the source and ends.
    """

    def __init__(self) -> None:
        self.lane = Lane("live-source", SHORT_NICENESS)
        self.waits_since_s: float | None = None
        self.patience_s = 0.0
        self.is_abandoned = False
        self.future: Future[None] | None = None

    def begin_to_wait(self, now_s: float, patience_s: float) -> None:
        """Note that from now on the source is waited for."""
        self.patience_s, self.waits_since_s = patience_s, now_s

    def overdue_s(self, now_s: float) -> float:
        """By how much it waits too long; below zero while it does not."""
        since_s = self.waits_since_s  # read once: the reading thread changes it
        return -1.0 if since_s is None else now_s - since_s - self.patience_s

    @property
    def is_at_work(self) -> bool:
        """Whether its thread still runs in the source."""
        return self.future is not None and not self.future.done()


class Capture:
    """Puts the frames of a source into a slot.

    A source that blocks for ever cannot be interrupted: its thread is left behind, and another
    one opens the source anew, unless one was left behind already and has not returned.
    """

    def __init__(
        self,
        plan: SourcePlan,
        slot: LatestFrame[Frame],
        playback: Playback,
        statistics: Statistics,
        events: EventQueue[LiveEvent],
        crashed: Callable[[BaseException], None],
        clock: Clock,
    ) -> None:
        self._plan, self._slot, self._playback = plan, slot, playback
        self._statistics, self._events, self._clock = statistics, events, clock
        self._crashed = crashed
        self._changed = threading.Condition()
        self._event = SourceEvent("opening")
        self._reading: Reading | None = None
        self._abandoned: list[Reading] = []
        self._watch = Lane("live-watch", SHORT_NICENESS)
        self._attempt, self._place_s = 0, 0.0
        self._first_s: float | None = None
        self._is_stopped = self._is_hurried = False

    def start(self) -> None:
        """Open the source; returns at once."""
        self._events.tell(self._event)
        with self._changed:
            self._begin_reading()
        if self._plan.is_retried:
            self._guard(self._watch.submit(self._keep_watch, _context()))

    @property
    def is_still(self) -> bool:
        """Whether no other frame is to be expected for now."""
        return self._event.state in ("paused", "ended", "lost", "failed")

    def retry(self) -> None:
        """Try a lost source again now."""
        with self._changed:
            self._is_hurried = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Ask all threads to end; returns at once."""
        self._playback.stop()
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def close(self, timeout_s: float) -> bool:
        """Stop; whether all threads ended within `timeout_s`. One in a blocked source does not."""
        self.stop()
        with self._changed:
            readings = [self._reading, *self._abandoned]
        return close_all([self._watch, *(r.lane for r in readings if r is not None)], timeout_s)

    def tell_ended(self) -> None:
        """Tell that the film has ended, if it still has; called once its last frame is done."""
        with self._changed:
            if self._event.state == "ended":
                self._events.add(self._event)
        self._events.deliver()

    def _begin_reading(self) -> None:
        reading = self._reading = Reading()
        reading.future = reading.lane.submit(lambda: self._read(reading), _context())
        self._guard(reading.future)

    def _guard(self, future: Future[None]) -> None:
        future.add_done_callback(self._look_at_end)

    def _look_at_end(self, future: Future[Any]) -> None:
        error = CancelledError() if future.cancelled() else future.exception()
        if error is not None and not isinstance(error, (CancelledError, TaskCancelled)):
            self._crashed(error)

    def _is_over(self, reading: Reading) -> bool:
        return self._is_stopped or reading.is_abandoned

    def _read(self, reading: Reading) -> None:
        while not self._is_over(reading):
            try:
                self._read_until_lost(reading)
            except SourceError as error:
                reading.waits_since_s = None
                if not self._plan.is_retried or isinstance(error, SourceRefusedError):
                    self._change(reading, SourceEvent("failed", str(error)))
                    return
                self._lose(reading, str(error))
                self._pause(reading)
            else:
                return

    def _read_until_lost(self, reading: Reading) -> None:
        reading.begin_to_wait(self._clock.now_s(), self._plan.opening_s)
        reader = self._plan.open()
        reading.waits_since_s = None
        try:
            if reader.is_live:
                self._read_live(reading, reader)
            else:
                self._play_film(reading, reader)
        finally:
            reader.close()

    def _read_live(self, reading: Reading, reader: SourceReader) -> None:
        while not self._is_over(reading):
            if reading.waits_since_s is None:
                reading.begin_to_wait(self._clock.now_s(), self._plan.patience_s)
            if reader.grab() is None:
                raise SourceError(f"{self._plan.title} has ended; it is called up again")
            pixels = reader.retrieve()
            if pixels is None:
                continue  # one that cannot be read is no sign of life
            reading.waits_since_s = None
            if self._playback.is_paused:
                self._skip(reading)
                self._follow_pause(reading)
            else:
                self._show(reading, reader, pixels, None)

    def _play_film(self, reading: Reading, reader: SourceReader) -> None:
        def waits(is_waiting: bool) -> None:
            reading.waits_since_s = None
            if is_waiting:
                reading.begin_to_wait(self._clock.now_s(), self._plan.patience_s)

        stage = Stage(
            show=lambda pixels, time_s: self._show(reading, reader, pixels, time_s),
            skip=lambda: self._skip(reading),
            changed=lambda: self._follow_pause(reading),
            ended=lambda: self._end(reading, reader),
            is_over=lambda: self._is_over(reading),
            wait_free=self._slot.wait_free,
            waits=waits,
        )
        FilmPlayer(reader, self._playback, self._clock, stage).run(self._place_s)

    def _show(
        self, reading: Reading, reader: SourceReader, pixels: Pixels, time_s: float | None
    ) -> None:
        if self._is_over(reading):
            return
        now_s = self._clock.now_s()
        self._first_s = now_s if self._first_s is None else self._first_s
        self._attempt, self._place_s = 0, time_s or 0.0
        place_s = now_s - self._first_s if time_s is None else time_s
        in_film = None if time_s is None else round(time_s / reader.period_s)
        frame = Frame(pixels, self._statistics.frame_read(), place_s, now_s, in_film)
        state: SourceState = "paused" if self._playback.is_paused else "running"
        event = SourceEvent(state, size=frame.size, duration_s=reader.duration_s)
        self._change(reading, event)
        if self._slot.put(frame):
            self._statistics.frame_dropped()

    def _skip(self, reading: Reading) -> None:
        if not self._is_over(reading):
            self._statistics.frame_read()
            self._statistics.frame_dropped()

    def _follow_pause(self, reading: Reading) -> None:
        state: SourceState = "paused" if self._playback.is_paused else "running"
        if self._event.state in ("running", "paused"):
            self._change(reading, replace(self._event, state=state))

    def _end(self, reading: Reading, reader: SourceReader) -> None:
        with self._changed:
            if self._is_over(reading):
                return
            self._event = replace(self._event, state="ended", message=reader.shortfall)
        self._slot.finish()  # told once the last frame is done

    def _change(self, reading: Reading, event: SourceEvent) -> None:
        with self._changed:
            if self._is_over(reading) or event == self._event:
                return
            self._event = event
            self._events.add(event)
        self._events.deliver()

    def _lose(self, reading: Reading, message: str) -> None:
        with self._changed:
            if self._is_over(reading):
                return
            if self._event.state != "lost":
                self._statistics.source_lost()
            self._attempt += 1
            pause_s = self._plan.pause_s(self._attempt)
            self._event = SourceEvent("lost", message, attempt=self._attempt, retry_in_s=pause_s)
            self._events.add(self._event)
        self._events.deliver()

    def _pause(self, reading: Reading) -> None:
        with self._changed:
            end_s = self._clock.now_s() + self._plan.pause_s(self._attempt)
            while not (self._is_over(reading) or self._is_hurried):
                if self._clock.now_s() >= end_s:
                    break
                self._clock.wait_until(self._changed, end_s)
            self._is_hurried = False

    def _keep_watch(self) -> None:
        while True:
            with self._changed:
                if not self._is_stopped:
                    self._clock.wait_until(self._changed, self._clock.now_s() + _LOOK_S)
                if self._is_stopped:
                    return
            self._look()

    def _look(self) -> None:
        reading = self._reading
        overdue_s = -1.0 if reading is None else reading.overdue_s(self._clock.now_s())
        if reading is None or overdue_s < 0:
            return
        if self._event.state != "lost":
            self._lose(reading, self._silence(reading))
        with self._changed:
            self._abandoned = [each for each in self._abandoned if each.is_at_work]
            is_time = self._is_hurried or overdue_s >= self._plan.pause_s(self._attempt)
            if is_time and not self._abandoned and not self._is_stopped:
                self._is_hurried = False
                reading.is_abandoned = True
                reading.lane.close(0.0)
                self._abandoned.append(reading)
                self._begin_reading()

    def _silence(self, reading: Reading) -> str:
        is_opening = reading.patience_s == self._plan.opening_s
        what = "does not open" if is_opening else "gives no pictures"
        return f"{self._plan.title} {what}: no answer for {reading.patience_s:g} s"


def _context() -> TaskContext:
    return TaskContext(lambda progress: None)
