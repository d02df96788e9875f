"""Playing what has times: pause, step, seek, speed, loop, and frames at their moments."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine.api.errors import ConfigError
from engine.api.live import Pacing
from engine.live.clock import Clock
from engine.live.source_reader import Pixels, SourceReader

SPEED_RANGE = (0.1, 16.0)

_BEFORE_S = 1e-3  # that far before a picture begins, the one before it is shown
_HOPELESS_S = 2.0  # later than this, the film waits for the machine
_LONGEST_SKIP_S = 0.25  # something is to be seen, however late


@dataclass(frozen=True, slots=True)
class Order:
    """What the player does next; `number` is seconds of `seek` or pictures of `step`."""

    kind: Literal["next", "seek", "step", "anew", "stop"]
    number: float = 0.0


class Playback:
    """How a source is to be played. Set from any thread, obeyed by the one that reads."""

    def __init__(self, clock: Clock, pacing: Pacing = "time") -> None:
        self.pacing = pacing
        self._clock = clock
        self._changed = threading.Condition()
        self._speed, self._is_looped = 1.0, False
        self._is_paused = self._is_ended = self._is_stopped = self._is_anew = False
        self._seek_s: float | None = None
        self._steps = 0

    @property
    def is_paused(self) -> bool:
        """Whether the picture stands still because somebody asked for it."""
        return self._is_paused

    @property
    def is_looped(self) -> bool:
        """Whether the film begins anew at its end."""
        return self._is_looped

    @property
    def speed(self) -> float:
        """1 is true to time."""
        return self._speed

    def play(self) -> None:
        """Go on; from the start where the film has ended."""
        with self._changed:
            if self._is_ended and self._seek_s is None:
                self._seek_s = 0.0
            self._is_paused = False
            self._change()

    def pause(self) -> None:
        """Stand still; a camera goes on, and what it gives is left out."""
        with self._changed:
            self._is_paused = True
            self._change()

    def step(self, pictures: int) -> None:
        """Pause, and go so many pictures on or, below zero, back; calls add up."""
        with self._changed:
            self._is_paused = True
            self._steps += pictures
            self._change()

    def seek(self, time_s: float) -> None:
        """Show the picture of that time; the latest call wins, paused or not."""
        with self._changed:
            self._seek_s, self._steps = max(0.0, time_s), 0
            self._change()

    def set_speed(self, speed: float) -> None:
        """Play slower or faster.

        Raises:
            ConfigError: outside 0.1 to 16.
        """
        low, high = SPEED_RANGE
        if not low <= speed <= high:
            raise ConfigError(f"speed = {speed:g} is outside [{low:g}, {high:g}]")
        with self._changed:
            self._speed = speed
            self._change()

    def set_looped(self, is_looped: bool) -> None:
        """Begin anew at the end, or stop there."""
        with self._changed:
            self._is_looped = is_looped
            self._change()

    def stop(self) -> None:
        """Let the reading thread come to an end."""
        with self._changed:
            self._is_stopped = True
            self._change()

    def set_ended(self, is_ended: bool) -> None:
        """Say whether the film is at its end, where only orders are waited for."""
        with self._changed:
            self._is_ended = is_ended

    def next_order(self, due_s: float | None) -> Order:
        """Wait until a picture is due or something is asked for; for the player only."""
        with self._changed:
            while True:
                order = self._pending()
                if order is not None:
                    return order
                is_still = self._is_paused or self._is_ended
                if not is_still and (due_s is None or self._clock.now_s() >= due_s):
                    return Order("next")
                self._clock.wait_until(self._changed, None if is_still else due_s)

    def _pending(self) -> Order | None:
        if self._is_stopped:
            return Order("stop")
        if self._seek_s is not None:
            time_s, self._seek_s = self._seek_s, None
            return Order("seek", time_s)
        if self._steps:
            steps, self._steps = self._steps, 0
            return Order("step", steps)
        if self._is_anew:
            self._is_anew = False
            return Order("anew")
        return None

    def _change(self) -> None:
        self._is_anew = True
        self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a player's pictures go.

    Attributes:
        show: takes a picture and its time.
        skip: told of each picture that is left out because it is late.
        changed: told where pause, speed or loop may have changed.
        ended: told that the last picture was shown.
        is_over: whether nobody wants this player's pictures any more.
        wait_free: waits until the last picture was taken; False where nobody takes any more.
        waits: told before and after the reader is waited for.
    """

    show: Callable[[Pixels, float], None]
    skip: Callable[[], None]
    changed: Callable[[], None]
    ended: Callable[[], None]
    is_over: Callable[[], bool]
    wait_free: Callable[[], bool]
    waits: Callable[[bool], None]


