"""Panning and zooming by mouse, wheel, trackpad and touch."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture

from engine.api.annotations import Point
from gui.widgets.canvas.view_transform import ZOOM_STEP, ViewTransform

_NOTCH = 120  # eighths of a degree that one click of a mouse wheel reports
_SCROLL_PX = 64.0


class Navigation:
    """Changes the view; every method returns whether it did."""

    def __init__(self, view: ViewTransform) -> None:
        self._view = view
        self.wheel_zooms = True
        self.is_space_down = False
        self._dragged_from: Point | None = None

    @property
    def is_dragging(self) -> bool:
        """Whether the picture follows the mouse."""
        return self._dragged_from is not None

    def press(self, x: float, y: float) -> None:
        """Let the picture follow the mouse from here."""
        self._dragged_from = (x, y)

    def move(self, x: float, y: float) -> bool:
        """The mouse moved."""
        if self._dragged_from is None:
            return False
        self._view.pan(x - self._dragged_from[0], y - self._dragged_from[1])
        self._dragged_from = (x, y)
        return True

    def release(self) -> bool:
        """Let go."""
        was_dragging = self.is_dragging
        self._dragged_from = None
        return was_dragging

    def wheel(self, event: QWheelEvent) -> bool:
        """Zoom or scroll.

        A mouse wheel zooms (or scrolls, as set); two fingers on a trackpad scroll, with Ctrl they
        zoom; Shift turns scrolling sideways.
        """
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        pixels, angle = event.pixelDelta(), event.angleDelta()
        is_trackpad = _is_trackpad(event)
        if has_control or (self.wheel_zooms and not is_trackpad):
            notches = (angle.y() or angle.x()) / _NOTCH or pixels.y() / _SCROLL_PX
            return self._zoom(event.position(), ZOOM_STEP**notches)
        if is_trackpad and not pixels.isNull():
            dx, dy = float(pixels.x()), float(pixels.y())
        else:
            dx, dy = angle.x() / _NOTCH * _SCROLL_PX, angle.y() / _NOTCH * _SCROLL_PX
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not dx:
            dx, dy = dy, 0.0
        self._view.pan(dx, dy)
        return bool(dx or dy)

    def gesture(self, event: QEvent, to_view: QPoint) -> bool:
        """Zoom and pan by a pinch, from a trackpad or a touch screen.

        Args:
            to_view: the view's top-left corner on the screen.
        """
        if isinstance(event, QNativeGestureEvent):
            return self._native(event)
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                moved = pinch.centerPoint() - pinch.lastCenterPoint()
                self._view.pan(moved.x(), moved.y())
                return self._zoom(pinch.centerPoint() - QPointF(to_view), pinch.scaleFactor())
        return False

    def _native(self, event: QNativeGestureEvent) -> bool:
        kind = event.gestureType()
        if kind == Qt.NativeGestureType.ZoomNativeGesture:
            return self._zoom(event.position(), 1 + event.value())
        if kind == Qt.NativeGestureType.SmartZoomNativeGesture:
            is_close = self._view.mode == "free"
            self._view.fit() if is_close else self._zoom(event.position(), 1 / self._view.scale)
            return True
        return False

    def _zoom(self, at: QPointF, factor: float) -> bool:
        if factor <= 0 or factor == 1:
            return False
        self._view.zoom_at(at.x(), at.y(), self._view.scale * factor)
        return True


def _is_trackpad(event: QWheelEvent) -> bool:
    if event.device().type() == QInputDevice.DeviceType.TouchPad:
        return True
    return event.phase() != Qt.ScrollPhase.NoScrollPhase and not event.pixelDelta().isNull()
