"""Chooses which values of a picture with 16 bits a value become black and white."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from engine.api.pictures import Picture, ValueRange

_TITLES: dict[ValueRange, tuple[str, str]] = {
    "automatic": ("Automatic", "as stored; by the bits in use where 12 or fewer are"),
    "stored": ("As stored", "0 is black, 65535 is white"),
    "stretched": ("Stretched", "the smallest value is black, the largest is white"),
}


class ValueRangeBox(QComboBox):
    """A list that is there only where it changes something; `title` stands beside it."""

    chosen = Signal(str)  # ValueRange

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("images.value_range")
        self.setAccessibleName("Values that become black and white")
        self.title = QLabel("Range")
        self.title.setProperty("class", "caption")
        for key, (text, tip) in _TITLES.items():
            self.addItem(text, key)
            self.setItemData(self.count() - 1, f"{text}: {tip}", Qt.ItemDataRole.ToolTipRole)
        self.setToolTip("Which values of this picture become black and white")
        self.activated.connect(self._on_activated)
        self.show_picture(None)

    def show_range(self, value_range: ValueRange) -> None:
        """Show what is chosen, without telling."""
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(value_range))

    def show_picture(self, picture: Picture | None) -> None:
        """Be there for pictures with 16 bits a value only."""
        values = picture.source_values if picture is not None else None
        is_deep = values is not None and values.dtype.kind == "u" and values.dtype.itemsize == 2
        self.setVisible(is_deep)
        self.title.setVisible(is_deep)

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.chosen.emit(self.itemData(index))
