"""A plane of codes: points in class colours, what lies between them, and one place to drag."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from engine.api.class_colours import OKABE_ITO
from gui.theme import GRID_PX, THEME
from gui.widgets.rgb_images import as_image

Positions = NDArray[np.float32]

DOT_PX = 5.0
_AROUND_PLACE = (-18, -18, 18, 18)  # pixels
MARGIN = 0.08
ZOOM_STEP = 1.2
KEY_SHARE = 0.02
_TINTS = (100, 150, 65, 190)
MOST_LABELS = 24
HOVER_PX, HOVER_GAP_PX = 84, 14


def class_colours(count: int) -> list[QColor]:
    """Return colours that tell so many classes apart: seven hues, then tints of them."""
    return [
        QColor(OKABE_ITO[i % len(OKABE_ITO)]).lighter(_TINTS[i // len(OKABE_ITO) % len(_TINTS)])
        for i in range(count)
    ]


class LatentMap(QWidget):
    """Drag with the left button: `place_dragged` says where. Wheel zooms, double click fits."""

    place_dragged = Signal(float, float)
    place_released = Signal()
    place_hovered = Signal(float, float)
    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._positions: Positions = np.zeros((0, 2), np.float32)
        self._class_indices = np.zeros(0, np.int64)
        self._classes: Sequence[str] = ()
        self._current: tuple[float, float] | None = None
        self._background = QImage()
        self._background_rect = QRectF()
        self._view = QRectF(-3, -3, 6, 6)  # of the plane; y grows upwards
        self._wanted = QSizeF(6, 6)  # to be seen at least, whatever the proportions of the widget
        self._points = QPixmap()  # painted once, then copied
        self._text = ""
        self._is_dragging = False
        self._has_points = True
        self._is_pointed_at = False
        self._hovered = QImage()
        self._pointer = QPointF()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMinimumSize(20 * GRID_PX, 20 * GRID_PX)
        THEME.changed.connect(self._forget_points)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(50 * GRID_PX, 50 * GRID_PX)

    # What is shown

    def set_points(
        self,
        positions: Positions,
        class_indices: NDArray[np.int64],
        classes: Sequence[str],
        keeps_view: bool = False,
    ) -> None:
        """Show points (N, 2) and their classes; -1 has none. The view fits them, unless kept."""
        self._positions, self._class_indices, self._classes = positions, class_indices, classes
        if not keeps_view:
            self.fit()
        self._forget_points()

    def set_points_visible(self, is_visible: bool) -> None:
        """Show the points or what lies below them."""
        self._has_points = is_visible
        self.update()

    def set_background(self, pixels: NDArray[np.uint8] | None, rect: QRectF | None = None) -> None:
        """Show a picture (H, W, 3) behind the points, over a rectangle of the plane."""
        self._background = QImage() if pixels is None else as_image(pixels)
        self._background_rect = rect or QRectF()
        self.update()

    def set_current(self, place: tuple[float, float] | None) -> None:
        """Mark a place."""
        before, self._current = self._current, place
        # Only around the two: the points between need not be painted again.
        for one in (before, place):
            if one is not None:
                centre = self.to_screen(*one).toPoint()
                self.update(QRect(centre, centre).adjusted(*_AROUND_PLACE))

    def set_hovered(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a picture (H, W, 3) beside the pointer; one that comes late is left out."""
        self._hovered = QImage()
        if pixels is not None and self._is_pointed_at:
            self._hovered = as_image(pixels)
        self.update()

    @property
    def hovered(self) -> QImage:
        """The picture beside the pointer; null without one."""
        return self._hovered

    def set_empty_text(self, text: str) -> None:
        """Say why there are no points."""
        self._text = text
        self.update()

    @property
    def current(self) -> tuple[float, float] | None:
        """The marked place."""
        return self._current

    @property
    def view(self) -> QRectF:
        """The part of the plane that is seen; `top` is its smallest y."""
        return QRectF(self._view)

    @Slot()
    def fit(self) -> None:
        """See all points, with room around them."""
        if len(self._positions):
            low, high = self._positions.min(axis=0), self._positions.max(axis=0)
        else:
            low, high = np.full(2, -3.0), np.full(2, 3.0)
        middle, size = (low + high) / 2, np.maximum(high - low, 1e-3) * (1 + 2 * MARGIN)
        self._see(QPointF(float(middle[0]), float(middle[1])), float(size[0]), float(size[1]))

    def _see(self, middle: QPointF, width: float, height: float) -> None:
        """See at least so much around a place, both axes at one scale."""
        self._wanted = QSizeF(width, height)
        scale = max(width / max(1, self.width()), height / max(1, self.height()))
        seen = QSize(max(1, self.width()), max(1, self.height()))
        wide, high = seen.width() * scale, seen.height() * scale
        self._view = QRectF(middle.x() - wide / 2, middle.y() - high / 2, wide, high)
        self._forget_points()
        self.view_changed.emit()

    # From the plane to the screen and back

    def to_screen(self, x: float, y: float) -> QPointF:
        """Return where a place of the plane is in the widget."""
        return QPointF(
            (x - self._view.left()) / self._view.width() * self.width(),
            (1 - (y - self._view.top()) / self._view.height()) * self.height(),
        )

    def to_plane(self, point: QPointF) -> tuple[float, float]:
        """Return the place of the plane under a point of the widget."""
        return (
            self._view.left() + point.x() / self.width() * self._view.width(),
            self._view.top() + (1 - point.y() / self.height()) * self._view.height(),
        )

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the place under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_dragging, self._is_pointed_at = True, False
            self.set_hovered(None)
            self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        self._pointer = event.position()
        if self._is_dragging:
            self._go(event.position())
        else:
            self._is_pointed_at = True
            self.place_hovered.emit(*self.to_plane(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stay."""
        if self._is_dragging:
            self._is_dragging = False
            self.place_released.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        self._is_pointed_at = False
        self.set_hovered(None)
        super().leaveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See everything."""
        self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        steps = event.angleDelta().y() / 120
        if not steps:
            return
        factor = ZOOM_STEP**-steps
        x, y = self.to_plane(event.position())
        view = self._view
        self._wanted *= factor
        self._view = QRectF(
            x + (view.left() - x) * factor,
            y + (view.top() - y) * factor,
            view.width() * factor,
            view.height() * factor,
        )
        self._forget_points()
        self.view_changed.emit()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the place, with Shift five times as far."""
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or self._current is None:
            super().keyPressEvent(event)
            return
        is_far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        reach = KEY_SHARE * (5 if is_far else 1)
        self.place_dragged.emit(
            self._current[0] + step[0] * reach * self._view.width(),
            self._current[1] + step[1] * reach * self._view.height(),
        )
        self.place_released.emit()

    def _go(self, point: QPointF) -> None:
        self.place_dragged.emit(*self.to_plane(point))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep both axes at one scale."""
        super().resizeEvent(event)
        self._see(self._view.center(), self._wanted.width(), self._wanted.height())

    # Painting

    @Slot()
    def _forget_points(self) -> None:
        self._points = QPixmap()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what lies between, the points, and the place."""
        painter = QPainter(self)
        tokens = THEME.tokens
        painter.fillRect(self.rect(), QColor(tokens.canvas))
        if not self._background.isNull():
            rect = self._background_rect
            corners = (
                self.to_screen(rect.left(), rect.bottom()),
                self.to_screen(rect.right(), rect.top()),
            )
            painter.drawImage(QRectF(*corners), self._background)
        self._draw_axes(painter)
        if len(self._positions) and self._has_points:
            if self._points.isNull():
                self._points = self._painted_points()
            painter.drawPixmap(0, 0, self._points)
        if not len(self._positions) and self._background.isNull():
            painter.setPen(QColor(tokens.muted))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), flags, self._text)
        if self._current is not None:
            draw_place(painter, self.to_screen(*self._current))
        self._draw_hovered(painter)
        painter.setPen(QColor(tokens.accent if self.hasFocus() else tokens.line))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _draw_hovered(self, painter: QPainter) -> None:
        if self._hovered.isNull():
            return
        side = float(HOVER_PX)
        left, top = self._pointer.x() + HOVER_GAP_PX, self._pointer.y() + HOVER_GAP_PX
        # On the other side of the pointer where the edge would cut it.
        if left + side > self.width():
            left -= side + 2 * HOVER_GAP_PX
        if top + side > self.height():
            top -= side + 2 * HOVER_GAP_PX
        rect = QRectF(left, top, side, side)
        painter.drawImage(rect, self._hovered)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(THEME.tokens.accent), 2))
        painter.drawRect(rect)

    def _draw_axes(self, painter: QPainter) -> None:
        origin = self.to_screen(0, 0)
        painter.setPen(QColor(THEME.tokens.line))
        painter.drawLine(QPointF(0, origin.y()), QPointF(self.width(), origin.y()))
        painter.drawLine(QPointF(origin.x(), 0), QPointF(origin.x(), self.height()))

    def _painted_points(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = class_colours(max(1, len(self._classes)))
        for index in np.unique(self._class_indices).tolist():
            colour = QColor(THEME.tokens.muted) if index < 0 else colours[index % len(colours)]
            colour.setAlphaF(0.75)
            painter.setPen(QPen(colour, DOT_PX, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            chosen = self._positions[self._class_indices == index]
            painter.drawPoints([self.to_screen(x, y) for x, y in chosen.tolist()])
        if len(self._classes) <= MOST_LABELS:
            self._draw_labels(painter)
        painter.end()
        return pixmap

    def _draw_labels(self, painter: QPainter) -> None:
        """Write each class at the middle of its points: colours alone are not for all eyes."""
        font = QFont(self.font())
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.3)
        painter.setFont(font)
        for index, name in enumerate(self._classes):
            chosen = self._positions[self._class_indices == index]
            if not len(chosen):
                continue
            middle = self.to_screen(*np.median(chosen, axis=0).tolist())
            width = painter.fontMetrics().horizontalAdvance(name) + 8
            box = QRectF(middle.x() - width / 2, middle.y() - 11, width, 22)
            shade = QColor(THEME.tokens.surface)
            shade.setAlphaF(0.8)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(QColor(THEME.tokens.text))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), name)


def draw_place(painter: QPainter, centre: QPointF) -> None:
    """A ring with a cross that shows on light and on dark."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor("#000000"), 4.0), (QColor("#ffffff"), 2.0)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(centre, 8, 8)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            start = QPointF(centre.x() + 8 * dx, centre.y() + 8 * dy)
            painter.drawLine(start, QPointF(centre.x() + 14 * dx, centre.y() + 14 * dy))
