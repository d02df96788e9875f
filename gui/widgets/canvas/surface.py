"""The canvas's ears and eyes: turns Qt's events into what tools, keyboard and navigation know."""

from __future__ import annotations

import logging

from PySide6.QtCore import QEvent, QPoint, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from engine.api.annotations import Point
from gui.theme import SMALL_PT, THEME
from gui.widgets.canvas.canvas_painter import CanvasPainter
from gui.widgets.canvas.context_menu import make_menu
from gui.widgets.canvas.keyboard import Keyboard
from gui.widgets.canvas.navigation import Navigation
from gui.widgets.canvas.picture_view import PictureView
from gui.widgets.canvas.readout import readout
from gui.widgets.canvas.shape_actions import ShapeActions
from gui.widgets.canvas.stage import Stage
from gui.widgets.canvas.tools.box_tool import BoxTool
from gui.widgets.canvas.tools.polygon_tool import PolygonTool
from gui.widgets.canvas.tools.select_tool import SelectTool
from gui.widgets.canvas.tools.tool import PointerEvent, Tool
from gui.widgets.canvas.view_transform import ZOOM_STEP
from gui.widgets.throttle import Throttle

_LOG = logging.getLogger(__name__)
_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
# A drag follows Shift and Alt at once, without waiting for the mouse to move.
_MODIFIERS: dict[int, Qt.KeyboardModifier] = {
    Qt.Key.Key_Shift: Qt.KeyboardModifier.ShiftModifier,
    Qt.Key.Key_Alt: Qt.KeyboardModifier.AltModifier,
    Qt.Key.Key_Control: Qt.KeyboardModifier.ControlModifier,
}
_TAB_STEPS: dict[int, int] = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}


