"""One page alone, with a real engine and a session of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QSettings, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import engine.models  # noqa: F401  fills the registry
from engine.core.registry import MODELS
from gui.bridge.engine_client import EngineClient
from gui.document.session import Session
from gui.settings import Settings
from gui.workbench import Workbench

WAIT_MS = 30_000
WidgetT = TypeVar("WidgetT", bound=QWidget)


class Person:
    """Somebody at one page: presses, waits, and remembers what was told."""

    def __init__(self, qtbot: QtBot, folder: Path, page_type: Callable[[Workbench], Any]) -> None:
        self.bot, self.folder = qtbot, folder
        self.client = EngineClient()
        self.session = Session()
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.settings = Settings(store)
        self.bench = Workbench(self.client, self.session, self.settings, None)
        self.bench.models = tuple(MODELS)
        self.requests: list[Any] = []
        self.problems: list[str] = []
        self.messages: list[str] = []
        self.crashes: list[Exception] = []
        self.client.task_started.connect(lambda task: self.requests.append(task.request))
        self.client.failed.connect(lambda error: self.problems.append(str(error)))
        self.client.crashed.connect(self.crashes.append)
        self.bench.problem.connect(self.problems.append)
        self.bench.message.connect(self.messages.append)
        self.page = page_type(self.bench)
        self.page.resize(1280, 720)
        self.page.show()
        qtbot.waitExposed(self.page)

    @property
    def canvas(self) -> Any:
        return self.page._canvas

    def marks(self, layer: str) -> tuple[Any, ...]:
        return self.canvas._stage.layers._layers[layer].marks

    def find(self, kind: type[WidgetT], name: str) -> WidgetT:
        found = self.page.findChild(kind, name)
        assert found is not None, f"no {kind.__name__} named {name}"
        return found

    def press(self, name: str) -> None:
        button = self.find(QWidget, name)
        assert button.isEnabled(), f"{name} is disabled"
        self.bot.mouseClick(button, Qt.MouseButton.LeftButton)

    def until(self, holds: Callable[[], Any]) -> None:
        self.bot.waitUntil(lambda: bool(holds()), timeout=WAIT_MS)

    def close(self) -> None:
        """Close as the window does: the workers first, then what the page holds."""
        self.client.shut_down()
        self.bench.work_ended.emit()
        self.page.hide()
        for thing in (self.page, self.bench, self.session, self.client, self.settings):
            thing.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
