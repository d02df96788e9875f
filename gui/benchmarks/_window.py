"""A window of its own settings for a benchmark, and waiting while it works."""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from gui.application import build_window
from gui.benchmarks._screen import choose_platform
from gui.main_window import MainWindow

PATIENCE_S = 120.0
LOOK_MS = 50


@contextmanager
def open_window() -> Iterator[tuple[MainWindow, Path]]:
    """Open the program as a person does who has seen the tour, with the engine started.

    Yields:
        The window and an empty folder; both are gone afterwards.
    """
    choose_platform()
    interval_s = sys.getswitchinterval()
    with tempfile.TemporaryDirectory(prefix="vision-workbench-") as home:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, home)
        window = build_window([])
        try:
            window.workbench.settings.has_seen_tour = True
            window.workbench.settings.set_text("train/root", str(Path(home) / "runs"))
            window.resize(1280, 800)
            wait(lambda: bool(window.workbench.models))
            gc.collect()
            gc.freeze()  # as the program does when the engine has started
            yield window, Path(home)
        finally:
            sys.setswitchinterval(interval_s)
            window.close()
            window.deleteLater()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def wait(is_done: Callable[[], bool]) -> None:
    """Let the window work until something holds.

    Raises:
        RuntimeError: it does not, for two minutes.
    """
    loop, look = QEventLoop(), QTimer()
    end_s = time.monotonic() + PATIENCE_S

    def check() -> None:
        if is_done() or time.monotonic() >= end_s:
            loop.quit()

    look.timeout.connect(check)
    look.start(LOOK_MS)
    loop.exec()
    look.stop()
    if not is_done():
        raise RuntimeError("the window did not come to the expected state")


def pass_time(seconds: float) -> None:
    """Let the window work so long, to the millisecond."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()
