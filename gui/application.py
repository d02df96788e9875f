"""Makes the application and its window; nothing heavy is imported before the first paint."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QScrollArea, QWidget

from gui.bridge.engine_client import EngineClient
from gui.document.session import Session
from gui.log import log_qt_messages, start_logging, stop_logging
from gui.main_window import MainWindow
from gui.plain_text import PlainTextStyle
from gui.settings import Settings, open_store
from gui.style_sheet import style_sheet
from gui.theme import THEME
from gui.widgets.file_dialogs import LAST_FOLDERS
from gui.widgets.list_rows import with_tall_rows
from gui.window.crash_reporter import CrashReporter
from gui.window.page_scan import find_pages
from gui.workbench import Workbench

NAME = "Vision Workbench"
ICON_FILE = Path(__file__).parents[1] / "assets" / "icons" / "vision-workbench.svg"
SWITCH_INTERVAL_S = 0.0005
"""Python bytecode in worker threads delays the interface by this much; Python's default is 5 ms."""
FIRST_PAINT = "VISION_WORKBENCH_FIRST_PAINT"
"""Environment variable of the start-up benchmark: `time.monotonic()` when the process was begun.

With it the window writes the milliseconds until its first paint to standard error and leaves.
"""


def build_window(arguments: list[str]) -> MainWindow:
    """Make and show the whole window, without entering the event loop.

    Args:
        arguments: pictures and folders to open, as on the command line.
    """
    return _build(arguments)


def _build(arguments: list[str], is_page_deferred: bool = False) -> MainWindow:
    application = _application()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    start_logging()
    store, trouble = open_store()
    settings = Settings(store)
    look = _Look(application, settings)
    LAST_FOLDERS.keep_in(settings)
    workbench = Workbench(EngineClient(), Session(), settings, None)
    specs, absent = find_pages()
    paths = [Path(argument) for argument in arguments]
    window = MainWindow(workbench, specs, paths, is_page_deferred)
    reporter = CrashReporter(window)
    reporter.install()
    reporter.crashed.connect(window.show_crash)
    workbench.client.crashed.connect(reporter.report)
    window.closed.connect(reporter.remove)
    window.closed.connect(stop_logging)
    window.closed.connect(lambda: LAST_FOLDERS.keep_in(None))
    for owned in (look, workbench, workbench.client, workbench.session, settings):
        owned.setParent(window)
    if trouble or absent:
        workbench.problem.emit(trouble or absent)
    window.show()
    return window


def run_window(arguments: list[str]) -> int:
    """Show the window and stay until it is closed; returns the exit code."""
    begun_s = os.environ.pop(FIRST_PAINT, "")
    window = _build(arguments, is_page_deferred=True)
    log_qt_messages()
    if begun_s:
        stopwatch = _Stopwatch(float(begun_s), window)
        window.painted.connect(stopwatch.stop)
    for number in (signal.SIGINT, signal.SIGTERM):
        # Heard when Python next runs, which the memory display sees to every two seconds.
        signal.signal(number, lambda *_: window.close())
    gc.enable()
    # What the engine's start made lives as long as the program: to look through it for garbage
    # again and again would stop the interface for a tenth of a second each time.
    window.workbench.models_changed.connect(gc.freeze)
    code = QApplication.exec()
    if not window.ended_in_time or threading.active_count() > 1:
        # A worker or a source sits in a call that nothing can interrupt. Everything worth keeping
        # is on the disk, and the ordinary way out would wait for that call.
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
    return code


def _application() -> QApplication:
    # OpenCV's wheel points Qt at plugins of its own as soon as it is imported.
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    # The interface is English, so its numbers are too: 0.5, never 0,5.
    QLocale.setDefault(QLocale(QLocale.Language.English))
    application.setApplicationName("vision-workbench")
    application.setApplicationDisplayName(NAME)
    application.setWindowIcon(QIcon(str(ICON_FILE)))
    QGuiApplication.setDesktopFileName("vision-workbench")
    return application


class _Style(PlainTextStyle):
    """With rows in the popups of lists that a pointer hits, and no focus on what only scrolls."""

    def polish(self, thing: QWidget | QApplication | QPalette) -> None:  # type: ignore[override]
        super().polish(thing)
        if isinstance(thing, QComboBox):
            with_tall_rows(thing)
        if isinstance(thing, QScrollArea):
            thing.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the focus inside it


class _Look(QObject):
    """Keeps palette and style sheet as the settings and the system want them."""

    def __init__(self, application: QApplication, settings: Settings) -> None:
        super().__init__()
        self._application, self._settings = application, settings
        application.setStyle(_Style())
        THEME.changed.connect(self._apply)
        settings.changed.connect(self._on_setting)
        application.styleHints().colorSchemeChanged.connect(self._on_scheme)
        self._on_setting("theme")
        self._apply()

    @Slot(str)
    def _on_setting(self, name: str) -> None:
        if name != "theme":
            return
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        scheme = schemes.get(self._settings.theme, Qt.ColorScheme.Unknown)
        self._application.styleHints().setColorScheme(scheme)  # frames and native dialogs follow
        THEME.use(self._settings.theme)

    @Slot()
    def _on_scheme(self) -> None:
        THEME.use(self._settings.theme)

    @Slot()
    def _apply(self) -> None:
        self._application.setPalette(THEME.palette())
        sheet = style_sheet(THEME.tokens)
        if sheet != self._application.styleSheet():
            self._application.setStyleSheet(sheet)


class _Stopwatch(QObject):
    """Tells the start-up benchmark when the first paint was, and leaves."""

    def __init__(self, begun_s: float, window: MainWindow) -> None:
        super().__init__(window)
        self._begun_s, self._window = begun_s, window

    @Slot()
    def stop(self) -> None:
        passed_ms = (time.monotonic() - self._begun_s) * 1000
        sys.stderr.write(f"first paint after {passed_ms:.1f} ms\n")
        sys.stderr.flush()
        self._window.close()