class Surface(QWidget):
    """A widget that shows a stage and lets a person work on it."""

    pointer_moved = Signal(str)
    tool_changed = Signal(str)
    zoom_changed = Signal(float)
    view_changed = Signal()
    pointer_at = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = Stage(self)
        self._picture_view = PictureView(self)
        self._painter = CanvasPainter(self._stage, self._picture_view)
        self._actions = ShapeActions(self._stage)
        self._navigation = Navigation(self._stage.view)
        self._keyboard = Keyboard(self._stage, self._actions, self)
        self._select_tool = SelectTool(self._stage)
        self._tools: dict[str, Tool] = {
            "select": self._select_tool,
            "box": BoxTool(self._stage),
            "polygon": PolygonTool(self._stage),
        }
        self._tool_name = "select"
        self._pan_button: Qt.MouseButton | None = None
        self._pan_from: Point | None = None  # a press that pans once it moves
        self._last_scale = self._stage.view.scale
        self._last_readout = ""
        self._readout = Throttle(self._read_again, self)
        self._modifiers = Qt.KeyboardModifier.NoModifier
        self._logged: set[tuple[str, int]] = set()
        self._set_up()

    def _set_up(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(64, 64)
        self.grabGesture(Qt.GestureType.PinchGesture)
        for painted in (self._stage, self._picture_view, self._painter.kept):
            painted.redraw_wanted.connect(self.update)
        self._stage.tool_wanted.connect(self._use_tool)
        THEME.changed.connect(self.update)

    @property
    def _tool(self) -> Tool:
        return self._tools[self._tool_name]

    @Slot(str)
    def _use_tool(self, name: str) -> None:
        if name not in self._tools:
            raise ValueError(f'unknown tool "{name}": one of {", ".join(self._tools)}')
        if name != self._tool_name:
            self._tool.cancel()
            self._stage.clear_hover()
            self._tool_name = name
            self._stage.take_tool(self._tool.draws)
            self._refresh_pointer()
            self.tool_changed.emit(name)

    def fit(self) -> None:
        """Show the whole picture."""
        self._stage.view.fit()
        self._on_view_changed()

    def fit_width(self) -> None:
        """Show the whole width of the picture."""
        self._stage.view.fit_width()
        self._on_view_changed()

    def zoom_to(self, scale: float) -> None:
        """Zoom about the middle of the view; 1.0 is 100 %, limited to 1 % and 3,200 %."""
        self._stage.view.zoom_to(scale)
        self._on_view_changed()

    def zoom_in(self) -> None:
        """Zoom by one step about the middle of the view."""
        self.zoom_to(self._stage.view.scale * ZOOM_STEP)

    def zoom_out(self) -> None:
        """Zoom by one step about the middle of the view."""
        self.zoom_to(self._stage.view.scale / ZOOM_STEP)

    def pan(self, dx: float, dy: float) -> None:
        """Shift the picture on the screen, in the widget's pixels."""
        self._stage.view.pan(dx, dy)
        self._on_view_changed()

    def toggle_all(self) -> None:
        """Hide or show everything that lies on the picture."""
        self._stage.is_all_visible = not self._stage.is_all_visible
        self._stage.clear_hover()
        self._refresh_pointer()

    def _on_view_changed(self) -> None:
        if self._stage.view.scale != self._last_scale:
            self._last_scale = self._stage.view.scale
            self.zoom_changed.emit(self._last_scale)
        self.view_changed.emit()
        self._refresh_pointer()

    def _on_pixels_changed(self) -> None:
        """Show another frame of a video, where nothing else is to be looked up again."""
        self._readout.ask()
        self.update()

    def _read_again(self) -> None:
        if self._stage.pointer is not None:
            self._report_pointer(self._pointer_event(self._stage.pointer))

    def _refresh_pointer(self) -> None:
        """Look again at what lies under the pointer, which has not moved itself."""
        if self._stage.pointer is not None:
            event = self._pointer_event(self._stage.pointer)
            if not self._navigation.is_dragging:
                self._tool.move(event)
            self._report_pointer(event)
            self._show_cursor(event)
        self.update()

    def _pointer_event(self, screen: Point) -> PointerEvent:
        modifiers = self._modifiers
        x, y = self._stage.view.to_picture(*screen)
        return PointerEvent(
            screen,
            (round(x, 6), round(y, 6)),  # without the dust of the division
            bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
            bool(modifiers & Qt.KeyboardModifier.ControlModifier),
            bool(modifiers & Qt.KeyboardModifier.AltModifier),
        )

    def _pointer_of(self, event: QMouseEvent) -> PointerEvent:
        position = event.position()
        self._stage.pointer = (position.x(), position.y())
        self._modifiers = event.modifiers()
        return self._pointer_event(self._stage.pointer)

    def _report_pointer(self, event: PointerEvent) -> None:
        text = readout(self._picture_view.picture, event.picture)
        if text != self._last_readout:
            self._last_readout = text
            self.pointer_moved.emit(text)
            self.pointer_at.emit(event.picture if text else None)

    def _show_cursor(self, event: PointerEvent) -> None:
        if self._navigation.is_dragging:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._navigation.is_space_down:
            shape = Qt.CursorShape.OpenHandCursor
        elif self._stage.picture is None or (self._tool.draws and not self._stage.is_editable):
            shape = Qt.CursorShape.ArrowCursor
        else:
            shape = self._tool.cursor(event)
        if shape != self.cursor().shape():
            self.setCursor(shape)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pan, or let the tool begin."""
        pointer = self._pointer_of(event)
        is_left = event.button() == _LEFT
        if event.button() == _MIDDLE or (is_left and self._navigation.is_space_down):
            self._pan_button = event.button()
            self._navigation.press(*pointer.screen)
        elif is_left:
            if not self._tool.draws and not self._stage.is_editable:
                self._pan_from = pointer.screen
            self._tool.press(pointer)
        self._show_cursor(pointer)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, or let the tool go on."""
        pointer = self._pointer_of(event)
        if self._pan_from is not None and not pointer.is_near(self._pan_from):
            self._tool.cancel()
            self._pan_button = _LEFT
            self._navigation.press(*self._pan_from)
            self._pan_from = None
        if self._navigation.move(*pointer.screen):
            self._on_view_changed()
            return
        self._tool.move(pointer)
        self._report_pointer(pointer)
        self._show_cursor(pointer)
        if self._painter.has_crosshair or self._tool.draws:
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stop panning, or let the tool finish."""
        pointer = self._pointer_of(event)
        if self._pan_button is not None and event.button() == self._pan_button:
            self._pan_button = None
            self._navigation.release()
        elif event.button() == _LEFT:
            self._pan_from = None
            self._tool.release(pointer)
        self._show_cursor(pointer)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Let the tool decide what a double click is."""
        if event.button() == _LEFT and not self._navigation.is_space_down:
            self._tool.double_click(self._pointer_of(event))
        else:
            self.mousePressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Remember the pointer."""
        position = event.position()
        self._stage.pointer = (position.x(), position.y())
        self._refresh_pointer()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        super().leaveEvent(event)
        self._stage.pointer = None
        self._stage.clear_hover()
        if self._last_readout:
            self._last_readout = ""
            self.pointer_moved.emit("")
            self.pointer_at.emit(None)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom or scroll."""
        self._stage.pointer = (event.position().x(), event.position().y())
        if self._stage.picture is not None and self._navigation.wheel(event):
            self._on_view_changed()
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the shape under the pointer, or the selection."""
        if not self._stage.is_editable or self._tool.is_busy:
            event.ignore()
            return
        position = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            picture = self._stage.view.to_picture(position.x(), position.y())
            under = [index for _, index in self._stage.shapes_at(picture)]
            document = self._stage.document
            if document is not None and not document.selection.intersection(under):
                document.select(under[:1])
        elif self._stage.selection:
            x1, y1, x2, y2 = self._stage.table.around(self._stage.selected_rows)
            x, y = self._stage.view.to_screen((x1 + x2) / 2, (y1 + y2) / 2)
            position = QPoint(round(x), round(y))
        make_menu(self._stage, self._actions, self).popup(self.mapToGlobal(position))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Act on a key, or leave it to the window."""
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            self._navigation.is_space_down = True
        elif event.key() == Qt.Key.Key_H and not event.modifiers():
            self._stage.is_peeking = True
        elif event.key() in _MODIFIERS:
            self._modifiers |= _MODIFIERS[event.key()]
            self._refresh_pointer()
        elif not self._keyboard.press(event, self._tool):
            super().keyPressEvent(event)
            return
        self._after_key()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End what lasts as long as a key is held."""
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Space:
            self._navigation.is_space_down = False
        elif event.key() == Qt.Key.Key_H:
            self._stage.is_peeking = False
        elif event.key() in _MODIFIERS:
            self._modifiers &= ~_MODIFIERS[event.key()]
            self._refresh_pointer()
        else:
            super().keyReleaseEvent(event)
            return
        self._after_key()

    def _after_key(self) -> None:
        if self._stage.view.scale != self._last_scale:
            self._on_view_changed()
        elif self._stage.pointer is not None:
            self._show_cursor(self._pointer_event(self._stage.pointer))
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that keys arrive here, where they brought the focus."""
        super().focusInEvent(event)
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._painter.has_focus_ring = event.reason() in by_key
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End what lasts as long as a key is held."""
        super().focusOutEvent(event)
        # The keys' release will be seen by another widget.
        self._navigation.is_space_down = False
        self._stage.is_peeking = False
        self._painter.has_focus_ring = False
        self.update()

    def event(self, event: QEvent) -> bool:
        """Take Tab over shapes, keys of a drawing before shortcuts, and pinches."""
        kind = event.type()
        if isinstance(event, QKeyEvent):
            if kind == QEvent.Type.KeyPress and self._cycle(event):
                return True
            is_asked = kind == QEvent.Type.ShortcutOverride
            if is_asked and self._keyboard.wants_before_shortcuts(event, self._tool):
                event.accept()
                return True
        elif kind in (QEvent.Type.NativeGesture, QEvent.Type.Gesture):
            corner = self.mapToGlobal(QPoint(0, 0))
            if self._stage.picture is not None and self._navigation.gesture(event, corner):
                self._on_view_changed()
            return True
        return super().event(event)

    def _cycle(self, event: QKeyEvent) -> bool:
        """Go through the shapes under the pointer by Tab; elsewhere Tab moves the focus."""
        step = _TAB_STEPS.get(event.key())
        pointer = self._stage.pointer
        if step is None or pointer is None or self._tool.draws:
            return False
        return self._select_tool.cycle(self._stage.view.to_picture(*pointer), step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the picture fitted, or its middle where it is."""
        self._stage.view.set_view_size(event.size().width(), event.size().height())
        self._on_view_changed()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw; a bug in drawing is logged once and must never end the program."""
        del event
        self._painter.has_crosshair = self._tool.draws and self._stage.is_editable
        font = QFont(self.font())
        font.setPixelSize(max(1, round(SMALL_PT * self.logicalDpiY() / 72)))
        painter = QPainter(self)
        try:
            self._painter.paint(painter, font)
        except Exception as bug:  # noqa: BLE001  raising here would leave Qt's painter open
            self._log_once(bug)
        finally:
            painter.end()

    def _log_once(self, bug: Exception) -> None:
        place = bug.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        key = (type(bug).__name__, place.tb_lineno if place is not None else 0)
        if key not in self._logged:
            self._logged.add(key)
            _LOG.error("The canvas could not be drawn", exc_info=bug)
