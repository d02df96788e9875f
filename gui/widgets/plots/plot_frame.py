"""The parts of a plot: axes, heading, the range that is seen, when it is drawn, its theme."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsGridLayout,
    QGraphicsView,
    QGraphicsWidget,
    QStyleOptionGraphicsItem,
    QWidget,
)

from gui.theme import GRID_PX, THEME
from gui.widgets.plots.axes import NumberAxis
from gui.widgets.plots.heading import Heading
from gui.widgets.plots.library import pyqtgraph as pg
from gui.widgets.plots.view_box import PlotBox
from gui.widgets.throttle import Throttle

REDRAW_MS = 34
"""New data and movements of the pointer are drawn at most thirty times a second."""

ZOOM_STEP = 1.25
MARGIN = 0.04


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


class PlotFrame(pg.GraphicsView):
    """Axes, heading and inner rectangle; what is seen, and when data are drawn.

    Subclasses draw their data in `fill`.
    """

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.box = PlotBox()
        self.left, self.bottom = NumberAxis("left"), NumberAxis("bottom")
        self.heading = Heading()
        self._parts: tuple[QGraphicsWidget, ...] = (self.box, self.left, self.bottom)
        self.can_log = True
        self._is_log = False
        self._is_zoomed = False
        self._extent: QRectF | None = None
        self._empty_text = ""
        self._drawing = Throttle(self._draw_soon, self, REDRAW_MS)
        self._is_stale = False
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
        grid.setSpacing(0)
        grid.addItem(self.heading, 0, 0, 1, 2)
        grid.addItem(self.left, 1, 0)
        grid.addItem(self.box, 1, 1)
        grid.addItem(self.bottom, 2, 1)
        grid.setRowStretchFactor(1, 1)
        grid.setColumnStretchFactor(1, 1)
        self.left.linkToView(self.box)
        self.bottom.linkToView(self.box)
        self._grid = grid
        self.set_right_margin(1.5 * GRID_PX)
        self.setCentralItem(area)

    def add_columns(self, before: QGraphicsWidget, after: QGraphicsWidget) -> None:
        """Put something beside the inner rectangle in place of axes."""
        for axis in (self.left, self.bottom):
            axis.has_texts = False
            axis.hide()
            self._grid.removeItem(axis)
        self._parts = (self.box, before, after)
        self._grid.addItem(before, 1, 0)
        self._grid.addItem(after, 1, 2)
        self.set_right_margin(0)

    def set_right_margin(self, width_px: float) -> None:
        """Leave room beside the inner rectangle, such as for half of the last number."""
        self._grid.setContentsMargins(0, 0, width_px, 0)

    def sizeHint(self) -> QSize:
        """Wide enough for a few ticks; a layout gives more."""
        return QSize(30 * GRID_PX, 18 * GRID_PX)

    def minimumSizeHint(self) -> QSize:
        """As small as can be read."""
        return QSize(15 * GRID_PX, 11 * GRID_PX)

    # What subclasses say

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

    def centre_of_zoom(self) -> QPointF | None:
        """Return what keys zoom at, in the coordinates of the view; None for the middle."""
        return None

    # What is seen

    @property
    def is_log(self) -> bool:
        """Whether values stand on a logarithmic scale."""
        return self._is_log

    @property
    def is_zoomed(self) -> bool:
        """Whether a person looks at a part; new data leave that part as it is."""
        return self._is_zoomed

    def set_log(self, is_log: bool) -> None:
        """Put values on a logarithmic scale, where those that are not positive have no place."""
        if is_log != self._is_log:
            self._is_log = is_log
            self.left.setLogMode(y=is_log)
            self._is_zoomed = False
            self.redraw()

    def set_empty_text(self, text: str) -> None:
        """Say in place of axes why there is nothing to draw; empty where there is something."""
        if text != self._empty_text:
            self._empty_text = text
            for part in self._parts:
                part.setVisible(not text)
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
        """Look closer."""
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

    def to_screen(self, x: float, y: float) -> QPointF:
        """Return where in the widget a place of the view is."""
        # The scene has the pixels of the widget.
        return QPointF(self.box.mapViewToScene(QPointF(x, y)))

    def to_plane(self, point: QPointF) -> tuple[float, float]:
        """Return the place of the view at a point of the widget."""
        place = self.box.mapSceneToView(point)
        return place.x(), place.y()

    def _see(self, extent: QRectF) -> None:
        self.box.setRange(
            xRange=(extent.left(), extent.right()),
            yRange=(extent.top(), extent.bottom()),
            padding=0,
        )

    def _zoom(self, factor: float) -> None:
        x, y = (factor if is_free else 1.0 for is_free in self.box.mouseEnabled())
        self.box.scaleBy((x, y), center=self.centre_of_zoom())
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
        if not self.viewport().visibleRegion().isEmpty():
            self.fill_now()  # a turn before it is painted: each holds the interface up for less
        self.viewport().update()

    def fill_now(self) -> None:
        """Draw what was set, without waiting for the next painting."""
        if self._is_stale:
            self._is_stale = False
            self.fill()
            self._grid.activate()  # texts that have become wider move what is painted now

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw newest data first: what was set while the plot was hidden costs nothing."""
        self.fill_now()
        super().paintEvent(event)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the words of an empty plot, and the frame of the focus."""
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


def _widened(low: float, high: float) -> tuple[float, float]:
    """Return a range that is not empty."""
    if high - low > 1e-12 * max(abs(low), abs(high), 1e-300):
        return low, high
    half = 0.5 * abs(low) if low else 0.5
    return low - half, high + half
