"""Named values as bars, with what they were before and the limit that they are held against."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from engine.api.traces import BarsMark
from gui.theme import GRID_PX, THEME, class_colour, plot_role_colour
from gui.widgets.elided_label import ElidedLabel

ROW_PX, BAR_PX = 3 * GRID_PX, 12
NAME_FRACTION = 0.35
"""Names take at most this share of the width."""
BEFORE_ALPHA = 0.35
VERTICAL_CENTRE = int(Qt.AlignmentFlag.AlignVCenter)
ROWS_AT_LEAST, ROWS_UP_TO = 2, 6


class _Bars(QWidget):
    """Paints the rows; as high as there are bars."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = BarsMark((), np.zeros(0))
        THEME.changed.connect(self.update)

    def set_mark(self, mark: BarsMark) -> None:
        self.mark = mark
        self.setMinimumHeight(ROW_PX * max(len(mark.names), 1))
        self.update()

    def texts(self) -> list[str]:
        """The numbers beside the bars."""
        values = (
            [self.mark.values]
            if self.mark.before is None
            else [
                self.mark.before,
                self.mark.values,
            ]
        )
        is_whole = all(np.all(np.mod(column, 1) == 0) for column in values)
        columns = [[f"{v:.0f}" if is_whole else f"{v:.2f}" for v in column] for column in values]
        return [
            row[0] if len(set(row)) == 1 else " → ".join(row) for row in zip(*columns, strict=True)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names, bars, values and the limit."""
        mark = self.mark
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not mark.names:
            painter.setPen(QColor(THEME.tokens.muted))
            painter.drawText(QRectF(0, 0, self.width(), ROW_PX), VERTICAL_CENTRE, "none")
            painter.end()
            return
        metrics, texts = QFontMetricsF(self.font()), self.texts()
        bold = QFontMetricsF(self._name_font(is_current=True))
        names_px = min(max(map(bold.horizontalAdvance, mark.names)), NAME_FRACTION * self.width())
        texts_px = max(map(metrics.horizontalAdvance, texts))
        left = names_px + GRID_PX
        track = QRectF(left, 0, max(self.width() - left - texts_px - 2 * GRID_PX, 1), self.height())
        low, high = self._range()
        scale = track.width() / (high - low)
        zero = track.left() - low * scale
        for row, name in enumerate(mark.names):
            top = row * ROW_PX
            self._paint_name(painter, name, QRectF(0, top, names_px, ROW_PX), row == mark.current)
            if mark.before is not None:
                length = float(mark.before[row]) * scale
                self._paint_bar(painter, self._colour(row), top, zero, length, BEFORE_ALPHA)
            self._paint_bar(painter, self._colour(row), top, zero, float(mark.values[row]) * scale)
            painter.setPen(QColor(THEME.tokens.text))
            beside = QRectF(track.right() + GRID_PX, top, texts_px + GRID_PX, ROW_PX)
            painter.drawText(beside, VERTICAL_CENTRE, texts[row])
        if mark.limit is not None:
            x = round(zero + mark.limit * scale)  # on a pixel, so that it stays crisp
            painter.setPen(_limit_pen())
            painter.drawLine(QPointF(x, 0), QPointF(x, ROW_PX * len(mark.names)))
        painter.end()

    def _range(self) -> tuple[float, float]:
        columns = [self.mark.values, [0.0]]
        if self.mark.before is not None:
            columns.append(self.mark.before)
        if self.mark.limit is not None:
            columns.append([self.mark.limit])
        values = np.concatenate([np.asarray(column, np.float64) for column in columns])
        low, high = float(values.min()), float(values.max())
        if low >= 0 and 0 < high <= 1 and not np.all(np.mod(values, 1) == 0):
            high = 1.0  # a share, a probability, an overlap
        return low, high if high > low else low + 1.0

    def _colour(self, row: int) -> QColor:
        if self.mark.labels:
            return class_colour(self.mark.labels[row])
        return plot_role_colour(self.mark.roles[row] if self.mark.roles else "neutral")

    def _paint_name(self, painter: QPainter, name: str, area: QRectF, is_current: bool) -> None:
        font = self._name_font(is_current)
        painter.setFont(font)
        painter.setPen(QColor(THEME.tokens.text if is_current else THEME.tokens.muted))
        metrics = QFontMetricsF(font)
        elided = metrics.elidedText(name, Qt.TextElideMode.ElideRight, area.width() + 1)
        painter.drawText(area, VERTICAL_CENTRE, elided)
        painter.setFont(self.font())

    def _name_font(self, is_current: bool) -> QFont:
        font = QFont(self.font())
        font.setBold(is_current)
        return font

    def _paint_bar(
        self,
        painter: QPainter,
        colour: QColor,
        top: float,
        zero: float,
        length: float,
        alpha: float = 1.0,
    ) -> None:
        if length == 0:
            return
        colour.setAlphaF(alpha)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        bar = QRectF(zero, top + (ROW_PX - BAR_PX) / 2, length, BAR_PX).normalized()
        painter.drawRoundedRect(bar, 2, 2)


def _limit_pen() -> QPen:
    pen = QPen(QColor(THEME.tokens.text), 2)
    pen.setDashPattern([3, 2])
    return pen


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
        painter.setPen(_limit_pen())
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
        self._title, self._legend, self._bars = ElidedLabel(), _LimitLegend(), _Bars()
        self._most_bars = 0
        self._title.setProperty("class", "heading")
        self._scroll = scroll = QScrollArea()
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
        return self._bars.mark

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

    def set_mark(self, mark: BarsMark) -> None:
        """Show the bars of a step; the current one is scrolled into view."""
        self._title.setText(mark.title)
        self._title.setVisible(bool(mark.title))
        has_limit = mark.limit is not None
        self._legend.set_text(f"{mark.limit_name or 'limit'} {mark.limit:.2f}" if has_limit else "")
        self._bars.set_mark(mark)
        self._most_bars = max(self._most_bars, len(mark.names))
        self.updateGeometry()
        self._scroll_to(mark.current or 0)
        self.setAccessibleName(mark.title or "Bars of the step")
        pairs = zip(mark.names, self._bars.texts(), strict=True)
        self.setAccessibleDescription(", ".join(f"{name} {text}" for name, text in pairs))
