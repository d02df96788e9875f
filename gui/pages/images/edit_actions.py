"""What the Edit menu does with the shapes of the picture."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from gui.pages.images.clipboard import holds_something
from gui.widgets.canvas import Canvas
from gui.widgets.icons import icon


class EditActions(QObject):
    """Entries that can be chosen only where they do something; the canvas has their keys.

    Attributes:
        paste: the page's own, which takes pictures and files as well.
    """

    def __init__(self, canvas: Canvas, paste: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas, self.paste = canvas, paste
        self.cut = self._entry("cut", "Cu&t", "Ctrl+X", canvas.cut, "content-cut")
        self.copy = self._entry("copy", "&Copy", "Ctrl+C", canvas.copy, "content-copy")
        self.delete = self._entry(
            "delete", "&Delete", "Del", canvas.delete_selection, "delete-outline"
        )
        self.select_all = self._entry("select_all", "Select &all", "Ctrl+A", canvas.select_all)
        self.duplicate = self._entry("duplicate", "Dup&licate", "Ctrl+D", canvas.duplicate)

    def _entry(self, name: str, text: str, keys: str, slot: object, sign: str = "") -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"images.action.{name}")
        action.setShortcut(QKeySequence(keys))
        # Shown in the menu; elsewhere the same keys belong to lists and lines.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(slot)
        if sign:
            action.setIcon(icon(sign, "muted"))
        return action

    @property
    def entries(self) -> tuple[QAction, ...]:
        """In the order of the menu."""
        first = (self.cut, self.copy, self.paste, self.duplicate)
        return (*first, self.delete, self.select_all)

    @Slot()
    def refresh(self) -> None:
        """Let those be chosen that do something now."""
        document = self._canvas.document
        has_chosen = document is not None and bool(document.selection)
        is_editable = self._canvas.is_editable
        self.copy.setEnabled(has_chosen)
        for action in (self.cut, self.duplicate, self.delete):
            action.setEnabled(has_chosen and is_editable)
        self.select_all.setEnabled(document is not None and bool(document.shapes))
        self.paste.setEnabled(holds_something(is_editable))

    @Slot()
    def release(self) -> None:
        """Let Ctrl+V reach the page, whatever was on the clipboard when the menu was open."""
        self.paste.setEnabled(True)
