"""What a person does with any part of the window: find, press, drag, wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

WAIT_MS = 60_000  # only a failing test waits so long
WidgetT = TypeVar("WidgetT", bound=QWidget)


class Hands:
    """Finds controls by their names below a widget, and uses them."""

    def __init__(self, root: QWidget, qtbot: QtBot) -> None:
        self._root, self.bot = root, qtbot

    def find(self, kind: type[WidgetT], name: str) -> WidgetT:
        found = self._root.findChild(kind, name)
        assert found is not None, f"no {kind.__name__} named {name}"
        return found

    def press(self, name: str) -> None:
        button = self.find(QWidget, name)
        assert button.isEnabled(), f"{name} is disabled"
        self.bot.mouseClick(button, Qt.MouseButton.LeftButton)

    def until(self, holds: Callable[[], Any]) -> None:
        self.bot.waitUntil(lambda: bool(holds()), timeout=WAIT_MS)

    def drag_on(self, canvas: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with the left button; positions in pixels of the picture."""
        first, last = (QPointF(canvas.map_to_screen(*point)) for point in (start, end))
        self.bot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=first.toPoint())
        for part in (0.3, 0.7, 1.0):
            self.bot.mouseMove(canvas, (first + (last - first) * part).toPoint())
        self.bot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=last.toPoint())
