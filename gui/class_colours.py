"""The colours of the classes at hand: no two alike, whatever is drawn in them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from engine.api.class_colours import Rgb, class_rgb


class ClassColours(QObject):
    """What the open folder gives its classes; any other class has the colour of its name."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._at_hand: dict[str, Rgb] = {}
        self.version = 0  # rises with every change, for what is kept by it

    def set_at_hand(self, colours: Mapping[str, Rgb]) -> None:
        """Give these classes colours of their own, and no others."""
        if colours != self._at_hand:
            self._at_hand = dict(colours)
            self.version += 1
            self.changed.emit()

    def rgb(self, name: str) -> Rgb:
        """Return the colour of a class."""
        found = self._at_hand.get(name)
        return class_rgb(name) if found is None else found


CLASS_COLOURS = ClassColours()
"""One window, one set of classes at hand."""
