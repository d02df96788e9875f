"""Rows of pictures, one along each direction of the codes, with a bar of nats each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.rgb_images import as_image

BAR_PX, NAME_PX, NUMBER_PX = 70, 46, 78
CELL_RANGE_PX = (24, 96)
HEIGHT_PX = 560


class TraversalView(QWidget):
    """Rows of pictures with a name and a bar each; a click asks for the code under it."""

    code_picked = Signal(int)  # index into the latents of the answer
    rows_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._rows = self._columns = 0
        self._names: Sequence[str] = ()
        self._nats: Sequence[float] | None = None
        self._is_active: Sequence[bool] = ()
        self._bars_end = 0.0
        self._cell = CELL_RANGE_PX[0]
        self._text = ""
        self._index = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        THEME.changed.connect(self.update)

    def set_rows(
        self,
        sheet: NDArray[np.uint8] | None,
        names: Sequence[str] = (),
        columns: int = 1,
        nats: Sequence[float] | None = None,
        is_active: Sequence[bool] = (),
    ) -> None:
        """Show a sheet (rows * H, columns * W, 3) with the names of its rows."""
        self._image = QImage() if sheet is None else as_image(sheet)
        self._rows, self._columns = len(names), columns
        self._names, self._nats, self._is_active = names, nats, is_active
        self._index = min(self._index, max(0, self._rows * columns - 1))
        self._fit()
        self.rows_changed.emit()

    @property
    def most_nats(self) -> float:
        """The longest bar; 0 where there are none."""
        return max(self._nats or (0.0,))

    @property
    def bars_end(self) -> float:
        """How many nats a bar of full length stands for."""
        return max(1e-6, self._bars_end, self.most_nats)

    def set_bars_end(self, nats: float) -> None:
        """Choose what a bar of full length stands for, so that two views can be compared."""
        self._bars_end = nats
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Rows take the width that there is."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        low, high = CELL_RANGE_PX
        wide = (self.width() - self._left()) // max(1, self._columns)
        self._cell = max(low, min(high, HEIGHT_PX // max(1, self._rows), wide))
        left = self._left() + self._columns * low if self._rows else 0
        self.setMinimumSize(left, max(8 * GRID_PX, self._sheet_size().height()))
        self.update()

    def set_empty_text(self, text: str) -> None:
        """Say why there are no rows."""
        self._text = text
        self.update()

    @property
    def image(self) -> QImage:
        """The sheet; null without one."""
        return self._image

    def _left(self) -> int:
        return NAME_PX + (BAR_PX + NUMBER_PX if self._nats is not None else 0)

    def _sheet_size(self) -> QSize:
        if self._image.isNull():
            return QSize(0, 0)
        return QSize(self._columns * self._cell, self._rows * self._cell)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the code under the pointer."""
        column = int((event.position().x() - self._left()) // self._cell)
        row = int(event.position().y() // self._cell)
        if 0 <= column < self._columns and 0 <= row < self._rows:
            self._index = row * self._columns + column
            self.code_picked.emit(self._index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from picture to picture; Enter or Space takes the code."""
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._columns,
            Qt.Key.Key_Down: self._columns,
        }
        key, count = Qt.Key(event.key()), self._rows * self._columns
        if key in steps and 0 <= self._index + steps[key] < count:
            self._index += steps[key]
            self.update()
        elif count and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.code_picked.emit(self._index)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show which picture keys start from."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it no more."""
        self.update()
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names, bars and pictures."""
        painter = QPainter(self)
        tokens = THEME.tokens
        if self._image.isNull():
            painter.setPen(QColor(tokens.muted))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect(), flags, self._text)
            return
        size = self._sheet_size()
        painter.drawImage(QRectF(self._left(), 0, size.width(), size.height()), self._image)
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        for row, name in enumerate(self._names):
            top = row * self._cell
            is_active = not self._is_active or self._is_active[row]
            painter.setPen(QColor(tokens.text if is_active else tokens.muted))
            painter.drawText(QRectF(0, top, NAME_PX - 8, self._cell), middle, name)
            if self._nats is None:
                continue
            share = self._nats[row] / self.bars_end
            bar = QRectF(NAME_PX, top + self._cell / 2 - 6, max(2.0, share * BAR_PX), 12)
            painter.fillRect(bar, QColor(tokens.accent if is_active else tokens.muted))
            number = QRectF(NAME_PX + BAR_PX, top, NUMBER_PX - 8, self._cell)
            painter.drawText(number, middle, f"{self._nats[row]:.2f} nats")
        if self.hasFocus():
            row, column = divmod(self._index, self._columns)
            corner = (self._left() + column * self._cell, row * self._cell)
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRect(QRectF(*corner, self._cell - 1, self._cell - 1))
        painter.end()
