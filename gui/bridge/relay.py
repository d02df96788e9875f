"""Takes a worker's words to a Qt object for as long as the object is there."""

from __future__ import annotations

import threading
import weakref

from PySide6.QtCore import QObject
from shiboken6 import isValid


class Relay:
    """Emits signals of an object from any thread.

    A call that nothing can interrupt, such as the import of torch, may outlive the window. The
    reference is weak, because a worker that held the last one would delete Qt objects on its own
    thread. To emit through an object that is being deleted damages memory too, hence the lock:
    the deletion waits for an emission, and no emission begins after it.
    """

    def __init__(self, target: QObject) -> None:
        self._target = weakref.ref(target)
        self._is_dropped = False
        self._lock = threading.Lock()

    def emit(self, signal: str, *values: object) -> None:
        """Emit a signal by its name; nothing happens once the object has gone."""
        with self._lock:
            target = None if self._is_dropped else self._target()
            if target is not None and isValid(target):
                getattr(target, signal).emit(*values)

    def drop(self, *_: object) -> None:
        """Emit nothing any more: the object goes."""
        with self._lock:
            self._is_dropped = True
