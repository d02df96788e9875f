"""Small pictures in rows: looked at, chosen by mouse or keys, and dragged as codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDrag,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.rgb_images import as_image

CODE_MIME = "application/x-vision-workbench-code"
"""float32 numbers of a code, as bytes."""

GAP_PX = 4
CAPTION_PX = 16


def code_to_mime(code: NDArray[np.floating]) -> QMimeData:
    """Return what a drag carries."""
    mime = QMimeData()
    mime.setData(CODE_MIME, QByteArray(np.asarray(code, np.float32).tobytes()))
    return mime


def code_from_mime(mime: QMimeData) -> NDArray[np.float32] | None:
    """Return the code that a drag carries, None where it carries something else."""
    if not mime.hasFormat(CODE_MIME):
        return None
    data = bytes(mime.data(CODE_MIME).data())
    return np.frombuffer(data, np.float32).copy() if data and len(data) % 4 == 0 else None


class PictureGrid(QWidget):
    """Pictures of one size, enlarged by whole numbers; as many a row as fit, or as said."""

    picked = Signal(int)  # index that was clicked, or Space on the chosen one
    moved = Signal(int)  # index that arrow keys went to
    activated = Signal(int)  # double click, Enter

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: list[QImage] = []
        self._codes: NDArray[np.float32] | None = None
        self._captions: Sequence[str] = ()
        self._row_titles: Sequence[str] = ()
        self._tips: Sequence[str] = ()
        self._marks: dict[int, QColor] = {}
        self._fixed_columns: int | None = None
        self._cell_px = 56
        self._text = ""
        self._press: QPoint | None = None
        self.index = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        THEME.changed.connect(self.update)

    # What is shown

    def set_pictures(
        self,
        pixels: NDArray[np.uint8] | None,
        codes: NDArray[np.float32] | None = None,
        captions: Sequence[str] = (),
        columns: int | None = None,
        tips: Sequence[str] = (),
        row_titles: Sequence[str] = (),
    ) -> None:
        """Show pictures (N, H, W, 3); those with codes (N, Z) can be dragged away.

        Args:
            row_titles: one a row, to its left, for fixed `columns`.
        """
        self._images = [] if pixels is None else [as_image(one) for one in pixels]
        self._codes, self._captions, self._tips = codes, captions, tips
        self._fixed_columns, self._row_titles = columns, row_titles
        self._marks = {}
        self.index = -1 if not self._images else min(self.index, len(self._images) - 1)
        self._fit()

    def set_empty_text(self, text: str) -> None:
        """Say why there are no pictures."""
        self._text = text
        self.update()

    def set_cell_px(self, side: int) -> None:
        """Choose how large a picture is about."""
        self._cell_px = side
        self._fit()

    def set_marks(self, marks: Mapping[int, QColor]) -> None:
        """Frame some pictures in a colour each."""
        self._marks = dict(marks)
        self.update()

    def choose(self, index: int) -> None:
        """Put the frame of choice around a picture."""
        self.index = index if 0 <= index < len(self._images) else -1
        self.update()

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return len(self._images)

    @property
    def codes(self) -> NDArray[np.float32] | None:
        """Codes of the pictures, where they are known."""
        return self._codes

    @property
    def row_titles(self) -> Sequence[str]:
        """What stands to the left of each row."""
        return self._row_titles

    def cell_rect(self, index: int) -> QRect:
        """Return where a picture is painted."""
        size = self._picture_size()
        row, column = divmod(index, self.columns)
        left = GAP_PX + self._title_px() + column * (size.width() + GAP_PX)
        top = GAP_PX + row * (size.height() + self._caption_px() + GAP_PX)
        return QRect(QPoint(left, top), size)

    @property
    def columns(self) -> int:
        """Pictures in a row."""
        if self._fixed_columns is not None:
            return self._fixed_columns
        wide = self._picture_size().width() + GAP_PX
        return max(1, (self.width() - GAP_PX) // wide)

    def heightForWidth(self, width: int) -> int:
        """Return the height of all rows."""
        size = self._picture_size()
        columns = self._fixed_columns or max(1, (width - GAP_PX) // (size.width() + GAP_PX))
        rows = -(-len(self._images) // columns)
        return GAP_PX + rows * (size.height() + self._caption_px() + GAP_PX)

    def sizeHint(self) -> QSize:
        """Room for the fixed columns, else for a handful of pictures."""
        size = self._picture_size()
        columns = self._fixed_columns or 6
        width = GAP_PX + self._title_px() + columns * (size.width() + GAP_PX)
        return QSize(width, max(12 * GRID_PX, self.heightForWidth(width)))

    def minimumSizeHint(self) -> QSize:
        """The fixed columns whole; one picture otherwise."""
        hint = self.sizeHint()
        one = self._picture_size().width() + 2 * GAP_PX
        return QSize(hint.width() if self._fixed_columns else one, 8 * GRID_PX)

    def _picture_size(self) -> QSize:
        if not self._images:
            return QSize(self._cell_px, self._cell_px)
        size = self._images[0].size()
        factor = max(1, round(self._cell_px / max(1, min(size.width(), size.height()))))
        return QSize(size.width() * factor, size.height() * factor)

    def _title_px(self) -> int:
        lines = [line for title in self._row_titles for line in title.splitlines()]
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(line) for line in lines), default=0)
        return widest + 2 * GAP_PX if lines else 0

    def _caption_px(self) -> int:
        return CAPTION_PX if self._captions else 0

    def _fit(self) -> None:
        self.setMinimumHeight(max(8 * GRID_PX, self.heightForWidth(max(1, self.width()))))
        self.updateGeometry()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the height that the new width needs."""
        super().resizeEvent(event)
        needed = max(8 * GRID_PX, self.heightForWidth(self.width()))
        if needed != self.minimumHeight():
            self.setMinimumHeight(needed)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what lies in the exposed part."""
        painter = QPainter(self)
        tokens = THEME.tokens
        if not self._images:
            painter.setPen(QColor(tokens.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 0, -16, 0), int(flags), self._text)
            return
        self._draw_row_titles(painter)
        for index, image in enumerate(self._images):
            cell = self.cell_rect(index)
            if not cell.adjusted(-4, -4, 4, 4 + self._caption_px()).intersects(event.rect()):
                continue
            painter.drawImage(cell, image)
            mark = self._marks.get(index)
            if mark is not None:
                painter.setPen(QPen(mark, 3))
                painter.drawRect(cell.adjusted(0, 0, -1, -1))
            if index == self.index:
                painter.setPen(QPen(QColor(tokens.accent), 2))
                painter.drawRect(cell.adjusted(-2, -2, 1, 1))
            if index < len(self._captions):
                below = QRect(cell.left() - 2, cell.bottom() + 1, cell.width() + 4, CAPTION_PX)
                painter.setPen(QColor(tokens.muted))
                painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), self._captions[index])

    def _draw_row_titles(self, painter: QPainter) -> None:
        painter.setPen(QColor(THEME.tokens.text))
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        for row, title in enumerate(self._row_titles):
            first = self.cell_rect(row * self.columns)
            width = self._title_px() - 2 * GAP_PX
            painter.drawText(QRect(GAP_PX, first.top(), width, first.height()), flags, title)

    # Choosing

    def index_at(self, position: QPoint) -> int:
        """Return the picture at a place of the widget, -1 where there is none."""
        return next(
            (i for i in range(len(self._images)) if self.cell_rect(i).contains(position)), -1
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the picture under the pointer."""
        found = self.index_at(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or found < 0:
            super().mousePressEvent(event)
            return
        self._press = event.position().toPoint()
        self.choose(found)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag a code away once the pointer has moved far enough."""
        if self._press is None or self._codes is None or self.index < 0:
            return
        moved = (event.position().toPoint() - self._press).manhattanLength()
        if moved < QApplication.startDragDistance():
            return
        self._press = None
        self._drag()

    def _drag(self) -> None:
        """Carry the code of the chosen picture away; returns when it is dropped."""
        assert self._codes is not None
        drag = QDrag(self)
        drag.setMimeData(code_to_mime(self._codes[self.index]))
        drag.setPixmap(QPixmap.fromImage(self._images[self.index].scaled(self._picture_size())))
        drag.exec(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pick the picture that was pressed, unless it was dragged away."""
        is_click, self._press = self._press is not None, None
        if is_click and self.index >= 0:
            self.picked.emit(self.index)
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Activate the picture under the pointer."""
        found = self.index_at(event.position().toPoint())
        if found >= 0:
            self.activated.emit(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the choice by arrows, Home and End; Space picks, Enter activates."""
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.columns,
            Qt.Key.Key_Down: self.columns,
            Qt.Key.Key_Home: -len(self._images),
            Qt.Key.Key_End: len(self._images),
        }
        key = Qt.Key(event.key())
        if key in steps and self._images:
            self.choose(max(0, min(len(self._images) - 1, max(self.index, 0) + steps[key])))
            self.moved.emit(self.index)
        elif self.index >= 0 and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.activated.emit(self.index)
        elif self.index >= 0 and key == Qt.Key.Key_Space:
            self.picked.emit(self.index)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Answer with the tip of the picture under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._tips:
            found = self.index_at(event.pos())
            text = self._tips[found] if 0 <= found < len(self._tips) else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)
