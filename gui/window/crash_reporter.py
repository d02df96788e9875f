"""Catches bugs wherever they surface and hands them to the window as text."""

from __future__ import annotations

import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot

from gui.log import LOG


class CrashReporter(QObject):
    """Sees exceptions of slots, of threads and of engine tasks; the program goes on after each."""

    crashed = Signal(str)  # the traceback, on the interface thread
    _caught = Signal(str)  # from any thread

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._caught.connect(self.crashed, Qt.ConnectionType.QueuedConnection)
        self._old_hook = sys.excepthook
        self._old_thread_hook = threading.excepthook

    def install(self) -> None:
        """Take the place of Python's hooks, which are still called."""
        self._old_hook, sys.excepthook = sys.excepthook, self._on_exception
        self._old_thread_hook, threading.excepthook = threading.excepthook, self._on_thread

    def remove(self) -> None:
        """Give Python's hooks back."""
        # `==`: each access of a method makes another object.
        if sys.excepthook == self._on_exception:
            sys.excepthook = self._old_hook
        if threading.excepthook == self._on_thread:
            threading.excepthook = self._old_thread_hook

    @Slot(Exception)
    def report(self, error: BaseException) -> None:
        """Take in the bug of an engine task."""
        text = "".join(traceback.format_exception(error))
        LOG.error("bug in an engine task\n%s", text)
        self._caught.emit(text)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self._old_hook(kind, error, trace)
        if issubclass(kind, KeyboardInterrupt):
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        LOG.error("bug in the interface\n%s", text)
        self._caught.emit(text)

    def _on_thread(self, arguments: threading.ExceptHookArgs) -> None:
        self._old_thread_hook(arguments)
        if arguments.exc_type is SystemExit:
            return
        text = "".join(
            traceback.format_exception(
                arguments.exc_type, arguments.exc_value, arguments.exc_traceback
            )
        )
        LOG.error("bug in a thread\n%s", text)
        self._caught.emit(text)
