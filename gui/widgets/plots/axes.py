"""The scale of one side of a plot: a line with ticks, round numbers, and thin lines across."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from gui.theme import GRID_PX, SMALL_PT, THEME
from gui.widgets.plots.library import pyqtgraph as pg
from gui.widgets.plots.ticks import log_tick_texts, log_ticks, tick_texts, ticks

GAP_PX = GRID_PX // 2
_SLACK_PX = GRID_PX  # texts measure a little wider where they are painted
_LINES_APART = 1.6
_LETTERS_APART = 8
_OVERHANG_PX = 2 * GRID_PX
_HALF_PX = GRID_PX
_TICK_PX = 3
_MOST = 6
_BESIDE = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_BELOW = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)


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
        self._state: tuple[Any, ...] = ()
        self._known: list[tuple[float, str]] = []
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
        self.setPen(pg.mkPen(tokens.muted))  # of the axis and its ticks: part of what is read
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
            self.setLabel(escape(title), **style)  # which takes HTML

    def fit(self) -> None:
        """Take as much room as the texts need."""
        metrics = self._metrics()
        if self._is_upright:
            texts = self.texts()
            widest = max((metrics.horizontalAdvance(text) for text in texts), default=0.0)
            self.setWidth(round(widest + GAP_PX + _SLACK_PX) if texts else GAP_PX * self.has_texts)
        else:
            lines = self.has_texts + bool(self._title)
            self.setHeight(round(lines * (metrics.height() + GAP_PX)))

    def texts(self) -> list[str]:
        """Return what stands beside the ticks, from the lowest."""
        return [text for _, text in self._ticks()]

    def _ticks(self) -> list[tuple[float, str]]:
        """Return places in the coordinates of the view, and texts; worked out once a range."""
        length_px = self._length()
        state = (*self.range, length_px, self.logMode, self.has_texts)
        if state != self._state:
            self._state = state
            low, high = min(self.range), max(self.range)
            values = self._values(low, high, length_px) if self.has_texts else []
            self._known = list(zip(values, self.tickStrings(values, 1.0, 1.0), strict=True))
        return self._known

    def _values(self, low: float, high: float, length_px: float) -> list[float]:
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

    def generateDrawSpecs(self, p: QPainter) -> tuple[Any, list[Any], list[Any]] | None:
        """Return lines and texts, as pyqtgraph draws them; its own way takes four times as long."""
        view, own = self.linkedView(), self.rect()
        if view is None or not self._length():
            return None
        plane, metrics = view.mapRectToItem(self, view.rect()), self._metrics()
        low, span = self.range[0], self.range[1] - self.range[0]
        grid, edge, lines, texts = self.tickPen(), self.pen(), [], []
        known = self._ticks()
        for value, text in known:
            share, wide = (value - low) / span, metrics.horizontalAdvance(text) + _SLACK_PX
            if self._is_upright:
                y = plane.bottom() - share * plane.height()
                ends = QPointF(plane.left(), y), QPointF(plane.right(), y)
                outside = QPointF(plane.left() - _TICK_PX, y)
                room = QRectF(own.right() - GAP_PX - wide, y - _HALF_PX, wide, 2 * _HALF_PX)
            else:
                x = plane.left() + share * plane.width()
                ends = QPointF(x, plane.bottom()), QPointF(x, plane.top())
                outside = QPointF(x, plane.bottom() + _TICK_PX)
                room = QRectF(x - wide / 2, own.top() + GAP_PX, wide, metrics.height())
            lines += [(grid, *ends), (edge, ends[0], outside)]
            texts.append((room, _BESIDE if self._is_upright else _BELOW, text))
        plane.adjust(-1, 0, 0, 0)  # beside the plane, which is filled
        far = plane.topLeft() if self._is_upright else plane.bottomRight()
        return (edge, plane.bottomLeft(), far if known else plane.bottomLeft()), lines, texts

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the texts of ticks, as pyqtgraph asks for them."""
        if self.text_of is not None:
            return [self.text_of(value) for value in values]
        if self.logMode:
            return log_tick_texts([10.0**value for value in values])
        return tick_texts(values)
