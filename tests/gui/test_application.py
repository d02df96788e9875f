from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QPlainTextEdit,
)
from pytestqt.qtbot import QtBot

import engine.service
import gui.theme
from engine.api.devices import DeviceCard, ListDevices
from engine.api.models import ListModels
from engine.api.tasks import TaskContext
from engine.api.traces import ListTraces
from gui.application import build_window
from gui.log import log_file
from gui.main_window import MainWindow
from gui.settings import Settings, open_store
from gui.theme import DARK, LIGHT, THEME
from gui.widgets.crash_dialog import CrashDialog
from gui.widgets.device_menu import DeviceMenu
from gui.widgets.notice import Notice
from gui.window.credits import credited_libraries
from gui.window.page_scan import find_pages
from tests.gui.controls import controls
from tests.patient_bot import WAIT_S

ROOT = Path(__file__).parents[2]
real_execute = engine.service.execute


def quick_execute(request: Any, context: TaskContext) -> Any:
    """The engine without its slow start."""
    answers: dict[type, Any] = {
        ListModels: (),
        ListTraces: (),
        ListDevices: (DeviceCard("cpu", "CPU (2 threads)", 10**9, 0),),
    }
    if type(request) in answers:
        return answers[type(request)]
    return real_execute(request, context)


Make = Callable[..., MainWindow]


@pytest.fixture
def make(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(engine.service, "execute", quick_execute)
    windows: list[MainWindow] = []

    def build(*arguments: str) -> MainWindow:
        window = build_window(list(arguments))
        windows.append(window)
        qtbot.addWidget(window)
        qtbot.waitUntil(lambda: bool(window.findChild(DeviceMenu).devices))
        return window

    yield build
    for window in windows:
        window.close()
    QApplication.instance().setStyleSheet("")
    THEME.use("light")


def run_python(code: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    environment |= {"QT_QPA_PLATFORM": "offscreen", "HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=5 * WAIT_S,
        check=False,
    )


def test_nothing_heavy_is_loaded_at_the_first_paint(tmp_path: Path) -> None:
    code = """
import sys
from gui.application import build_window, QApplication
window = build_window([])
def look():
    heavy = {"torch", "torchvision", "cv2", "pyqtgraph", "matplotlib", "scipy", "skimage"}
    print(sorted(heavy & set(sys.modules)), window.isVisible(), window.pages.current_key)
    window.close()
window.painted.connect(look)
QApplication.exec()
"""
    done = run_python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] == "[] True images", done.stderr


def test_pages_and_what_answers_requests_are_loaded_after_the_first_paint(tmp_path: Path) -> None:
    code = """
import sys
import gui.application as application
build = application._build
light = ("class_colours", "devices", "errors", "pictures", "regular_files", "tasks", "version")
light += ("wording",)
allowed = {f"engine.api.{name}" for name in light}
later = ("numpy", "gui.pages.", "gui.widgets.canvas", "engine.service", "engine.api.")
def build_and_look(arguments, is_page_deferred):
    window = build(arguments, is_page_deferred)
    def look():
        loaded = {name for name in sys.modules if name.startswith(later)}
        loaded -= {spec.factory.__module__ for spec in window.pages.specs.values()}
        print(sorted(loaded - allowed))
        window.close()
    window.painted.connect(look)
    return window
application._build = build_and_look
sys.exit(application.run_window([]))
"""
    done = run_python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]", done.stderr


def test_modules_with_classes_of_qt_are_loaded_on_the_interface_thread_alone(
    tmp_path: Path,
) -> None:
    code = """
import importlib.abc, sys, threading
elsewhere = []
class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        is_of_qt = name.partition(".")[0] in ("gui", "PySide6", "pyqtgraph")
        if is_of_qt and threading.current_thread() is not threading.main_thread():
            elsewhere.append(name)
sys.meta_path.insert(0, Watch())
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from gui.application import build_window
from gui.window.plot_loading import PLOTS
window = build_window([])
window.show()
watch = QTimer(interval=0)
watch.timeout.connect(lambda: PLOTS in sys.modules and QApplication.exit())
watch.start()
QApplication.exec()
window.close()
print(elsewhere)
"""
    result = run_python(code, tmp_path)
    assert (result.returncode, result.stdout.split("\n")[-2]) == (0, "[]"), result.stderr


