"""A window with pages and answers of its own, so that the window alone is tested."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QMenu,
    QPushButton,
    QSplitter,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.api.devices import DeviceCard, ListDevices
from engine.api.models import ListModels, ModelCard
from engine.api.tasks import TaskContext
from engine.api.traces import ListTraces
from gui.bridge.engine_client import EngineClient
from gui.document.session import Session
from gui.main_window import MainWindow
from gui.settings import Settings
from gui.widgets.device_menu import DeviceMenu
from gui.widgets.page_actions import add_page_actions
from gui.workbench import PageSpec, Workbench

DEVICES = (DeviceCard("cuda:0", "Some GPU", 10**10, 10**9), DeviceCard("cpu", "CPU", 10**9, 0))
MODEL = ModelCard("one", "One", "detection", "family", "paper", "summary", object)

Make = Callable[..., MainWindow]


@dataclass(frozen=True)
class Blocking:
    gate: threading.Event
    caption: str = "Blocking"


@dataclass(frozen=True)
class Broken:
    error: Exception | None  # None where it goes well


def fake_execute(request: Any, context: TaskContext) -> Any:
    if isinstance(request, Blocking):
        while not request.gate.wait(0.005):
            context.raise_if_cancelled()
        return "through"
    if isinstance(request, Broken):
        if request.error is not None:
            raise request.error
        return "through"
    answers = {ListModels: (MODEL,), ListTraces: (), ListDevices: DEVICES}
    return answers[type(request)]


class Page(QWidget):
    def __init__(self, key: str, workbench: Workbench) -> None:
        super().__init__()
        self.opened: list[tuple[Path, ...]] = []
        self.may_close = True
        self.times_run = 0
        workbench.open_wanted.connect(self.opened.append)
        button = QPushButton("Run", self)
        button.setObjectName(f"{key}.run")
        button.setAccessibleName("Run")
        self.splitter = QSplitter(self)
        self.splitter.setObjectName(f"{key}.splitter")
        self.splitter.addWidget(QWidget())
        self.splitter.addWidget(QWidget())
        self.splitter.resize(400, 20)
        add_page_actions(self, [(f"Run {key}", "Ctrl+Return", self.count)])

    def count(self) -> None:
        self.times_run += 1

    def closing(self) -> bool:
        return self.may_close


def new_window(store: Path, paths: Sequence[Path], has_seen_tour: bool) -> MainWindow:
    """Return a window of two pages whose settings lie in `store`."""
    settings = Settings(QSettings(str(store), QSettings.Format.IniFormat))
    settings.has_seen_tour = has_seen_tour
    workbench = Workbench(EngineClient(), Session(), settings, None)
    specs = [
        PageSpec("images", "Images", "mdi6.image-outline", 10, lambda b: Page("images", b)),
        PageSpec("detect", "Detect", "mdi6.magnify", 20, lambda b: Page("detect", b)),
    ]
    return MainWindow(workbench, specs, tuple(paths))


def started(qtbot: QtBot, window: MainWindow) -> MainWindow:
    qtbot.waitUntil(lambda: bool(window.findChild(DeviceMenu).devices))
    return window


def page(window: MainWindow, key: str) -> Page:
    found = window.pages.page(key)
    assert isinstance(found, Page)
    return found


def act(window: MainWindow, name: str) -> QAction:
    found = window.findChild(QAction, f"action.{name}")
    assert found is not None, name
    return found


def all_actions(window: MainWindow) -> list[QAction]:
    found: list[QAction] = []
    waiting = [action.menu() for action in window.menuBar().actions()]
    while waiting:
        menu = waiting.pop()
        if isinstance(menu, QMenu):
            found += [action for action in menu.actions() if action.menu() is None]
            waiting += [action.menu() for action in menu.actions() if action.menu() is not None]
    return found
