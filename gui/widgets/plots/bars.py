"""Named values as bars from left to right, one a row, with what they were and a limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsWidget, QStyleOptionGraphicsItem, QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.plots.crosshair import Reading
from gui.widgets.plots.heading import Colour
from gui.widgets.plots.library import pyqtgraph as pg
from gui.widgets.plots.plot import Plot
from gui.widgets.plots.ticks import number_texts

ROW_PX = 3 * GRID_PX
BAR_SHARE, BEFORE_ALPHA = 0.5, 0.35
NAME_FRACTION = 0.35
"""Names take at most this share of the width."""


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Rows from the top.

    Attributes:
        values: shape (N,).
        before: what they were, drawn pale; None without.
        limit: a value drawn across all rows; None without.
        current: the row whose name is bold; None for none.
    """

    names: tuple[str, ...] = ()
    values: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    colours: tuple[Colour, ...] = ()
    before: NDArray[np.float64] | None = None
    limit: float | None = None
    current: int | None = None

    @property
    def columns(self) -> list[NDArray[np.float64]]:
        """What was, where it is known, and what is."""
        return [self.values] if self.before is None else [self.before, self.values]

    def texts(self) -> list[str]:
        """Return the numbers beside the bars, with the digits in which they differ."""
        texts = number_texts(np.concatenate(self.columns).tolist())
        count = len(self.values)
        rows = zip(texts[:count], texts[-count:], strict=True) if count else ()
        return [row[0] if len(set(row)) == 1 else " → ".join(row) for row in rows]

    def reach(self) -> tuple[float, float]:
        """Return from where to where the bars go; shares up to one, that they can be compared."""
        limits = np.zeros(1) if self.limit is None else np.array([0.0, self.limit])
        known = np.concatenate([*self.columns, limits])
        known = known[np.isfinite(known)]
        low, high = float(known.min()), float(known.max())
        if low >= 0 and 0 < high <= 1 and not np.all(np.mod(known, 1) == 0):
            high = 1.0
        return low, high if high > low else low + 1.0


class _Column(QGraphicsWidget):
    """Texts beside the rows."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._texts: Sequence[str] = ()
        self._bold: int | None = None
        self._is_muted = False

    def set_texts(
        self, texts: Sequence[str], most_px: float, bold: int | None = None, is_muted: bool = False
    ) -> None:
        """Write texts, elided where they are wider than `most_px`."""
        self._texts, self._bold, self._is_muted = texts, bold, is_muted
        metrics = QFontMetricsF(self._font(is_bold=is_muted))
        widest = max((metrics.horizontalAdvance(text) for text in texts), default=0.0)
        width = min(widest + GRID_PX, most_px)
        self.setMinimumWidth(width)
        self.setMaximumWidth(width)
        self.update()

    def _font(self, is_bold: bool) -> QFont:
        font = QFont(self.font())
        font.setBold(is_bold)
        return font

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the rows that are seen."""
        seen = option.exposedRect
        first, last = int(seen.top() // ROW_PX), math.ceil(seen.bottom() / ROW_PX)
        for row in range(max(first, 0), min(last, len(self._texts))):
            is_bold = row == self._bold
            font = self._font(is_bold)
            painter.setFont(font)
            is_quiet = self._is_muted and not is_bold
            painter.setPen(QColor(THEME.tokens.muted if is_quiet else THEME.tokens.text))
            left = 0 if self._is_muted else GRID_PX  # away from the bars
            area = QRectF(left, row * ROW_PX, self.size().width() - GRID_PX, ROW_PX)
            fitting = QFontMetricsF(font).elidedText(
                self._texts[row], Qt.TextElideMode.ElideRight, area.width() + 1
            )
            painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), fitting)


