"""Asks what becomes of annotations that another program has changed since they were read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QSignalMapper, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.theme import GRID_PX

Answer = Literal["both", "mine", "theirs"]
WIDTH_PX = 560
NAMED = 3
"""So many pictures are named; of the others their number is told."""
ANSWERS: tuple[tuple[Answer, str, str], ...] = (
    ("both", "Keep both", "Your edits and theirs; of a shape that both changed both forms stay."),
    ("mine", "Keep mine", "What the other program changed on these pictures is replaced."),
    ("theirs", "Take theirs", "Your edits of these pictures go; Undo brings them back."),
)


class ChangedDialog(QDialog):
    """Rejected when nothing is to be written; otherwise `chosen` tells the answer."""

    chosen = Signal(str)  # Answer

    def __init__(self, pictures: Sequence[Path], places: Sequence[Path], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("images.changed_dialog")
        self.setWindowTitle("Changed by another program")
        where = places[0].name if len(places) == 1 else f"{len(places)} places"
        text = QLabel(
            f"{where}: another program has changed the annotations of {_named(pictures)}"
            " since they were read. Nothing has been written yet."
        )
        text.setObjectName("images.changed_text")
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        text.setToolTip("\n".join(str(picture) for picture in pictures[:20]))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setObjectName(
            "images.changed_cancel"
        )
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        layout.addWidget(text)
        layout.addLayout(self._answers())
        layout.addWidget(buttons)
        text.setMinimumWidth(WIDTH_PX)

    def _answers(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID_PX)
        grid.setVerticalSpacing(GRID_PX)
        grid.setColumnStretch(1, 1)
        mapper = QSignalMapper(self)
        mapper.mappedString.connect(self._on_chosen)
        for row, (answer, title, explanation) in enumerate(ANSWERS):
            button = QPushButton(title)
            button.setObjectName(f"images.changed_{answer}")
            button.setAccessibleDescription(explanation)
            if row == 0:  # loses nothing
                button.setProperty("class", "primary")
                button.setDefault(True)
            button.clicked.connect(mapper.map)
            mapper.setMapping(button, answer)
            caption = QLabel(explanation)
            caption.setProperty("class", "caption")
            grid.addWidget(button, row, 0)
            grid.addWidget(caption, row, 1)
        return grid

    @Slot(str)
    def _on_chosen(self, answer: str) -> None:
        self.accept()
        self.chosen.emit(answer)


def _named(pictures: Sequence[Path]) -> str:
    names = ", ".join(picture.name for picture in pictures[:NAMED])
    more = len(pictures) - NAMED
    return f"{names} and {more:,} more" if more > 0 else names
