"""The Live page alone, with a real engine and the moving scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from engine.api.detection import Detections
from engine.api.live_session import LiveModel
from engine.api.tasks import TaskContext
from engine.live.chosen_model import ChosenModel
from engine.live.finder import Finder
from engine.live.frame_work import FrameWork
from gui.pages.live.page import LivePage
from tests.gui.pages.page_support import PersonAtCanvas

BOX = (100.0, 100.0, 200.0, 260.0)


def find_one_face(pixels: np.ndarray, context: TaskContext) -> tuple[Detections, None]:
    """A detector that answers at once: a face that stands still."""
    return Detections.of([BOX], [0.9], ("face",)), None


def make_quick(monkeypatch: Any) -> list[LiveModel]:
    """Let every detector answer at once; returns the models that are asked for."""
    asked: list[LiveModel] = []

    def detecting(work: Any, card: Any, chosen: ChosenModel, *rest: Any) -> Finder:
        asked.append(chosen.model)
        return Finder(find_one_face, "Quick")

    monkeypatch.setattr(FrameWork, "_detecting", detecting)
    return asked


class Watcher(PersonAtCanvas):
    """A person at the Live page."""

    def __init__(self, qtbot: QtBot, folder: Path, **rest: Any) -> None:
        super().__init__(qtbot, folder, LivePage, **rest)

    @property
    def answer(self) -> Any:
        return self.page._presenter.answer

    @property
    def analysis(self) -> Any:
        return self.page._inspector.analysis

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
