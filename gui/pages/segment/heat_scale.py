"""The colours of a heat map with the values at their ends."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.canvas.colour_maps import heat_table

BAR_PX = 10


class HeatScale(QWidget):
    """A strip from the darkest to the brightest colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = ("0", "1")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A line."""
        return QSize(20 * GRID_PX, max(self.fontMetrics().height(), BAR_PX) + GRID_PX // 2)

    def set_texts(self, low: str, high: str) -> None:
        """Name the two ends."""
        self._texts = (low, high)
        self.setAccessibleDescription(f"from {low}, dark, to {high}, bright")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the strip between its texts."""
        painter = QPainter(self)
        painter.setPen(QColor(THEME.tokens.muted))
        widths = [self.fontMetrics().horizontalAdvance(text) for text in self._texts]
        left, right = widths[0] + GRID_PX, self.width() - widths[1] - GRID_PX
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(0, 0, widths[0] + 1, self.height()), middle, self._texts[0])
        end = QRectF(right + GRID_PX, 0, widths[1] + 1, self.height())
        painter.drawText(end, middle, self._texts[1])
        colours = heat_table()[:256].copy()
        strip = QImage(colours.data, 256, 1, 1024, QImage.Format.Format_RGB32)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        top = (self.height() - BAR_PX) / 2
        painter.drawImage(QRectF(left, top, max(right - left, 1), BAR_PX), strip)
        painter.end()