def test_the_program_ends_though_a_worker_is_stuck(tmp_path: Path) -> None:
    code = """
import sys, threading
import engine.service, gui.main_window
from PySide6.QtCore import Qt, QTimer
gui.main_window.SHUT_DOWN_S = 0.1
entered = threading.Event()
def stuck(request, context):
    entered.set()
    threading.Event().wait()  # for ever, and deaf to cancelling
engine.service.execute = stuck
import gui.application as application
build = application._build
def build_and_close(arguments, is_page_deferred):
    window = build(arguments, is_page_deferred)
    window.painted.connect(lambda: QTimer.singleShot(0, lambda: (entered.wait(60), window.close())))
    return window
application._build = build_and_close
sys.exit(application.run_window([]))
"""
    done = run_python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_the_program_ends_though_a_source_is_stuck_and_has_left_a_thread_of_its_own(
    tmp_path: Path,
) -> None:
    code = """
import sys, threading
import engine.live.sources as sources
from engine.api.live import CameraSource
from PySide6.QtCore import QTimer
entered = threading.Event()
def stuck(source):
    threading.Thread(target=threading.Event().wait).start()  # Python would wait for it at its end
    entered.set()
    threading.Event().wait()
sources.CameraReader = stuck
import gui.application as application
build = application._build
def build_and_run(arguments, is_page_deferred):
    window = build(arguments, is_page_deferred)
    def begin():
        if "live" not in window.pages.specs:
            return
        watch.stop()
        window.pages.show_page("live")
        window.pages.page("live").open(CameraSource())
        look.start()
    watch, look = QTimer(window, interval=0), QTimer(window, interval=0)
    watch.timeout.connect(begin)
    look.timeout.connect(lambda: entered.is_set() and window.close())
    window.painted.connect(watch.start)
    return window
application._build = build_and_run
sys.exit(application.run_window([]))
"""
    done = run_python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_settings_file_is_named_and_the_defaults_serve(make: Make) -> None:
    store, _ = open_store()
    path = Path(store.fileName())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x00\x01\x02 not settings")
    window = make()
    assert path.name in window.findChild(Notice).text
    assert window.workbench.settings.theme == "system"


def test_the_chosen_theme_is_used_and_changes_at_once(make: Make) -> None:
    store, _ = open_store()
    settings = Settings(store)
    settings.theme = "dark"
    settings.flush()
    window = make()
    assert THEME.tokens is DARK
    ground = window.palette().window().color().name()
    assert ground == DARK.window
    window.workbench.settings.theme = "light"
    assert THEME.tokens is not DARK
    assert window.palette().window().color().name() == THEME.tokens.window


def test_the_window_follows_the_system_from_light_to_dark(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make()
    assert window.workbench.settings.theme == "system"
    hints = QApplication.styleHints()
    for scheme, tokens in ((Qt.ColorScheme.Dark, DARK), (Qt.ColorScheme.Light, LIGHT)):
        system = SimpleNamespace(colorScheme=lambda scheme=scheme: scheme)
        stand_in = SimpleNamespace(styleHints=lambda system=system: system)
        monkeypatch.setattr(gui.theme, "QGuiApplication", stand_in)
        hints.colorSchemeChanged.emit(scheme)
        assert window.palette().window().color().name() == tokens.window


@pytest.mark.qt_no_exception_capture
def test_a_bug_in_a_slot_shows_its_traceback_and_the_window_lives_on(
    make: Make, qtbot: QtBot
) -> None:
    window = make()

    def broken_slot() -> None:
        raise KeyError("bug in a slot")

    QTimer.singleShot(0, broken_slot)
    qtbot.waitUntil(lambda: window.findChild(CrashDialog) is not None)
    text = window.findChild(QPlainTextEdit, "crash.text").toPlainText()
    assert "bug in a slot" in text
    assert "broken_slot" in text
    assert "bug in a slot" in log_file().read_text(encoding="utf-8")
    window.findChild(CrashDialog).close()
    assert window.isVisible()
    window.workbench.page_wanted.emit("detect")
    assert window.pages.current_key == "detect"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_a_thread_shows_its_traceback(make: Make, qtbot: QtBot) -> None:
    window = make()
    thread = threading.Thread(target=lambda: 1 // 0, name="other")
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: window.findChild(CrashDialog) is not None)
    text = window.findChild(QPlainTextEdit, "crash.text").toPlainText()
    assert "ZeroDivisionError" in text
    window.findChild(CrashDialog).close()


def test_a_closed_window_gives_the_hooks_back(make: Make) -> None:
    before = sys.excepthook, threading.excepthook
    window = make()
    assert sys.excepthook != before[0]
    window.close()
    assert (sys.excepthook, threading.excepthook) == before


def test_every_page_of_the_program_is_found_and_can_be_shown(make: Make) -> None:
    specs, absent = find_pages()
    assert absent == ""
    assert {"images", "detect"} <= {spec.key for spec in specs}
    assert [spec.order for spec in specs] == sorted(spec.order for spec in specs)
    window = make()
    for spec in specs:
        window.pages.show_page(spec.key)
        assert window.pages.current_key == spec.key
        assert type(window.pages.currentWidget()).__name__ != "EmptyState", spec.key


def test_every_control_of_every_page_has_its_two_names(make: Make) -> None:
    window = make()
    nameless = []
    for key in window.pages.specs:
        window.pages.show_page(key)
        nameless += [
            f"{key}: {type(widget).__name__} {widget.objectName()!r} {widget.accessibleName()!r}"
            for widget in controls(window)
            if not (widget.objectName() and widget.accessibleName())
        ]
    assert nameless == []


def test_every_required_library_is_credited() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    required = {line.partition("==")[0] for line in lines if "==" in line}
    assert required <= {library.name for library in credited_libraries()}
    assert all(library.licence for library in credited_libraries())
