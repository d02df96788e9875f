"""A small picture on which a place is chosen, by the mouse or by the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.api.pictures import Picture
from gui.theme import THEME
from gui.widgets.rgb_images import as_image

MOST_HEIGHT_PX = 180
STEP = 0.02
"""Share of a side that an arrow key moves the place by; five times as much with Shift."""
ARM_PX = 9


class PlacePicker(QWidget):
    """Shows a picture with a cross; `place_chosen` carries the shares of width and height."""

    place_chosen = Signal(float, float)

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setToolTip("Click where to look; arrow keys move the place, with Shift farther.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._picture: Picture | None = None
        self._image = QImage()
        self._place = (0.5, 0.5)

    @property
    def place(self) -> tuple[float, float]:
        """Share of the width from the left and of the height from the top, 0 to 1."""
        return self._place

    def set_picture(self, picture: Picture | None) -> None:
        """Show a picture; None shows nothing."""
        if picture is self._picture:
            return
        self._picture = picture
        self._image = QImage()
        if picture is not None:
            # Every so many pixels are enough here, and a large picture would hold the window up.
            every = max(1, min(picture.pixels.shape[:2]) // (2 * MOST_HEIGHT_PX))
            self._image = as_image(picture.pixels[::every, ::every])
        self.updateGeometry()
        self.update()

    def set_place(self, across: float, down: float) -> None:
        """Show a place that was chosen elsewhere; not announced."""
        self._place = (across, down)
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the column allows."""
        return QSize(160, self.heightForWidth(160))

    def hasHeightForWidth(self) -> bool:
        """Whether the height follows the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height that keeps the picture's proportions."""
        if self._image.isNull():
            return 0
        height = round(width * self._image.height() / max(1, self._image.width()))
        return min(MOST_HEIGHT_PX, height)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the place under the pointer."""
        self._choose_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer while the button is held."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose_at(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the place by arrow keys."""
        directions = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        direction = directions.get(Qt.Key(event.key()))
        if direction is None:
            super().keyPressEvent(event)
            return
        step = 5 * STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        across, down = self._place
        self._choose(across + step * direction[0], down + step * direction[1])

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keys go."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the keys go elsewhere."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture and the cross, light on dark so that it is seen on both."""
        if self._image.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = self._frame()
        painter.drawImage(frame, self._image)
        at = frame.topLeft() + QPointF(
            self._place[0] * frame.width(), self._place[1] * frame.height()
        )
        for colour, width in ((QColor("black"), 4), (QColor("white"), 2)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(at - QPointF(ARM_PX, 0), at + QPointF(ARM_PX, 0))
            painter.drawLine(at - QPointF(0, ARM_PX), at + QPointF(0, ARM_PX))
        if self.hasFocus():
            painter.setPen(QPen(QColor(THEME.tokens.accent), 2))
            painter.drawRect(frame.adjusted(1, 1, -1, -1))
        painter.end()

    def _frame(self) -> QRectF:
        """Where the picture lies: in the middle, in its proportions."""
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF(
            (self.width() - size.width()) / 2,
            (self.height() - size.height()) / 2,
            size.width(),
            size.height(),
        )

    def _choose_at(self, position: QPointF) -> None:
        frame = self._frame()
        if not frame.isEmpty():
            across = (position.x() - frame.x()) / frame.width()
            self._choose(across, (position.y() - frame.y()) / frame.height())

    def _choose(self, across: float, down: float) -> None:
        place = (min(max(across, 0.0), 1.0), min(max(down, 0.0), 1.0))
        if place != self._place:
            self._place = place
            self.update()
            self.place_chosen.emit(*place)
