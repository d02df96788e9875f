"""A dark sheet to draw a digit on with a light brush."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.theme import THEME
from gui.widgets.rgb_images import as_pixels

SIDE_PX = 140
BRUSH_PX = 11.0
"""As broad for the sheet as a stroke of MNIST for its 28 pixels."""

_KEPT = 50


class DrawingPad(QWidget):
    """Strokes by the left button; Ctrl+Z takes the last one back, Delete all of them."""

    drawn = Signal()  # a stroke has ended, or was taken back

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheet = QImage(SIDE_PX, SIDE_PX, QImage.Format.Format_RGB32)
        self._sheet.fill(Qt.GlobalColor.black)
        self._before: list[QImage] = []
        self._last: QPointF | None = None
        self.setFixedSize(QSize(SIDE_PX, SIDE_PX))
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        THEME.changed.connect(self.update)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not self._before

    def pixels(self) -> NDArray[np.uint8]:
        """Return the sheet as RGB uint8 (H, W, 3), light on dark."""
        return as_pixels(self._sheet)

    @Slot()
    def clear(self) -> None:
        """Wipe the sheet."""
        self._sheet.fill(Qt.GlobalColor.black)
        self._before.clear()
        self.update()

    @Slot()
    def undo(self) -> None:
        """Take the last stroke back."""
        if self._before:
            self._sheet = self._before.pop()
            self.update()
            self.drawn.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke with a dot."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._before = [*self._before[-_KEPT:], self._sheet.copy()]
        self._last = event.position()
        self._stroke(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it."""
        if self._last is not None:
            self._stroke(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        if self._last is not None:
            self._last = None
            self.drawn.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Undo and clear."""
        is_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Z and is_control:
            self.undo()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        else:
            super().keyPressEvent(event)

    def _stroke(self, to: QPointF) -> None:
        assert self._last is not None
        painter = QPainter(self._sheet)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(
            QPen(Qt.GlobalColor.white, BRUSH_PX, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        )
        if self._last == to:
            painter.drawPoint(to)
        else:
            painter.drawLine(self._last, to)
        painter.end()
        self._last = to
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sheet with a frame, and what it is for while it is empty."""
        painter = QPainter(self)
        painter.drawImage(0, 0, self._sheet)
        if self.is_empty and self._last is None:
            painter.setPen(QColor("#b8c0cc"))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(12, 12, -12, -12), flags, "Draw here")
        colour = THEME.tokens.accent if self.hasFocus() else THEME.tokens.line
        painter.setPen(QColor(colour))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
