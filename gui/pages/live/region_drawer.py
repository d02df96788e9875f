"""Draws a zone or a counting line on the canvas with the mouse."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from engine.api.annotations import Point
from gui.theme import THEME
from gui.widgets.canvas import Canvas

RegionKind = Literal["line", "zone"]
NEAR_PX = 10.0
DOT_PX = 4.0
ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
NEAR_SHARE, FAR_SHARE = 0.01, 0.1
"""How far an arrow moves the next corner, as a share of the frame."""
MIDDLE: Point = (0.5, 0.5)


class RegionDrawer(QWidget):
    """Lies over the canvas while something is drawn.

    A line is dragged. A zone is clicked corner by corner; Enter, a double click, or a click on the
    first corner closes it, Backspace takes a corner back, Esc drops it. By keys, arrows move the
    next corner (with Shift far), Space sets it.
    """

    drawn = Signal(str, object)  # kind, tuple of points as shares of width and height, 0 to 1
    ended = Signal()  # drawn or dropped

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._kind: RegionKind | None = None
        self._points: list[Point] = []
        self._pointer: Point | None = None
        self.setObjectName("live.drawer")
        self.setAccessibleName("Draw a zone or a counting line")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        canvas.installEventFilter(self)
        self.hide()

    @property
    def kind(self) -> RegionKind | None:
        """What is being drawn."""
        return self._kind

    def begin(self, kind: RegionKind) -> None:
        """Take the mouse until something is drawn or dropped."""
        self._kind, self._points, self._pointer = kind, [], None
        self.setGeometry(self._canvas.rect())
        self.show()
        self.raise_()
        self.setFocus()
        self.update()

    def cancel(self) -> None:
        """Drop what is being drawn."""
        if self._kind is not None:
            self._end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Be as large as the canvas."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._canvas.rect())
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a line, or set a corner."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._kind == "zone" and len(self._points) >= 3:
            gap = event.position() - self._on_screen(self._points[0])
            if abs(gap.x()) + abs(gap.y()) < NEAR_PX:
                self._finish()
                return
        self._points.append(self._share(event.position()))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show where the next end would be."""
        self._pointer = self._share(event.position())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a line."""
        if self._kind != "line" or len(self._points) != 1:
            return
        start, end = self._on_screen(self._points[0]), event.position()
        if abs(end.x() - start.x()) + abs(end.y() - start.y()) < NEAR_PX:
            self._points.clear()  # a click is no line
            self.update()
            return
        self._points.append(self._share(end))
        self._finish()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Close a zone; its first click has set the last corner."""
        if self._kind == "zone":
            self._finish()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close, take back, drop."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self._end()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        elif key == Qt.Key.Key_Backspace and self._points:
            self._points.pop()
            self.update()
        elif key in ARROWS:
            across, down = ARROWS[key]
            self._move(across, down, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key == Qt.Key.Key_Space:
            self._set_corner()
        else:
            super().keyPressEvent(event)

    def _move(self, across: int, down: int, is_far: bool) -> None:
        x, y = self._pointer or MIDDLE
        step = FAR_SHARE if is_far else NEAR_SHARE
        x, y = x + across * step, y + down * step
        self._pointer = min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)
        self.update()

    def _set_corner(self) -> None:
        self._pointer = self._pointer or MIDDLE
        if self._points and self._pointer == self._points[-1]:
            return
        self._points.append(self._pointer)
        self.update()
        if self._kind == "line" and len(self._points) == 2:
            self._finish()

    def _finish(self) -> None:
        kind, points = self._kind, tuple(self._points)
        needed = 2 if kind == "line" else 3
        if len(set(points)) < needed:
            return
        self._end()
        self.drawn.emit(kind, points)

    def _end(self) -> None:
        self._kind, self._points = None, []
        self.hide()
        self._canvas.setFocus()
        self.ended.emit()

    def _share(self, position: QPointF) -> Point:
        area = self._canvas.picture_rect()
        x = (position.x() - area.left()) / max(area.width(), 1.0)
        y = (position.y() - area.top()) / max(area.height(), 1.0)
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def _on_screen(self, point: Point) -> QPointF:
        area: QRectF = self._canvas.picture_rect()
        return QPointF(area.left() + point[0] * area.width(), area.top() + point[1] * area.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the corners so far and the way to the pointer."""
        if not self._points and self._pointer is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        corners = [self._on_screen(point) for point in self._points]
        path = [*corners, self._on_screen(self._pointer)] if self._pointer else corners
        for colour, width in ((QColor(0, 0, 0, 160), 4.0), (QColor(255, 255, 255), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawPolyline(QPolygonF(path))
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
        painter.setBrush(QColor(THEME.tokens.accent))
        for corner in path:
            painter.drawEllipse(corner, DOT_PX, DOT_PX)
        painter.end()