class FilmPlayer:
    """Shows the pictures of a reader at their times, or each as soon as the last was taken."""

    def __init__(
        self, reader: SourceReader, playback: Playback, clock: Clock, stage: Stage
    ) -> None:
        self._reader, self._playback, self._clock = reader, playback, clock
        self._stage = stage
        self._next_s: float | None = None  # time of the picture gone to, not yet shown
        self._shown_s = 0.0  # time of the picture shown
        self._last_show_s = float("-inf")
        # A moment, the time of the film that belongs to it, and how fast it goes from there.
        self._anchor_s, self._anchor_time_s, self._speed = 0.0, 0.0, 1.0

    def run(self, start_s: float = 0.0) -> None:
        """Play until stopped.

        Raises:
            SourceError: the source is lost.
        """
        self._go(start_s if start_s > 0 else None)
        if self._playback.pacing == "time" or self._stage.wait_free():
            self._show()
        self._set_anchor(self._shown_s)
        was_ended = False
        while not self._stage.is_over():
            is_ended = self._next_s is None and not self._begin_anew()
            self._playback.set_ended(is_ended)
            if is_ended and not was_ended:
                self._stage.ended()
            was_ended = is_ended
            order = self._playback.next_order(self._due_s())
            if order.kind == "stop":
                return
            self._obey(order)

    def _obey(self, order: Order) -> None:
        if order.kind == "next":
            self._show_or_skip()
        elif order.kind == "seek":
            self._jump(order.number)
        elif order.kind == "step":
            self._step(int(order.number))
        else:
            self._set_anchor(self._place_s())
            self._stage.changed()

    def _due_s(self) -> float | None:
        if self._playback.pacing == "every-frame" or self._next_s is None:
            return None
        return self._anchor_s + (self._next_s - self._anchor_time_s) / self._speed

    def _show_or_skip(self) -> None:
        due_s, now_s = self._due_s(), self._clock.now_s()
        if due_s is None:
            if self._stage.wait_free():
                self._show()
            return
        late_s, period_s = now_s - due_s, self._reader.period_s / self._speed
        if late_s > _HOPELESS_S:
            self._set_anchor(self._next_s or 0.0)
        elif late_s > period_s and now_s - self._last_show_s < _LONGEST_SKIP_S:
            left_out_s = self._next_s
            self._go()
            next_due_s = self._due_s()
            if next_due_s is not None and next_due_s <= now_s + period_s:
                self._stage.skip()
                return
            self._go(left_out_s)  # no other comes for a while: this is the one to be seen
        self._show()

    def _show(self) -> None:
        """Show the picture gone to, and go to the next."""
        if self._next_s is None or self._stage.is_over():
            return
        pixels = self._reader.retrieve()
        self._shown_s = self._next_s
        if pixels is not None:
            self._last_show_s = self._clock.now_s()
            self._stage.show(pixels, self._shown_s)
        self._go()

    def _go(self, time_s: float | None = None) -> None:
        """Go to the next picture, or to the one of a time."""
        self._stage.waits(True)
        if time_s is not None:
            self._reader.seek(time_s)
        self._next_s = self._reader.grab()
        self._stage.waits(False)

    def _jump(self, time_s: float) -> None:
        self._go(time_s)
        self._show()
        self._set_anchor(self._shown_s)

    def _step(self, pictures: int) -> None:
        for _ in range(pictures - 1):
            if self._next_s is not None:
                self._shown_s = self._next_s
                self._go()
        for _ in range(-pictures):
            self._go(max(0.0, self._shown_s - _BEFORE_S))
            self._shown_s = self._shown_s if self._next_s is None else self._next_s
        self._show()
        self._set_anchor(self._shown_s)

    def _begin_anew(self) -> bool:
        """Go back to the start, the last picture keeping its time; whether that was asked for."""
        if not self._playback.is_looped:
            return False
        end_s = self._shown_s + self._reader.period_s
        self._anchor_s += (end_s - self._anchor_time_s) / self._speed
        self._anchor_time_s = self._shown_s = 0.0
        self._go(0.0)
        return self._next_s is not None

    def _place_s(self) -> float:
        """The time of the film now, between the picture shown and the next."""
        if self._playback.is_paused or self._next_s is None:
            return self._shown_s
        place_s = self._anchor_time_s + (self._clock.now_s() - self._anchor_s) * self._speed
        return min(max(self._shown_s, place_s), self._next_s)

    def _set_anchor(self, time_s: float) -> None:
        self._anchor_s, self._anchor_time_s = self._clock.now_s(), time_s
        self._speed = self._playback.speed
