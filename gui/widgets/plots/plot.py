"""The plot that all others are made of: axes, title, zoom, crosshair, keys, menu, theme."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QFrame,
    QGraphicsGridLayout,
    QGraphicsView,
    QGraphicsWidget,
    QStyleOptionGraphicsItem,
    QWidget,
)

from gui.theme import GRID_PX, THEME
from gui.widgets.plots.axes import NumberAxis
from gui.widgets.plots.crosshair import Reading, paint_reading
from gui.widgets.plots.heading import Heading
from gui.widgets.plots.library import pyqtgraph as pg
from gui.widgets.plots.menu import show_menu
from gui.widgets.plots.view_box import PlotBox
from gui.widgets.throttle import Throttle

REDRAW_MS = 34
"""New data and movements of the pointer are drawn at most thirty times a second."""

ZOOM_STEP = 1.25
MARGIN = 0.04
_MOUSE_EVENTS = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.MouseMove,
    }
)


class _Area(QGraphicsWidget):
    """Holds the parts of a plot, and paints what lies below grid and curves."""

    def __init__(self, box: PlotBox) -> None:
        super().__init__()
        self._box = box

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Fill the inner rectangle."""
        if self._box.isVisible():
            painter.fillRect(self._box.geometry(), QColor(THEME.tokens.surface))


