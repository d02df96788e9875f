"""Named values as bars, with what they were before and the limit that they are held against."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from engine.api.traces import BarsMark
from gui.theme import GRID_PX, THEME, class_colour, plot_role_colour
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.plots.bars import ROW_PX, BarPlot, Bars, limit_pen
from gui.widgets.plots.heading import Colour
from gui.widgets.plots.ticks import number_text

VERTICAL_CENTRE = int(Qt.AlignmentFlag.AlignVCenter)
ROWS_AT_LEAST, ROWS_UP_TO = 2, 6


class _LimitLegend(QWidget):
    """A dash and what it stands for."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(2 * GRID_PX)
        THEME.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(10 * GRID_PX, 2 * GRID_PX)

    def set_text(self, text: str) -> None:
        self._text = text
        self.setVisible(bool(text))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        middle = self.height() / 2
        painter.setPen(limit_pen())
        painter.drawLine(QPointF(0, middle), QPointF(2.5 * GRID_PX, middle))
        painter.setPen(QColor(THEME.tokens.muted))
        area = QRectF(self.rect()).adjusted(3 * GRID_PX, 0, 0, 0)
        fitting = QFontMetricsF(self.font()).elidedText(
            self._text, Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area, VERTICAL_CENTRE, fitting)
        painter.end()


class TraceBars(QWidget):
    """Shows a BarsMark; scrolls when there are more bars than room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._legend, self._bars = ElidedLabel(), _LimitLegend(), BarPlot()
        self._mark = BarsMark((), np.zeros(0))
        self._most_bars = 0
        self._title.setProperty("class", "heading")
        self._bars.setAccessibleName("Bars of the step")
        self._scroll = scroll = QScrollArea()
        self._bars.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the player
        scroll.setWidget(self._bars)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self._title)
        layout.addWidget(self._legend)
        layout.addWidget(scroll, 1)

    @property
    def mark(self) -> BarsMark:
        """What is shown."""
        return self._mark

    def sizeHint(self) -> QSize:
        """As high as the most bars so far, up to ROWS_UP_TO: steps must not make the page jump."""
        return QSize(30 * GRID_PX, self._height_with(ROWS_UP_TO))

    def minimumSizeHint(self) -> QSize:
        """Room for a few bars."""
        return QSize(15 * GRID_PX, self._height_with(ROWS_AT_LEAST))

    def _height_with(self, rows: int) -> int:
        head = sum(
            widget.sizeHint().height() + GRID_PX // 2
            for widget in (self._title, self._legend)
            if not widget.isHidden()
        )
        return head + ROW_PX * min(rows, max(self._most_bars, 1))

    def forget_size(self) -> None:
        """Size for the next bars, not for the most that were shown."""
        self._most_bars = 0

    def _scroll_to(self, row: int) -> None:
        self._bars.resize(self._scroll.viewport().width(), self._bars.minimumHeight())
        self._scroll.ensureVisible(0, row * ROW_PX + ROW_PX // 2, 0, 3 * ROW_PX)

    @staticmethod
    def _colour(mark: BarsMark, row: int) -> Colour:
        if mark.labels:
            return partial(class_colour, mark.labels[row])
        return partial(plot_role_colour, mark.roles[row] if mark.roles else "neutral")

    def set_mark(self, mark: BarsMark) -> None:
        """Show the bars of a step; the current one is scrolled into view."""
        self._title.setText(mark.title)
        self._title.setVisible(bool(mark.title))
        name = mark.limit_name or "limit"
        self._legend.set_text(f"{name} {number_text(mark.limit)}" if mark.limit is not None else "")
        self._mark = mark
        colours = tuple(self._colour(mark, row) for row in range(len(mark.names)))
        values = np.asarray(mark.values, np.float64)
        bars = Bars(mark.names, values, colours, mark.before, mark.limit, mark.current)
        self._bars.set_bars(bars)
        self._bars.setAccessibleName(mark.title or "Bars of the step")
        self._most_bars = max(self._most_bars, len(mark.names))
        self.updateGeometry()
        self._scroll_to(mark.current or 0)
        self.setAccessibleName(mark.title or "Bars of the step")
        pairs = zip(mark.names, bars.texts(), strict=True)
        self.setAccessibleDescription(", ".join(f"{name} {text}" for name, text in pairs))
