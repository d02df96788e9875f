"""The entries that a page has in the menus while it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShortcutEvent
from PySide6.QtWidgets import QApplication, QWidget

Entry = tuple[str, str, Callable[..., Any]]
"""Text, shortcuts with blanks between them, and what is called."""


class PageAction(QAction):
    """An entry whose bare letter goes to the menu, list or popup that is open, as typing does.

    Qt looks for shortcuts first: A in an open menu would go to the previous picture.
    """

    def event(self, event: QEvent) -> bool:
        """Hand a key on to what has popped up."""
        popup = QApplication.activePopupWidget()
        if popup is None or not isinstance(event, QShortcutEvent):
            return super().event(event)
        chord = event.key()[0]  # type: ignore[index]  # the stubs do not know it
        if chord.keyboardModifiers() not in (_NONE, Qt.KeyboardModifier.ShiftModifier):
            return super().event(event)
        text = chr(chord.key()).lower() if chord.key() < _FIRST_WITHOUT_TEXT else ""
        typed = QKeyEvent(QEvent.Type.KeyPress, chord.key(), chord.keyboardModifiers(), text)
        (popup.focusWidget() or popup).event(typed)  # sent, it would be taken for a shortcut again
        return True


_NONE = Qt.KeyboardModifier.NoModifier
_FIRST_WITHOUT_TEXT = 0x01000000  # Qt's keys below it are characters


def add_page_actions(page: QWidget, entries: Iterable[Entry]) -> None:
    """Give the window a page's menu entries; QWidget.actions() lists them.

    Their keys work while the page is shown, wherever the focus is.
    """
    for text, shortcuts, slot in entries:
        action = PageAction(text, page)
        action.setShortcuts([QKeySequence(shortcut) for shortcut in shortcuts.split()])
        action.triggered.connect(slot)
        page.addAction(action)
