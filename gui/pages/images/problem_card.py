"""What stands in the place of a picture that cannot be opened."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.theme import GRID_PX
from gui.widgets.icons import icon

CARD_WIDTH_PX = 440


class ProblemCard(QWidget):
    """Names the file and the reason; the browsing goes on."""

    next_wanted = Signal()
    retry_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = QLabel()
        self._reason = QLabel()
        self._next = QPushButton(icon("chevron-right"), "Next picture")
        self._retry = QPushButton(icon("refresh"), "Try again")
        for widget, name, description in (
            (self._name, "images.problem_file", "File that cannot be opened"),
            (self._reason, "images.problem", "Why it cannot be opened"),
            (self._next, "images.problem_next", "Next picture"),
            (self._retry, "images.problem_retry", "Try to open it again"),
        ):
            widget.setObjectName(name)
            widget.setAccessibleName(description)
        self._name.setProperty("class", "title")
        for label in (self._name, self._reason):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        card = QFrame()
        card.setProperty("class", "panel")
        card.setFixedWidth(CARD_WIDTH_PX)
        inner = QVBoxLayout(card)
        inner.setContentsMargins(3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX, 3 * GRID_PX)
        inner.setSpacing(2 * GRID_PX)
        inner.addWidget(self._name)
        inner.addWidget(self._reason)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._retry)
        buttons.addWidget(self._next)
        inner.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)
        self._next.clicked.connect(self.next_wanted)
        self._retry.clicked.connect(self.retry_wanted)

    def show_problem(self, file: Path, reason: str) -> None:
        """Show which file it is and why."""
        # Long names without blanks break at any place.
        self._name.setText("\u200b".join(file.name))
        self._reason.setText(reason)
        for label in (self._name, self._reason):
            # The layout asks for no height by width across the alignment: lines would be cut off.
            label.ensurePolished()
            label.setMinimumHeight(label.heightForWidth(CARD_WIDTH_PX - 6 * GRID_PX))
