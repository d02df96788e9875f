"""One line above the page that says what went wrong, without stopping anybody."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from gui.theme import GRID_PX
from gui.widgets.icons import icon

NoticeKind = Literal["problem", "information"]


class Notice(QFrame):
    """A bar that stays until it is closed or a newer one takes its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._sign = QLabel()
        self._text = QLabel()
        self._close = QToolButton()
        self._build()
        self._close.clicked.connect(self.dismiss)
        self.hide()

    def _build(self) -> None:
        self._text.setObjectName("notice.text")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close.setObjectName("notice.close")
        self._close.setAccessibleName("Dismiss this notice")
        self._close.setToolTip("Dismiss")
        self._close.setIcon(icon("close"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX // 2, GRID_PX // 2, GRID_PX // 2)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._sign)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)

    @property
    def text(self) -> str:
        """The line shown; empty when the bar is hidden."""
        return self._text.text() if not self.isHidden() else ""

    def show_text(self, text: str, kind: NoticeKind = "problem") -> None:
        """Show a line in place of the one before."""
        is_problem = kind == "problem"
        sign = icon("alert-circle-outline", "danger") if is_problem else icon("information-outline")
        self._sign.setPixmap(sign.pixmap(QSize(18, 18), self.devicePixelRatioF()))
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setProperty("kind", kind)
        self.style().polish(self)
        self.show()

    @Slot()
    def dismiss(self) -> None:
        """Hide the bar."""
        self._text.clear()
        self.hide()
