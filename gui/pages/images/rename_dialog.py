"""Asks how far the new name of a class, or its end, reaches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.api.annotations import PictureAnnotations
from gui.theme import GRID_PX

WIDTH_PX = 520


@dataclass(frozen=True, slots=True)
class Reach:
    """How many shapes of a class there are, on how many pictures."""

    shapes: int
    pictures: int

    @classmethod
    def of(cls, label: str, pictures: Iterable[PictureAnnotations]) -> Reach:
        """Count the shapes of a class."""
        counts = [sum(shape.label == label for shape in p.shapes) for p in pictures]
        return cls(sum(counts), sum(count > 0 for count in counts))

    def __str__(self) -> str:
        shapes = "one shape" if self.shapes == 1 else f"{self.shapes:,} shapes"
        pictures = "one picture" if self.pictures == 1 else f"{self.pictures:,} pictures"
        return f"{shapes} on {pictures}"


class RenameDialog(QDialog):
    """Rejected when the class stays as it is.

    Args:
        new: another name, or an empty one where the class is deleted with its shapes.
        here: in the open pictures, or unsaved.
        elsewhere: in the files of pictures that are not open.
        is_merging: whether there is a class of the new name.
    """

    everywhere_wanted = Signal()
    open_ones_wanted = Signal()

    def __init__(
        self,
        old: str,
        new: str,
        here: Reach,
        elsewhere: Reach,
        is_merging: bool,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("images.rename_dialog")
        self._verb = "Rename" if new and not is_merging else "Merge" if new else "Delete"
        self._is_elsewhere = elsewhere.shapes > 0
        self.setWindowTitle(f"{self._verb} a class")
        text = QLabel(_question(self._verb, old, new, here, elsewhere))
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
        everywhere = QPushButton(f"{self._verb} everywhere")
        everywhere.clicked.connect(self._on_everywhere)
        everywhere.setVisible(self._is_elsewhere)
        open_ones = QPushButton("Only in open pictures" if self._is_elsewhere else self._verb)
        preferred = everywhere if self._is_elsewhere else open_ones
        preferred.setProperty("class", "primary")
        preferred.setDefault(True)
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


def _question(verb: str, old: str, new: str, here: Reach, elsewhere: Reach) -> str:
    begun = ""
    if verb == "Merge" and here.shapes:
        begun = f"{new} is a class already: {here} of class {old} would become {new}."
    elif verb == "Delete" and here.shapes:
        begun = f"{old} is the class of {here}: they go with it. Undo brings them back."
    if not elsewhere.shapes:
        return begun
    noun = "that is" if elsewhere.pictures == 1 else "that are"
    to = {"Rename": "to", "Merge": "into"}
    what = f"{verb} it {to[verb]} {new}" if verb in to else "Delete them"
    rest = (
        f"{old} is also the class of {elsewhere} {noun} not open. {what} there too? Their files are"
        " then written now, and with them everything that is not saved yet."
    )
    return f"{begun} {rest}" if begun else rest
