"""The whole window, driven by mouse and keys as a person would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import skimage
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from gui.application import build_window

WAIT_MS = 60_000
WidgetT = TypeVar("WidgetT", bound=QWidget)


@pytest.fixture
def astronaut() -> Path:
    """A photograph with one face, which comes with scikit-image."""
    return Path(skimage.__file__).parent / "data" / "astronaut.png"


class Person:
    """Finds controls by their names and uses them."""

    def __init__(self, window: QMainWindow, qtbot: QtBot) -> None:
        self.window, self.bot = window, qtbot

    def find(self, kind: type[WidgetT], name: str) -> WidgetT:
        found = self.window.findChild(kind, name)
        assert found is not None, f"no {kind.__name__} named {name}"
        return found

    def press(self, name: str) -> None:
        button = self.find(QWidget, name)
        assert button.isEnabled(), f"{name} is disabled"
        self.bot.mouseClick(button, Qt.MouseButton.LeftButton)

    def until(self, holds: Callable[[], Any]) -> None:
        self.bot.waitUntil(lambda: bool(holds()), timeout=WAIT_MS)

    def drag(self, canvas: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with the left button; positions in pixels of the picture."""
        first, last = (canvas.map_to_screen(*point) for point in (start, end))
        self.bot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=_point(first))
        for part in (0.3, 0.7, 1.0):
            self.bot.mouseMove(canvas, _point(first + (last - first) * part))
        self.bot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=_point(last))

    def close(self) -> None:
        self.window.close()
        self.until(lambda: not self.window.isVisible())


def _point(position: QPointF) -> QPoint:
    return position.toPoint()


@pytest.fixture
def open_window(qtbot: QtBot) -> Iterator[Callable[..., Person]]:
    """Open the window with command line arguments; closed at the end of the test."""
    people: list[Person] = []

    def start(*arguments: Path | str) -> Person:
        window = build_window([str(argument) for argument in arguments])
        window.resize(1280, 800)
        window.show()
        qtbot.waitExposed(window)
        people.append(Person(window, qtbot))
        return people[-1]

    yield start
    for person in people:
        person.close()
        person.window.deleteLater()
