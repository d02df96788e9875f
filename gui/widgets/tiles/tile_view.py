"""Shows the tiles of a step: laid out for the size of the view, and anew when it changes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from engine.api.tile_shapes import shape_of
from engine.api.traces import Tiles
from gui.theme import GRID_PX, THEME
from gui.widgets.tiles.layout import Layout, Metrics, PlacedTile, lay_out
from gui.widgets.tiles.painting import TilePainter, value_text

MOST_ZOOM = 16.0
_ZOOM_STEP = 1.25
_NOTCH = 120  # of a wheel, in eighths of a degree


class TileView(QAbstractScrollArea):
    """Paints tiles; the wheel enlarges them about the pointer, a double click fits them again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: Tiles | None = None
        self._layout = Layout((), 0.0, 0.0, 0.0)
        self._painter = TilePainter()
        self._zoom = 1.0
        self._held: QPointF | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("What the step shows")
        self.setMinimumSize(20 * GRID_PX, 12 * GRID_PX)
        THEME.changed.connect(self._on_theme_changed)

    @property
    def tiles(self) -> Tiles | None:
        """What is shown."""
        return self._tiles

    @property
    def layout_of_tiles(self) -> Layout:
        """Where everything lies, in logical pixels from the content's corner."""
        return self._layout

    @property
    def corner(self) -> QPointF:
        """Where the content's corner is in the view: centred, or scrolled."""
        view = self.viewport()
        free = (view.width() - self._layout.width, view.height() - self._layout.height)
        x, y = (max(room / 2, GRID_PX) for room in free)
        return QPointF(x - self.horizontalScrollBar().value(), y - self.verticalScrollBar().value())

    def set_tiles(self, tiles: Tiles | None) -> None:
        """Show other tiles, fitted into the view."""
        self._tiles, self._zoom = tiles, 1.0
        self._painter.set_tiles(tiles)
        captions = [tile.caption for tile in tiles or () if tile.caption]
        self.setAccessibleDescription(", ".join(captions))
        self._lay_out()

    def tile_at(self, point: QPointF) -> PlacedTile | None:
        """Return the tile under a point of the view."""
        inside = point - self.corner
        for placed in self._layout.placed:
            if QRectF(*placed.area).contains(inside):
                return placed
        return None

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs other room."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is in view."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(THEME.tokens.surface))
        self._painter.paint(painter, self._layout, self.corner, self.viewport().size())
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Enlarge or reduce about the pointer."""
        self._zoom_by(_ZOOM_STEP ** (event.angleDelta().y() / _NOTCH), event.position())
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit everything into the view."""
        self._zoom = 1.0
        self._lay_out()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of what is larger than the view."""
        self._held = event.position()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it."""
        if self._held is not None:
            moved = event.position() - self._held
            self._held = event.position()
            self._scroll_by(-moved.x(), -moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._held = None
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave every key to the player; a scroll area would take the arrows."""
        event.ignore()

    def viewportEvent(self, event: QEvent) -> bool:
        """Say the value under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self._text_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    # Inside

    def _text_at(self, point: QPointF) -> str:
        placed = self.tile_at(point)
        if placed is None:
            return ""
        rows, columns = shape_of(placed.tile)
        inside = point - self.corner
        row = int((inside.y() - placed.area.y) / placed.area.height * rows)
        column = int((inside.x() - placed.area.x) / placed.area.width * columns)
        return value_text(placed.tile, min(row, rows - 1), min(column, columns - 1))

    def _lay_out(self) -> None:
        view = self.viewport()
        if self._tiles is None:
            self._layout = Layout((), 0.0, 0.0, 0.0)
        else:
            metrics = QFontMetricsF(self.font())
            known = Metrics(metrics.horizontalAdvance, metrics.height())
            room = [(side - 2 * GRID_PX) * self._zoom for side in (view.width(), view.height())]
            self._layout = lay_out(self._tiles, room[0], room[1], known, self._zoom)
        for bar, side, length in (
            (self.horizontalScrollBar(), view.width(), self._layout.width),
            (self.verticalScrollBar(), view.height(), self._layout.height),
        ):
            bar.setPageStep(side)
            bar.setSingleStep(3 * GRID_PX)
            bar.setRange(0, max(0, round(length + 2 * GRID_PX) - side))
        view.update()

    def _zoom_by(self, factor: float, about: QPointF) -> None:
        before = about - self.corner
        old_width, old_height = max(self._layout.width, 1.0), max(self._layout.height, 1.0)
        self._zoom = min(max(self._zoom * factor, 1.0), MOST_ZOOM)
        self._lay_out()
        after = QPointF(
            before.x() * self._layout.width / old_width,
            before.y() * self._layout.height / old_height,
        )
        moved = after + self.corner - about
        self._scroll_by(moved.x(), moved.y())

    def _scroll_by(self, x: float, y: float) -> None:
        for bar, length in ((self.horizontalScrollBar(), x), (self.verticalScrollBar(), y)):
            bar.setValue(round(bar.value() + length))
        self.viewport().update()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.viewport().update()
