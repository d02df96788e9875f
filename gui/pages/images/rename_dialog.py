"""Asks how far the new name of a class reaches."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.theme import GRID_PX

WIDTH_PX = 520


class RenameDialog(QDialog):
    """Rejected when the class keeps its name."""

    everywhere_wanted = Signal()
    open_ones_wanted = Signal()

    def __init__(self, old: str, new: str, pictures: int, shapes: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("images.rename_dialog")
        self.setWindowTitle("Rename a class")
        noun = "one picture that is" if pictures == 1 else f"{pictures:,} pictures that are"
        count = "one shape" if shapes == 1 else f"{shapes:,} shapes"
        text = QLabel(
            f"{old} is also the class of {count} on {noun} not open. Rename it to {new} there too?"
            " Their files are then written now, and with them everything that is not saved yet."
        )
        text.setObjectName("images.rename_text")
        text.setWordWrap(True)
        text.setMinimumWidth(WIDTH_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        layout.addWidget(text)
        layout.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        everywhere = QPushButton("Rename everywhere")
        everywhere.setProperty("class", "primary")
        everywhere.setDefault(True)
        everywhere.clicked.connect(self._on_everywhere)
        open_ones = QPushButton("Only in open pictures")
        open_ones.clicked.connect(self._on_open_ones)
        cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        for name, button in (
            ("everywhere", everywhere),
            ("open_ones", open_ones),
            ("cancel", cancel),
        ):
            button.setObjectName(f"images.rename_{name}")
        buttons.addButton(everywhere, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(open_ones, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        return buttons

    def _on_everywhere(self) -> None:
        self.accept()
        self.everywhere_wanted.emit()

    def _on_open_ones(self) -> None:
        self.accept()
        self.open_ones_wanted.emit()
