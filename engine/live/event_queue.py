"""Hands events on in the order in which they happened, whichever threads they happened on."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class EventQueue(Generic[T]):
    """Calls a listener for each event; one call at a time, and no lock is held by who waits."""

    def __init__(self, listener: Callable[[T], None]) -> None:
        self._listener = listener
        self._waiting: deque[T] = deque()
        self._is_telling = threading.Lock()

    def add(self, event: T) -> None:
        """Note an event; may be called with locks held."""
        self._waiting.append(event)

    def deliver(self) -> None:
        """Tell the listener what was noted; a thread that is at it already does so for this one."""
        while self._waiting and self._is_telling.acquire(blocking=False):
            try:
                while self._waiting:
                    self._listener(self._waiting.popleft())
            finally:
                self._is_telling.release()

    def tell(self, event: T) -> None:
        """Note an event and deliver it."""
        self.add(event)
        self.deliver()
