"""A line across a canvas that can be dragged: one answer to its left, another to its right."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.canvas import Canvas

WIDTH_PX, KNOB_PX = 17, 13
_STEPS: dict[int, float] = {Qt.Key.Key_Left: -0.02, Qt.Key.Key_Right: 0.02}


class SplitHandle(QWidget):
    """Lies on a canvas at a share of the picture's width; follows zoom and pan.

    Drag it, or use the arrow keys; Home, End and a double click go to the ends and the middle.
    """

    moved = Signal(float)  # share of the picture's width, 0 to 1

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._share = 0.5
        self._is_dragged = False
        self._names = (self._plate("left"), self._plate("right"))
        self.setObjectName("split.handle")
        self.setAccessibleName("Where the one answer ends and the other begins")
        self.setToolTip("Drag, or use the arrow keys, to compare the two answers")
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        canvas.view_changed.connect(self.place)
        canvas.installEventFilter(self)
        THEME.changed.connect(self.update)
        self.set_shown(False)

    def _plate(self, side: str) -> QLabel:
        plate = QLabel(self._canvas)
        plate.setObjectName(f"split.{side}")
        plate.setProperty("class", "plate")
        plate.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        return plate

    @property
    def share(self) -> float:
        """Where it is, as a share of the picture's width."""
        return self._share

    def set_share(self, share: float) -> None:
        """Move it; 0 is the left edge of the picture."""
        share = min(max(share, 0.0), 1.0)
        if share != self._share:
            self._share = share
            self.place()
            self.moved.emit(share)

    def set_names(self, left: str, right: str) -> None:
        """Name the two answers."""
        for plate, name in zip(self._names, (left, right), strict=True):
            plate.setText(name)
            plate.adjustSize()
        self.place()

    def set_shown(self, is_shown: bool) -> None:
        """Show or hide the line and its names."""
        for part in (self, *self._names):
            part.setVisible(is_shown)
        self.place()

    @Slot()
    def place(self) -> None:
        """Go where the picture is on the screen now."""
        area = self._canvas.picture_rect()
        x = area.left() + self._share * area.width()
        seen = min(max(x, 0.0), float(self._canvas.width()))
        self.setGeometry(round(seen) - WIDTH_PX // 2, 0, WIDTH_PX, self._canvas.height())
        left, right = self._names
        left.move(round(seen) - WIDTH_PX // 2 - left.width(), GRID_PX)
        right.move(round(seen) + WIDTH_PX // 2, GRID_PX)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Be as high as the canvas."""
        if event.type() == QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take it up."""
        self._is_dragged = event.button() == Qt.MouseButton.LeftButton

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        if self._is_dragged:
            x = self.mapTo(self._canvas, event.position().toPoint()).x()
            area = self._canvas.picture_rect()
            self.set_share((x - area.left()) / max(area.width(), 1.0))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._is_dragged = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to the middle."""
        self.set_share(0.5)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by the arrow keys, Home and End."""
        if event.key() in _STEPS:
            self.set_share(self._share + _STEPS[event.key()])
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.set_share(float(event.key() == Qt.Key.Key_End))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line and its knob, visible on any picture."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, middle = WIDTH_PX / 2, self.height() / 2
        for colour, width in ((QColor(0, 0, 0, 160), 3.0), (QColor(255, 255, 255), 1.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        is_strong = self.hasFocus() or self._is_dragged
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
        painter.setBrush(QColor(THEME.tokens.accent) if is_strong else QColor(255, 255, 255))
        knob = QRectF(x - KNOB_PX / 2, middle - 2 * GRID_PX, KNOB_PX, 4 * GRID_PX)
        painter.drawRoundedRect(knob, KNOB_PX / 2, KNOB_PX / 2)
        painter.end()
