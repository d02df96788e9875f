"""The entries that a page has in the menus while it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

Entry = tuple[str, str, Callable[..., Any]]
"""Text, shortcuts with blanks between them, and what is called."""


def add_page_actions(page: QWidget, entries: Iterable[Entry]) -> None:
    """Give the window a page's menu entries; QWidget.actions() lists them.

    Their keys work while the page is shown, wherever the focus is.
    """
    for text, shortcuts, slot in entries:
        action = QAction(text, page)
        action.setShortcuts([QKeySequence(shortcut) for shortcut in shortcuts.split()])
        action.triggered.connect(slot)
        page.addAction(action)
