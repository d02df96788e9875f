"""Where windows are measured, and how long it takes until the screen shows what has changed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, MutableMapping

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QWidget

PATIENCE_S = 20.0


def choose_platform(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let Qt draw offscreen where there is no display, and with its own plugins, not OpenCV's."""
    has_display = "DISPLAY" in environment or "WAYLAND_DISPLAY" in environment
    if sys.platform == "linux" and not has_display:
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    environment.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)


def application() -> QApplication:
    """Return the application, made if need be."""
    choose_platform()
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])


def expose(widget: QWidget, x: int = 0) -> None:
    """Show a window beside the others, `x` pixels from the left, until the screen has it.

    What is not exposed, or lies under another window, is not painted: that would cost nothing.

    Raises:
        RuntimeError: the screen does not take it.
    """
    widget.move(x, 0)
    widget.show()
    wait_until(lambda: _is_exposed(widget))
    QGuiApplication.sync()


def wait_until(is_done: Callable[[], bool]) -> None:
    """Let windows work until something holds.

    Raises:
        RuntimeError: it does not.
    """
    give_up_s = time.monotonic() + PATIENCE_S
    while not is_done():
        QApplication.processEvents()
        time.sleep(0.005)
        if time.monotonic() > give_up_s:
            raise RuntimeError("the window did not come to the expected state")


class Shown:
    """Times changes of a window until the display server has taken the new picture.

    The same for every widget: the change, one paint event by the event loop, and one round trip
    to the server, which answers when it has done what was sent before.
    """

    def __init__(self, painted: QWidget) -> None:
        """Watch the widget that paints: of a scroll area, its viewport."""
        self._painted = painted
        self._window = painted.window()  # lives as long as it is measured
        self._counter = _PaintCounter(painted)

    def milliseconds(self, change: Callable[[], None]) -> float:
        """Return how long a change takes.

        Raises:
            RuntimeError: nothing was painted, so nothing was measured.
        """
        self._counter.count = 0
        begun_s = time.perf_counter()
        change()
        QGuiApplication.sync()
        passed_ms = (time.perf_counter() - begun_s) * 1e3
        if not self._counter.count:
            raise RuntimeError(f"{type(self._painted).__name__} was not painted")
        return passed_ms

    def pixels(self) -> QImage:
        """Return what the screen itself shows there; null where it may not be read."""
        return self._window.screen().grabWindow(self._window.winId()).toImage()


class _PaintCounter(QObject):
    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def _is_exposed(widget: QWidget) -> bool:
    handle = widget.window().windowHandle()
    return handle is not None and handle.isExposed()