class BarPlot(Plot):
    """As high as there are rows; it is looked at closer along the values alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars = Bars()
        self._names, self._numbers = _Column(), _Column()
        self.add_columns(self._names, self._numbers)
        self.box.setMouseEnabled(x=True, y=False)
        self._before, self._now = (
            pg.BarGraphItem(x0=[], width=[], y=[], height=BAR_SHARE) for _ in range(2)
        )
        self._limit = pg.InfiniteLine(angle=90)
        for item in (self._before, self._now, self._limit):
            self.box.addItem(item)

    def set_bars(self, bars: Bars) -> None:
        """Show other bars."""
        self.bars = bars
        self.can_log = bool(len(bars.names)) and all(np.all(c > 0) for c in bars.columns)
        if self.is_log and not self.can_log:
            self.set_log(False)
        self.setFixedHeight(ROW_PX * max(len(bars.names), 1))
        self.set_empty_text("" if bars.names else "none")
        self.redraw()

    def fill(self) -> None:
        """Hand the bars to pyqtgraph."""
        bars = self.bars
        if not bars.names:
            return
        low, high = bars.reach()
        if self.is_log:
            smallest = min(float(column.min()) for column in bars.columns)
            low, high = math.floor(math.log10(smallest) - 0.1), math.log10(high)
        colours = [colour() for colour in bars.colours]
        self._draw(self._now, bars.values, colours, low)
        self._before.setVisible(bars.before is not None)
        if bars.before is not None:
            for colour in colours:
                colour.setAlphaF(BEFORE_ALPHA)
            self._draw(self._before, bars.before, colours, low)
        self._limit.setVisible(bars.limit is not None and (not self.is_log or bars.limit > 0))
        if self._limit.isVisible():
            self._limit.setPos(self._place(np.array([bars.limit]))[0])
            self._limit.setPen(limit_pen())
        most_px = NAME_FRACTION * self.width()
        self._names.set_texts(bars.names, most_px, bars.current, is_muted=True)
        self._numbers.set_texts(bars.texts(), self.width())
        self.set_extent((low, high), (0.5 - len(bars.names), 0.5))

    def _draw(
        self, item: pg.BarGraphItem, values: NDArray[np.float64], colours: list[QColor], low: float
    ) -> None:
        zero = low if self.is_log else 0.0
        ends = np.nan_to_num(self._place(values), nan=zero)
        item.setOpts(
            x0=np.full(len(values), zero),
            width=ends - zero,
            y=-np.arange(len(values), dtype=float),
            height=BAR_SHARE,
            brushes=[pg.mkBrush(colour) for colour in colours],
            pen=pg.mkPen(THEME.tokens.muted),  # an edge, should the colour be pale
        )

    def _place(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.log10(values) if self.is_log else np.asarray(values, np.float64)

    def changeEvent(self, event: QEvent) -> None:
        """Give another font the room that it needs."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            for column in (self._names, self._numbers):
                column.setFont(self.font())
            self.redraw()

    def restyle(self) -> None:
        """Take the colours of another theme."""
        self.redraw()

    def read_at(self, place: QPointF) -> Reading | None:
        """Return the row that is pointed at."""
        return self._read_row(round(-place.y()))

    def _read_row(self, row: int) -> Reading | None:
        if not 0 <= row < len(self.bars.names):
            return None
        end = float(self._place(self.bars.values)[row])
        text = self.bars.texts()[row]
        return Reading(QPointF(end, -row), self.bars.names[row], ((None, text),))

    def read_next(self, reading: Reading | None, right: int, up: int) -> Reading | None:
        """Go to the row above or below."""
        if not up:
            return None
        row = 0 if reading is None else round(-reading.place.y()) - up
        return self._read_row(min(max(row, 0), len(self.bars.names) - 1))

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return a row a bar: its name, what it was where that is known, its value."""
        columns = ["name", "value"] if self.bars.before is None else ["name", "before", "value"]
        values = [column.tolist() for column in self.bars.columns]
        rows = zip(self.bars.names, *values, strict=True)
        return columns, [list(row) for row in rows]


def limit_pen() -> QPen:
    """Return the dashes of a limit."""
    pen = QPen(QColor(THEME.tokens.text), 2)
    pen.setDashPattern([3, 2])
    pen.setCosmetic(True)
    return pen
