"""Work too long for the interface thread and too small for the engine, such as typesetting."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal


class BackgroundCalls(QObject):
    """Runs calls one after another on a thread that ends when none waits.

    The latest call of a slot replaces the one that has not begun. It has no parent on purpose: the
    thread holds a reference, so that the signal outlives the widget that listens to it.
    """

    finished = Signal(str, object)  # slot and result, on the thread of whoever listens

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[str, Callable[[], object]] = {}
        self._lock = threading.Lock()
        self._is_running = False

    @property
    def is_running(self) -> bool:
        """Whether a call runs or waits."""
        return self._is_running

    def submit(self, slot: str, call: Callable[[], object]) -> None:
        """Run a call soon; its exceptions reach threading.excepthook."""
        with self._lock:
            self._waiting[slot] = call
            if self._is_running:
                return
            self._is_running = True
        threading.Thread(target=self._run, name="interface-background", daemon=True).start()

    def drop(self) -> None:
        """Forget what waits; what runs may finish."""
        with self._lock:
            self._waiting.clear()

    def _run(self) -> None:
        try:
            while True:
                with self._lock:
                    if not self._waiting:
                        self._is_running = False
                        return
                    slot = next(iter(self._waiting))
                    call = self._waiting.pop(slot)
                self.finished.emit(slot, call())
        finally:
            self._is_running = False
