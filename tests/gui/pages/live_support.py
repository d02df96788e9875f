"""The Live page alone, with a real engine and the moving scene."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QSettings, Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

import engine.live.frame_work
import engine.models
from engine.api.detection import Detections
from engine.api.live_session import LiveModel
from engine.api.tasks import TaskContext
from engine.core.registry import MODELS
from gui.bridge.engine_client import EngineClient
from gui.document.session import Session
from gui.pages.live.page import LivePage
from gui.settings import Settings
from gui.workbench import Workbench

WAIT_MS = 30_000
BOX = (100.0, 100.0, 200.0, 260.0)
WidgetT = TypeVar("WidgetT", bound=QWidget)


def find_one_face(pixels: np.ndarray, context: TaskContext) -> tuple[Detections, None]:
    """A detector that answers at once: a face that stands still."""
    return Detections.of([BOX], [0.9], ("face",)), None


def make_quick(monkeypatch: Any) -> list[LiveModel]:
    """Let every detector answer at once; returns the models that are asked for."""
    asked: list[LiveModel] = []

    def detecting(work: Any, card: Any, model: LiveModel) -> Any:
        asked.append(model)
        return find_one_face

    monkeypatch.setattr(engine.live.frame_work.FrameWork, "_detecting", detecting)
    return asked


class Watcher:
    """A person at the Live page."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.bot, self.folder = qtbot, folder
        self.client = EngineClient()
        self.session = Session()
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        self.settings = Settings(store)
        self.bench = Workbench(self.client, self.session, self.settings, None)
        self.bench.models = tuple(MODELS)
        self.problems: list[str] = []
        self.messages: list[str] = []
        self.crashes: list[Exception] = []
        self.client.failed.connect(lambda error: self.problems.append(str(error)))
        self.client.crashed.connect(self.crashes.append)
        self.bench.problem.connect(self.problems.append)
        self.bench.message.connect(self.messages.append)
        self.page = LivePage(self.bench)
        self.page.resize(1280, 720)
        self.page.show()
        qtbot.waitExposed(self.page)

    @property
    def canvas(self) -> Any:
        return self.page._canvas

    @property
    def answer(self) -> Any:
        return self.page._presenter.answer

    @property
    def analysis(self) -> Any:
        return self.page._inspector.analysis

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

    def start_scene(self) -> None:
        """Start the moving scene and wait for the first answer."""
        self.press("live.first_run")
        self.until(lambda: self.answer is not None)

    def open_address(self, address: str) -> None:
        self.page._chooser.choose_kind("address")
        self.find(QLineEdit, "live.address").setText(address)
        self.press("live.start")

    def at(self, x: float, y: float) -> QPoint:
        """Where a share of the picture's width and height is on the canvas."""
        area = self.canvas.picture_rect()
        return QPoint(round(area.x() + x * area.width()), round(area.y() + y * area.height()))

    def drag(self, start: QPoint, end: QPoint) -> None:
        drawer = self.page._drawer
        self.bot.mousePress(drawer, Qt.MouseButton.LeftButton, pos=start)
        self.bot.mouseMove(drawer, end)
        self.bot.mouseRelease(drawer, Qt.MouseButton.LeftButton, pos=end)

    def marks(self, layer: str) -> tuple[Any, ...]:
        return self.canvas._stage.layers._layers[layer].marks

    def close(self) -> None:
        """Close as the window does: the workers first, then what the page holds."""
        self.client.shut_down()
        self.bench.work_ended.emit()
        self.page.hide()
        for thing in (self.page, self.bench, self.session, self.client, self.settings):
            thing.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
