"""A place for one thing between two threads: what is not taken in time makes room for the next."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Finished(Exception):
    """Control flow: nothing more comes, for now or for good; all there was has been taken."""


class Woken(Exception):
    """Control flow: somebody called `wake`."""


class LatestFrame(Generic[T]):
    """Holds the newest thing only, so that a slow taker is late by one and never by a queue."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: list[T] = []  # none or one: None may be held too
        self._is_finished = self._is_woken = self._is_closed = False

    def put(self, thing: T) -> bool:
        """Leave a thing; whether it took the place of one that nobody had taken.

        What comes after `close` is thrown away.
        """
        with self._changed:
            if self._is_closed:
                return True
            was_full = bool(self._held)
            self._held = [thing]
            self._is_finished = False
            self._changed.notify_all()
            return was_full

    def wait_free(self) -> bool:
        """Wait until what is here has been taken; False once closed."""
        with self._changed:
            while self._held and not self._is_closed:
                self._changed.wait()
            return not self._is_closed

    def finish(self) -> None:
        """Say, once, that nothing comes after what is here, unless something is put again."""
        with self._changed:
            self._is_finished = True
            self._changed.notify_all()

    def wake(self) -> None:
        """Let the taker, who waits or will, come back once: with a thing, if one is there."""
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()

    def close(self) -> None:
        """Let go of everything, and of everyone who waits. Safe from any thread."""
        with self._changed:
            self._is_closed = True
            self._held = []
            self._changed.notify_all()

    def take(self) -> T | None:
        """Wait for a thing and take it; None once closed.

        Raises:
            Finished: there is nothing more. The next call waits again.
            Woken: somebody called `wake`.
        """
        with self._changed:
            while not self._held and not self._is_closed:
                if self._is_woken:
                    self._is_woken = False
                    raise Woken
                if self._is_finished:
                    self._is_finished = False
                    raise Finished
                self._changed.wait()
            self._is_woken = False
            return self._pop()

    def take_now(self) -> T | None:
        """Take what is here without waiting; None if there is nothing."""
        with self._changed:
            return self._pop()

    def _pop(self) -> T | None:
        if not self._held:
            return None
        thing = self._held.pop()
        self._changed.notify_all()
        return thing
