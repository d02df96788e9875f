"""The list of pages at the left edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.theme import GRID_PX
from gui.widgets.icons import icon

WIDTH_PX = 9 * GRID_PX


@dataclass(frozen=True, slots=True)
class RailEntry:
    """One page as the rail shows it."""

    key: str
    title: str
    icon: str


class Rail(QFrame):
    """One button a page, icon over title, one of them pressed."""

    chosen = Signal(str)  # key of the page

    def __init__(self, entries: Sequence[RailEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setFixedWidth(WIDTH_PX)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX // 2, GRID_PX, GRID_PX // 2, GRID_PX)
        layout.setSpacing(GRID_PX // 2)
        for number, entry in enumerate(entries, 1):
            layout.addWidget(self._button(entry, number))
        layout.addStretch(1)
        self._group.buttonClicked.connect(self._on_clicked)

    def _button(self, entry: RailEntry, number: int) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"rail.{entry.key}")
        button.setAccessibleName(f"{entry.title} page")
        button.setText(entry.title)
        button.setToolTip(f"{entry.title} (Alt+{number})" if number < 10 else entry.title)
        button.setIcon(icon(entry.icon, "muted"))
        button.setIconSize(QSize(24, 24))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setCheckable(True)
        button.setFixedSize(WIDTH_PX - GRID_PX, 7 * GRID_PX)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setProperty("page", entry.key)
        self._group.addButton(button)
        self._buttons[entry.key] = button
        return button

    def button(self, key: str) -> QToolButton:
        """Return the button of a page."""
        return self._buttons[key]

    def set_current(self, key: str) -> None:
        """Press the button of a page; nothing is announced."""
        self._buttons[key].setChecked(True)

    @Slot(QAbstractButton)
    def _on_clicked(self, button: QAbstractButton) -> None:
        self.chosen.emit(str(button.property("page")))
