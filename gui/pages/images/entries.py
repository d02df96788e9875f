"""The page's menu entries with their keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from gui.widgets.icons import icon
from gui.widgets.page_actions import PageAction


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; several keys are separated by blanks. An empty name is a separator."""

    name: str
    text: str
    keys: str = ""
    slot: Callable[..., object] | None = None
    sign: str = ""
    is_checkable: bool = False


SEPARATOR = Entry("", "")


def add_entries(page: QWidget, entries: list[Entry]) -> dict[str, QAction]:
    """Give a page its actions; their keys work while the focus is inside the page."""
    actions: dict[str, QAction] = {}
    for entry in entries:
        action: QAction = PageAction(entry.text, page)
        if not entry.name:
            action.setSeparator(True)
        else:
            action.setObjectName(f"images.action.{entry.name}")
            action.setShortcuts([QKeySequence(key) for key in entry.keys.split()])
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.setCheckable(entry.is_checkable)
            if entry.slot is not None:
                action.triggered.connect(entry.slot)
            actions[entry.name] = action
        if entry.sign:
            action.setIcon(icon(entry.sign, "muted"))
        page.addAction(action)
    return actions
