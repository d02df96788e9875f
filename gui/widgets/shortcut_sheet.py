"""Every key and mouse gesture on one searchable sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.theme import GRID_PX


@dataclass(frozen=True, slots=True)
class ShortcutSection:
    """A heading with rows of (what it does, keys or gesture)."""

    title: str
    rows: tuple[tuple[str, str], ...]


class ShortcutSheet(QDialog):
    """Non-modal; the search looks at what a shortcut does and at its keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setWindowTitle("Keys and mouse")
        self._search = QLineEdit()
        self._tree = QTreeWidget()
        self._build()
        self._search.textChanged.connect(self._filter)

    def _build(self) -> None:
        self._search.setObjectName("shortcuts.search")
        self._search.setAccessibleName("Search keys and mouse")
        self._search.setPlaceholderText("Search: zoom, Ctrl+Z, polygon…")
        self._search.setClearButtonEnabled(True)
        self._tree.setObjectName("shortcuts.list")
        self._tree.setAccessibleName("Keys and mouse")
        self._tree.setColumnCount(2)
        self._tree.setHeaderHidden(True)
        self._tree.setRootIsDecorated(False)
        self._tree.setIndentation(0)
        self._tree.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self._tree.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        header = self._tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * [2 * GRID_PX]))
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._search)
        layout.addWidget(self._tree)
        self.resize(560, 600)

    def set_sections(self, sections: Sequence[ShortcutSection]) -> None:
        """Replace everything listed."""
        self._tree.clear()
        for section in sections:
            heading = QTreeWidgetItem([section.title])
            font = self._tree.font()
            font.setBold(True)
            heading.setFont(0, font)
            heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self._tree.addTopLevelItem(heading)
            heading.setFirstColumnSpanned(True)
            for text, keys in section.rows:
                row = QTreeWidgetItem(heading, [f"    {text}", keys])
                row.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._tree.expandAll()
        self._filter()

    def shown_rows(self) -> list[tuple[str, str]]:
        """Return the rows that the search leaves."""
        return [
            (row.text(0).strip(), row.text(1))
            for heading in self._headings()
            for row in _children(heading)
            if not row.isHidden()
        ]

    @Slot()
    def _filter(self) -> None:
        words = self._search.text().casefold().split()
        for heading in self._headings():
            for row in _children(heading):
                text = f"{heading.text(0)} {row.text(0)} {row.text(1)}".casefold()
                row.setHidden(not all(word in text for word in words))
            heading.setHidden(all(row.isHidden() for row in _children(heading)))

    def _headings(self) -> list[QTreeWidgetItem]:
        items = (self._tree.topLevelItem(i) for i in range(self._tree.topLevelItemCount()))
        return [item for item in items if item is not None]


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    children = (item.child(i) for i in range(item.childCount()))
    return [child for child in children if child is not None]
