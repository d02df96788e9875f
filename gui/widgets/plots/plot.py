"""The plot that all others are made of: what a person does with pointer, keys and menu."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from gui.widgets.plots.crosshair import Reading, paint_reading
from gui.widgets.plots.menu import show_menu
from gui.widgets.plots.plot_frame import REDRAW_MS, PlotFrame
from gui.widgets.throttle import Throttle

_POINTER_EVENTS = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
    }
)


class Plot(PlotFrame):
    """Values over values. Subclasses fill it, say what it holds and what is read out at a place.

    A drag zooms to a rectangle, the wheel at the pointer, a double click shows all; keys: arrows
    move the crosshair, `+`, `-` and `0` zoom. Inside something that scrolls the wheel zooms only
    with Ctrl or while the plot has the focus.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shares_wheel = True
        self._reading: Reading | None = None
        self._pointer: QPointF | None = None
        self._reading_soon = Throttle(self._read_pointer, self, REDRAW_MS)

    # What subclasses say

    def read_at(self, place: QPointF) -> Reading | None:
        """Return what there is at a place of the view; None for nothing."""
        return None

    def read_next(self, reading: Reading | None, right: int, up: int) -> Reading | None:
        """Return what the crosshair comes to by an arrow key; None where it stays."""
        return None

    # Crosshair

    @property
    def reading(self) -> Reading | None:
        """What the crosshair says; None without one."""
        return self._reading

    def set_log(self, is_log: bool) -> None:
        """Put values on a logarithmic scale; the crosshair goes, as all places have moved."""
        super().set_log(is_log)
        self.set_reading(None)

    def centre_of_zoom(self) -> QPointF | None:
        """Return the crosshair's place."""
        return self._reading.place if self._reading else None

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the crosshair."""
        super().drawForeground(painter, rect)
        if self._reading is not None and not self.empty_text:
            area = self.box.sceneBoundingRect()
            paint_reading(painter, self._reading, area, self.box.mapViewToScene)

    # Pointer

    def set_reading(self, reading: Reading | None) -> None:
        """Put the crosshair somewhere, or take it away."""
        if reading != self._reading:
            self._reading = reading
            self.setAccessibleDescription(reading.text if reading else self.heading.value)
            self.viewport().update()

    def _read_pointer(self) -> None:
        if self._pointer is None:
            self.set_reading(None)
            return
        is_inside = self.box.sceneBoundingRect().contains(self._pointer) and not self.empty_text
        self.set_reading(
            self.read_at(QPointF(*self.to_plane(self._pointer))) if is_inside else None
        )

    def event(self, event: QEvent) -> bool:
        """Let events that are sent to the plot itself reach what is drawn in it."""
        if event.type() in _POINTER_EVENTS:
            return bool(self.viewportEvent(event))
        return bool(super().event(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read out what is under the pointer."""
        super().mouseMoveEvent(event)
        self._pointer = event.position() if not event.buttons() else None
        self._reading_soon.ask()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        super().leaveEvent(event)
        self._pointer = None
        self._reading_soon.ask()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See everything again."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset()
        super().mouseDoubleClickEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer, or leave the wheel to what is scrolled."""
        has_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        is_zoom = has_ctrl or self.hasFocus() or not (self.shares_wheel and self._is_in_scroller())
        if self.empty_text or not is_zoom:
            event.ignore()
            return
        super().wheelEvent(event)

    def _is_in_scroller(self) -> bool:
        parent = self.parentWidget()
        while parent is not None:
            if isinstance(parent, QAbstractScrollArea) and parent.verticalScrollBar().maximum() > 0:
                return True
            parent = parent.parentWidget()
        return False

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer scales and exports."""
        show_menu(self, event.globalPos())
        event.accept()

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the crosshair, zoom, reset."""
        actions = {
            Qt.Key.Key_Plus: self.zoom_in,
            Qt.Key.Key_Equal: self.zoom_in,
            Qt.Key.Key_Minus: self.zoom_out,
            Qt.Key.Key_0: self.reset,
        }
        arrows = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        is_far = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            event.ignore()
        elif key in actions:
            actions[key]()
        elif key in arrows and self._go(*arrows[key], 10 if is_far else 1):
            pass
        elif key == Qt.Key.Key_Escape and self._reading is not None:
            self.set_reading(None)
        else:
            event.ignore()

    def _go(self, right: int, up: int, times: int) -> bool:
        found = self.read_next(self._reading, right * times, up * times)
        if found is not None:
            self.set_reading(found)
        return found is not None

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keys go."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the frame and the crosshair away."""
        super().focusOutEvent(event)
        self.set_reading(None)
        self.viewport().update()
