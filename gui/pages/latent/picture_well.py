"""A place that holds one code with its picture: codes are dropped into it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from gui.pages.latent.picture_grid import code_from_mime
from gui.theme import THEME
from gui.widgets.rgb_images import as_image

SIDE_PX = 120
TITLE_PX = 24


class PictureWell(QWidget):
    """Titled; empty until a code arrives. A click, Space or Enter asks for the current code."""

    code_dropped = Signal(object)  # code (Z,)
    clicked = Signal()

    def __init__(self, title: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._hint = title, hint
        self._image = QImage()
        self._is_target = False
        self.code: NDArray[np.float32] | None = None
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(QSize(SIDE_PX + 4, SIDE_PX + TITLE_PX + 4))
        self.setToolTip(hint)
        THEME.changed.connect(self.update)

    def set_code(self, code: NDArray[np.float32] | None) -> None:
        """Hold a code; its picture follows."""
        self.code = code
        self._image = QImage()
        self.update()

    def set_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show the picture of the code, RGB (H, W, 3)."""
        self._image = QImage() if pixels is None else as_image(pixels)
        self.update()

    @property
    def image(self) -> QImage:
        """What is shown; null while empty."""
        return self._image

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take codes."""
        if code_from_mime(event.mimeData()) is not None:
            event.acceptProposedAction()
            self._is_target = True
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Look as before."""
        self._is_target = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand the code on to the page, which knows whether it fits the model."""
        self._is_target = False
        self.update()
        code = code_from_mime(event.mimeData())
        if code is not None:
            event.acceptProposedAction()
            self.code_dropped.emit(code)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ask for the current code."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The same by the keyboard."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title, frame and picture."""
        painter = QPainter(self)
        tokens = THEME.tokens
        frame = QRect(2, TITLE_PX + 2, SIDE_PX, SIDE_PX)
        painter.setPen(QColor(tokens.text))
        centre = int(Qt.AlignmentFlag.AlignCenter)
        painter.drawText(QRect(0, 0, self.width(), TITLE_PX), centre, self._title)
        painter.fillRect(frame, QColor(tokens.canvas))
        if not self._image.isNull():
            painter.drawImage(frame, self._image)
        elif self.code is None:
            painter.setPen(QColor(tokens.muted))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(frame.adjusted(8, 8, -8, -8), flags, self._hint)
        is_marked = self._is_target or self.hasFocus()
        colour = tokens.accent if is_marked else tokens.line
        painter.setPen(QPen(QColor(colour), 2 if is_marked else 1))
        painter.drawRect(frame)
        painter.end()
