"""The scale of one side of a plot: round numbers, three or none, and thin lines across."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF

from gui.theme import GRID_PX, SMALL_PT, THEME
from gui.widgets.plots.library import pyqtgraph as pg
from gui.widgets.plots.ticks import log_tick_texts, log_ticks, tick_texts, ticks

GAP_PX = GRID_PX // 2
_SLACK_PX = GRID_PX  # texts measure a little wider where they are painted
_LINES_APART = 1.6
_LETTERS_APART = 8
_OVERHANG_PX = 2 * GRID_PX
_MOST = 6


class NumberAxis(pg.AxisItem):
    """An axis at the left or at the bottom; call `fit` when range, size or font have changed.

    `text_of` says what stands at a value where that is not the number.
    """

    def __init__(self, side: str) -> None:
        super().__init__(side, maxTickLength=0)
        self._is_upright = side == "left"
        self._title = ""
        self.has_texts = True
        self.text_of: Callable[[float], str] | None = None
        self.setStyle(
            tickTextOffset=GAP_PX,
            autoExpandTextSpace=False,
            autoReduceTextSpace=False,
            hideOverlappingLabels=False,
        )
        self.enableAutoSIPrefix(False)
        self.setGrid(255)
        self.setZValue(-1000)  # lines below the curves
        self.restyle()

    def restyle(self) -> None:
        """Take colours and font sizes of the theme in use."""
        tokens, font = THEME.tokens, QFont()
        font.setPointSizeF(SMALL_PT)
        self.setTickFont(font)
        self.setPen(pg.mkPen(QColor(0, 0, 0, 0)))
        self.setTickPen(pg.mkPen(tokens.line))
        self.setTextPen(pg.mkPen(tokens.muted))
        if self._title:
            self.set_title(self._title)

    def set_title(self, title: str) -> None:
        """Say below a bottom axis what it measures; empty for nothing."""
        self._title = title
        self.showLabel(bool(title))
        if title:
            style = {"color": THEME.tokens.muted, "font-size": f"{SMALL_PT}pt"}
            self.setLabel(title, **style)

    def fit(self) -> None:
        """Take as much room as the texts need."""
        metrics = self._metrics()
        if self._is_upright:
            texts = self.texts()
            widest = max((metrics.horizontalAdvance(text) for text in texts), default=0.0)
            self.setWidth(round(widest + GAP_PX + _SLACK_PX) if texts else GAP_PX)
        else:
            lines = self.has_texts + bool(self._title)
            self.setHeight(round(lines * (metrics.height() + GAP_PX)))

    def texts(self) -> list[str]:
        """Return what stands beside the ticks, from the lowest."""
        values = self.places(self.range[0], self.range[1], self._length())
        return self.tickStrings(values, 1.0, 1.0)

    def places(self, low: float, high: float, length_px: float) -> list[float]:
        """Return where ticks are, in the coordinates of the view."""
        if not self.has_texts:
            return []
        metrics = self._metrics()
        apart = metrics.height() * _LINES_APART
        if not self._is_upright:
            apart = metrics.averageCharWidth() * _LETTERS_APART
        most = min(_MOST, int(length_px / apart) + 1)
        return log_ticks(low, high, most) if self.logMode else ticks(low, high, most)

    def _length(self) -> float:
        size = self.size()
        return float(size.height() if self._is_upright else size.width())

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self.style["tickFont"] or QFont())

    def boundingRect(self) -> QRectF:
        """Leave room for texts that stand half beyond the end of the axis."""
        over = _OVERHANG_PX
        return QRectF(super().boundingRect()).adjusted(-over, -over, over, over)

    def tickValues(
        self, minVal: float, maxVal: float, size: float
    ) -> list[tuple[float, list[float]]]:
        """Return one level of ticks, as pyqtgraph asks for them."""
        return [(1.0, self.places(min(minVal, maxVal), max(minVal, maxVal), size))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the texts of ticks, as pyqtgraph asks for them."""
        if self.text_of is not None:
            return [self.text_of(value) for value in values]
        if self.logMode:
            return log_tick_texts([10.0**value for value in values])
        return tick_texts(values)
