"""What a person does with any part of the window: find, press, drag, wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

WidgetT = TypeVar("WidgetT", bound=QWidget)


def drag_over(
    view: QAbstractScrollArea,
    start: QPoint,
    end: QPoint,
    button: Qt.MouseButton = Qt.MouseButton.LeftButton,
) -> None:
    """Drag in a graphics view; movements carry the pressed button, as those of a mouse do."""
    none = Qt.MouseButton.NoButton
    _send(view, QEvent.Type.MouseButtonPress, start, button, button)
    for place in (start + (end - start) * 0.5, end):
        _send(view, QEvent.Type.MouseMove, place, none, button)
    _send(view, QEvent.Type.MouseButtonRelease, end, button, none)


def point_at(view: QAbstractScrollArea, place: QPoint) -> None:
    """Move the pointer over a graphics view, wherever the cursor of the screen is."""
    none = Qt.MouseButton.NoButton
    _send(view, QEvent.Type.MouseMove, place, none, none)


def _send(
    view: QAbstractScrollArea,
    kind: QEvent.Type,
    place: QPoint,
    button: Qt.MouseButton,
    held: Qt.MouseButton,
) -> None:
    local, there = QPointF(place), QPointF(view.viewport().mapToGlobal(place))
    event = QMouseEvent(kind, local, there, button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view.viewport(), event)


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

    def choose(self, name: str, data: object) -> None:
        """Choose an entry of a list by the arrow keys."""
        box = self.find(QComboBox, name)
        self.until(lambda: box.findData(data) >= 0)
        self.bot.keyClick(box, Qt.Key.Key_Home)
        for _ in range(box.count()):
            if box.currentData() != data:
                self.bot.keyClick(box, Qt.Key.Key_Down)
        assert box.currentData() == data, f"{name} shows {box.currentData()}"

    def until(self, holds: Callable[[], Any]) -> None:
        self.bot.waitUntil(lambda: bool(holds()))

    def drag_on(self, canvas: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with the left button; positions in pixels of the picture."""
        first, last = (QPointF(canvas.map_to_screen(*point)) for point in (start, end))
        self.bot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=first.toPoint())
        for part in (0.3, 0.7, 1.0):
            self.bot.mouseMove(canvas, (first + (last - first) * part).toPoint())
        self.bot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=last.toPoint())