class Plot(pg.GraphicsView):
    """Values over values. Subclasses fill it, say what it holds and what is read out at a place.

    A drag zooms to a rectangle, the wheel at the pointer, a double click shows all; keys: arrows
    move the crosshair, `+`, `-` and `0` zoom. Inside something that scrolls the wheel zooms only
    with Ctrl or while the plot has the focus.
    """

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.box = PlotBox()
        self.left, self.bottom = NumberAxis("left"), NumberAxis("bottom")
        self.heading = Heading()
        self.can_log = True
        self._is_log = False
        self._is_zoomed = False
        self._extent: QRectF | None = None
        self._reading: Reading | None = None
        self._pointer: QPointF | None = None
        self._empty_text = ""
        self._drawing = Throttle(self._draw_soon, self, REDRAW_MS)
        self._is_stale = False
        self._reading_soon = Throttle(self._read_pointer, self, REDRAW_MS)
        self._lay_out()
        self.box.sigRangeChangedManually.connect(self._on_zoomed)
        self.box.stretch_chosen.connect(self.look_at_stretch)
        self.box.sigRangeChanged.connect(self._on_range)
        self.box.sigResized.connect(self._fit_axes)
        THEME.changed.connect(self._on_theme)

    def _lay_out(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        self.viewport().setAutoFillBackground(False)
        area = _Area(self.box)
        grid = QGraphicsGridLayout(area)
        grid.setContentsMargins(0, 0, 1.5 * GRID_PX, 0)  # half of the last number
        grid.setSpacing(0)
        grid.addItem(self.heading, 0, 0, 1, 2)
        grid.addItem(self.left, 1, 0)
        grid.addItem(self.box, 1, 1)
        grid.addItem(self.bottom, 2, 1)
        grid.setRowStretchFactor(1, 1)
        grid.setColumnStretchFactor(1, 1)
        self.left.linkToView(self.box)
        self.bottom.linkToView(self.box)
        self.setCentralItem(area)

    def sizeHint(self) -> QSize:
        """Wide enough for a few ticks; a layout gives more."""
        return QSize(30 * GRID_PX, 18 * GRID_PX)

    def minimumSizeHint(self) -> QSize:
        """As small as can be read."""
        return QSize(15 * GRID_PX, 11 * GRID_PX)

    # What subclasses say

    def read_at(self, place: QPointF) -> Reading | None:
        """Return what there is at a place of the view; None for nothing."""
        return None

    def read_next(self, reading: Reading | None, right: int, up: int) -> Reading | None:
        """Return what the crosshair comes to by an arrow key; None where it stays."""
        return None

    def height_within(self, low: float, high: float) -> tuple[float, float] | None:
        """Return the lowest and the highest value between two places along x; None for nothing."""
        return None

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return names of columns, and rows: all numbers that are drawn."""
        return [], []

    def fill(self) -> None:
        """Draw the newest data; called before painting, at most thirty times a second."""

    def restyle(self) -> None:
        """Take the colours of another theme."""

    # What is seen

    @property
    def is_log(self) -> bool:
        """Whether values stand on a logarithmic scale."""
        return self._is_log

    @property
    def is_zoomed(self) -> bool:
        """Whether a person looks at a part; new data leave that part as it is."""
        return self._is_zoomed

    @property
    def reading(self) -> Reading | None:
        """What the crosshair says; None without one."""
        return self._reading

    def set_log(self, is_log: bool) -> None:
        """Put values on a logarithmic scale, where those that are not positive have no place."""
        if is_log != self._is_log:
            self._is_log = is_log
            self.left.setLogMode(y=is_log)
            self._reading = None
            self._is_zoomed = False
            self.redraw()

    def set_empty_text(self, text: str) -> None:
        """Say in place of axes why there is nothing to draw; empty where there is something."""
        if text != self._empty_text:
            self._empty_text = text
            for item in (self.box, self.left, self.bottom):
                item.setVisible(not text)
            self.viewport().update()

    @property
    def empty_text(self) -> str:
        """What stands in place of axes."""
        return self._empty_text

    def redraw(self) -> None:
        """Draw the newest data soon."""
        self._drawing.ask()

    def set_extent(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Say what there is to see, in the coordinates of the view; shown unless zoomed."""
        (left, right), (low, high) = _widened(*x), _widened(*y)
        self._extent = QRectF(left, low, right - left, high - low)
        if not self._is_zoomed:
            self._see(self._extent)

    @Slot()
    def reset(self) -> None:
        """See everything again."""
        self._is_zoomed = False
        if self._extent is not None:
            self._see(self._extent)

    @Slot()
    def zoom_in(self) -> None:
        """Look closer, at the crosshair or else at the middle."""
        self._zoom(1 / ZOOM_STEP)

    @Slot()
    def zoom_out(self) -> None:
        """Look from farther away, at most at everything."""
        self._zoom(ZOOM_STEP)

    @Slot(float, float)
    def look_at_stretch(self, low: float, high: float) -> None:
        """See a range along x, as high as the values there reach."""
        heights = self.height_within(low, high)
        self._is_zoomed = True
        self.box.setXRange(low, high, padding=0)
        if heights is not None:
            bottom, top = _widened(*heights)
            self.box.setYRange(bottom, top, padding=MARGIN)

    def view_range(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return what is seen along x and along y, in the coordinates of the view."""
        x, y = self.box.viewRange()
        return (x[0], x[1]), (y[0], y[1])

    def to_screen(self, place: QPointF) -> QPointF:
        """Return where in the widget a place of the view is."""
        return QPointF(self.mapFromScene(self.box.mapViewToScene(place)))

    def _see(self, extent: QRectF) -> None:
        self.box.setRange(
            xRange=(extent.left(), extent.right()),
            yRange=(extent.top(), extent.bottom()),
            padding=0,
        )

    def _zoom(self, factor: float) -> None:
        centre = self._reading.place if self._reading else None
        self.box.scaleBy((factor, factor), center=centre)
        self._on_zoomed()

    @Slot()
    def _on_zoomed(self) -> None:
        seen, whole = self.box.viewRect(), self._extent
        if whole is not None and seen.contains(whole):
            self.reset()
        else:
            self._is_zoomed = True

    @Slot()
    def _on_range(self) -> None:
        self._fit_axes()
        self.view_changed.emit()

    @Slot()
    def _fit_axes(self) -> None:
        self.left.fit()
        self.bottom.fit()

    @Slot()
    def _on_theme(self) -> None:
        for part in (self.box, self.left, self.bottom):
            part.restyle()
        self.restyle()
        self.heading.update()
        self.viewport().update()

    # Drawing

    def _draw_soon(self) -> None:
        self._is_stale = True
        self.viewport().update()

    def fill_now(self) -> None:
        """Draw what was set, without waiting for the next painting."""
        if self._is_stale:
            self._is_stale = False
            self.fill()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw newest data first: what was set while the plot was hidden costs nothing."""
        self.fill_now()
        super().paintEvent(event)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the crosshair, the words of an empty plot, and the frame of the focus."""
        area = self.box.sceneBoundingRect()
        if self._reading is not None and not self._empty_text:
            paint_reading(painter, self._reading, area, self.box.mapViewToScene)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        whole = QRectF(self.viewport().rect())
        if self._empty_text:
            painter.setFont(self.font())
            painter.setPen(QColor(THEME.tokens.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            inner = whole.adjusted(GRID_PX, self.heading.size().height(), -GRID_PX, 0)
            painter.drawText(inner, int(flags), self._empty_text)
        if self.hasFocus():
            painter.setPen(QPen(QColor(THEME.tokens.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(whole.adjusted(0, 0, -1, -1))

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
        scene = self.mapToScene(self._pointer.toPoint())
        is_inside = self.box.sceneBoundingRect().contains(scene) and not self._empty_text
        self.set_reading(self.read_at(self.box.mapSceneToView(scene)) if is_inside else None)

    def event(self, event: QEvent) -> bool:
        """Let events that are sent to the plot itself reach what is drawn in it."""
        if event.type() in _MOUSE_EVENTS:
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
        if self._empty_text or not (has_ctrl or self.hasFocus() or not self._is_in_scroller()):
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


def _widened(low: float, high: float) -> tuple[float, float]:
    """Return a range that is not empty."""
    if high - low > 1e-12 * max(abs(low), abs(high), 1e-300):
        return low, high
    half = 0.5 * abs(low) if low else 0.5
    return low - half, high + half
