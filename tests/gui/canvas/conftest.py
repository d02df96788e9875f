"""A canvas on the screen, and a hand that works on it in picture coordinates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.api.annotations import Shape
from engine.api.pictures import Picture
from gui.document.picture_document import PictureDocument
from gui.widgets.canvas import Canvas

Point = tuple[float, float]
NO_KEYS = Qt.KeyboardModifier.NoModifier
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class Hand:
    """Mouse and keyboard over a canvas; points are picture pixels unless they say screen."""

    def __init__(self, canvas: Canvas, document: PictureDocument) -> None:
        self.canvas, self.document = canvas, document

    def screen(self, point: Point) -> QPoint:
        return self.canvas.map_to_screen(*point).toPoint()

    def reached(self, point: Point) -> Point:
        """The picture point of the whole screen pixel that the hand can hit."""
        place = self.canvas.map_to_picture(QPointF(self.screen(point)))
        return place.x(), place.y()

    def move(
        self,
        point: Point,
        keys: Qt.KeyboardModifier = NO_KEYS,
        button: Qt.MouseButton = Qt.MouseButton.NoButton,
    ) -> None:
        self.move_on_screen(self.screen(point), keys, button)

    def move_on_screen(
        self,
        place: QPoint,
        keys: Qt.KeyboardModifier = NO_KEYS,
        button: Qt.MouseButton = Qt.MouseButton.NoButton,
    ) -> None:
        position = QPointF(place)
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            position,
            self.canvas.mapToGlobal(position),
            Qt.MouseButton.NoButton,
            button,
            keys,
        )
        QApplication.sendEvent(self.canvas, event)

    def press(
        self, point: Point, keys: Qt.KeyboardModifier = NO_KEYS, button: Qt.MouseButton = LEFT
    ) -> None:
        self.move(point, keys)
        QTest.mousePress(self.canvas, button, keys, self.screen(point))

    def release(
        self, point: Point, keys: Qt.KeyboardModifier = NO_KEYS, button: Qt.MouseButton = LEFT
    ) -> None:
        QTest.mouseRelease(self.canvas, button, keys, self.screen(point))

    def click(self, point: Point, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        self.press(point, keys)
        self.release(point, keys)

    def double_click(self, point: Point) -> None:
        self.click(point)
        QTest.mouseDClick(self.canvas, LEFT, NO_KEYS, self.screen(point))

    def drag(
        self,
        start: Point,
        end: Point,
        keys: Qt.KeyboardModifier = NO_KEYS,
        button: Qt.MouseButton = LEFT,
    ) -> None:
        """Press, move in three steps, let go; the screen's places are those of the beginning."""
        first, last = self.screen(start), self.screen(end)
        self.move_on_screen(first, keys)
        QTest.mousePress(self.canvas, button, keys, first)
        for part in (0.3, 0.7, 1.0):
            self.move_on_screen(first + (last - first) * part, keys, button)
        QTest.mouseRelease(self.canvas, button, keys, last)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.keyClick(self.canvas, key, keys)

    def wheel(
        self,
        point: Point,
        notches: float,
        keys: Qt.KeyboardModifier = NO_KEYS,
        pixels: QPoint | None = None,
    ) -> None:
        position = QPointF(self.screen(point))
        phase = Qt.ScrollPhase.ScrollUpdate if pixels else Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(
            position,
            self.canvas.mapToGlobal(position),
            pixels or QPoint(0, 0),
            QPoint(0, round(120 * notches)),
            Qt.MouseButton.NoButton,
            keys,
            phase,
            False,
        )
        QApplication.sendEvent(self.canvas, event)

    def colour(self, point: Point) -> QColor:
        """What is painted at a picture point."""
        image = self.canvas.grab().toImage()
        place = self.canvas.map_to_screen(*point)
        ratio = image.devicePixelRatio()
        return image.pixelColor(int(place.x() * ratio), int(place.y() * ratio))

    def boxes(self) -> list[tuple[float, float, float, float]]:
        return [shape.box_xyxy for shape in self.document.shapes]


def grey(width: int = 400, height: int = 300, value: int = 100) -> Picture:
    return Picture(np.full((height, width, 3), value, np.uint8), None, "RGB")


MakeHand = Callable[..., Hand]


@pytest.fixture
def make_hand(qtbot: QtBot) -> MakeHand:
    """Put shapes on a grey picture of 400 x 300 pixels, seen at 200 %."""

    def make(*shapes: Shape, picture: Picture | None = None, scale: float = 2.0) -> Hand:
        canvas = Canvas()
        qtbot.addWidget(canvas)
        canvas.resize(840, 640)
        document = PictureDocument(None, shapes, parent=canvas)
        document.set_picture(picture or grey())
        canvas.set_document(document)
        canvas.show()
        canvas.zoom_to(scale)
        canvas.setFocus()
        return Hand(canvas, document)

    return make


@pytest.fixture
def hand(make_hand: MakeHand) -> Hand:
    """A hand over a picture without shapes."""
    return make_hand()
