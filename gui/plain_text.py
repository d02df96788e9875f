"""Names of files and classes are shown letter for letter, whatever markup they look like.

Qt takes a text that looks like HTML for HTML in every label and tip, `&` in a menu for the mark of
a key, and `[*]` in a window's title for the mark of unsaved work.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QLabel, QProxyStyle, QWidget


class PlainTextStyle(QProxyStyle):
    """The style of the program, in which a label is rich text only where its code says so.

    Tips are labels too, so that it holds for those of lists and buttons as well.
    """

    def __init__(self) -> None:
        super().__init__("fusion")
        self.setObjectName("fusion")  # as style sheets and the system know it

    def polish(self, thing: QWidget | QApplication | QPalette) -> None:  # type: ignore[override]
        """Have what a new label is given shown letter for letter."""
        super().polish(thing)
        if isinstance(thing, QLabel) and thing.textFormat() == Qt.TextFormat.AutoText:
            thing.setTextFormat(Qt.TextFormat.PlainText)


def menu_text(name: str) -> str:
    """Return a name as text of a menu, button or undo step: no mark of a key, no second column."""
    return name.replace("&", "&&").replace("\t", " ")


def title_text(name: str) -> str:
    """Return a name as part of a window's title, in which `[*]` marks unsaved work."""
    return name.replace("[*]", "[*][*]")
