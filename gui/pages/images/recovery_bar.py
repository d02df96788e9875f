"""One line that offers the unsaved work of a session that crashed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from gui.theme import GRID_PX


class RecoveryBar(QFrame):
    """Stays until a person has chosen; nothing else waits for it."""

    restore_wanted = Signal()
    discard_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("images.recovery")
        self.setProperty("class", "card")
        self._text = QLabel()
        self._restore = QPushButton("Restore")
        self._discard = QPushButton("Discard")
        self._restore.setProperty("class", "primary")
        for widget, name, description in (
            (self._text, "images.recovery_text", "Unsaved work was found"),
            (self._restore, "images.restore", "Restore the unsaved work"),
            (self._discard, "images.discard", "Discard the unsaved work"),
        ):
            widget.setObjectName(name)
            widget.setAccessibleName(description)
        self._text.setWordWrap(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._discard)
        layout.addWidget(self._restore)
        for button in (self._restore, self._discard):
            button.clicked.connect(self.hide)
        self._restore.clicked.connect(self.restore_wanted)
        self._discard.clicked.connect(self.discard_wanted)
        self.hide()

    def offer(self, count: int) -> None:
        """Offer the shapes of so many pictures."""
        noun = "one picture" if count == 1 else f"{count:,} pictures"
        self._text.setText(
            f"The program did not end properly last time. Unsaved shapes on {noun} were kept."
        )
        self.show()
