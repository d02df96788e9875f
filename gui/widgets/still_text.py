"""A short text that changes many times a second, and never moves anything else.

A QLabel asks its layout to think again at every change of its text; among a hundred sliders that
takes longer than the picture they move.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import THEME


class StillText(QWidget):
    """One line, elided where it is too long; as wide as it is given."""

    def __init__(
        self,
        alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        is_muted: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._text = ""
        self._alignment = alignment | Qt.AlignmentFlag.AlignVCenter
        self._is_muted = is_muted
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.update)

    def text(self) -> str:
        """What is shown."""
        return self._text

    def setText(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.update()

    def whole_width(self) -> int:
        """Pixels that show all of the text."""
        # One more, because eliding asks for less than the whole pixels that the text is said to be.
        return self.fontMetrics().horizontalAdvance(self._text) + 1 if self._text else 0

    def shown_text(self) -> str:
        """What fits of the text."""
        elide = Qt.TextElideMode.ElideRight
        return self.fontMetrics().elidedText(self._text, elide, self.width())

    def sizeHint(self) -> QSize:
        """One line of the font."""
        return QSize(self.minimumWidth(), self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text."""
        painter = QPainter(self)
        tokens = THEME.tokens
        painter.setPen(QColor(tokens.muted if self._is_muted else tokens.text))
        painter.drawText(self.rect(), int(self._alignment), self.shown_text())
        painter.end()
