"""Counting lines and zones: drawn, named, deleted, and what they have counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.api.annotations import Point
from engine.api.live_analysis import CountingLine, FrameAnalysis, Zone
from gui.pages.live.marks import tally
from gui.theme import GRID_PX
from gui.widgets.named import caption, named, push_button

MOST_ROWS, ROW_PX, HEAD_PX = 4, 28, 34
NAME_LENGTH = 40
HINT = (
    "Drag a line, or click the corners of a zone; by keys, arrows move and Space sets a corner. "
    "F2 renames, Del removes."
)


class RegionPanel(QWidget):
    """Edits lines and zones; every change is told at once."""

    changed = Signal()
    draw_wanted = Signal(str)  # "line" or "zone"; "" to drop what is being drawn
    save_wanted = Signal()  # the counts, as a table

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[CountingLine, ...] = ()
        self.zones: tuple[Zone, ...] = ()
        self.draw_line = push_button("live.draw_line", "Draw line", "Draw a counting line")
        self.draw_zone = push_button("live.draw_zone", "Draw zone", "Draw a zone that counts")
        self._remove = push_button("live.remove_region", "Remove", "Remove the chosen zone or line")
        self._save = push_button(
            "live.save_counts", "Save counts…", "Write the counts of all lines and zones as CSV"
        )
        self._trees = {
            "line": _tree("live.lines", "Lines: crossings in and out", ("Line", "In", "Out")),
            "zone": _tree("live.zones", "Zones: objects inside", ("Zone", "Inside", "So far")),
        }
        self._build()
        self._connect()
        self._list()

    def _build(self) -> None:
        drawing, keeping = QHBoxLayout(), QHBoxLayout()
        for button in (self.draw_line, self.draw_zone):
            button.setCheckable(True)
        for row, buttons in (
            (drawing, (self.draw_line, self.draw_zone)),
            (keeping, (self._remove, self._save)),
        ):
            row.setSpacing(GRID_PX)
            for button in buttons:
                row.addWidget(button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(drawing)
        for tree in self._trees.values():
            layout.addWidget(tree)
        layout.addLayout(keeping)
        layout.addWidget(caption(HINT))

    def _connect(self) -> None:
        for tree in self._trees.values():
            tree.itemSelectionChanged.connect(self._on_chosen)
            tree.itemChanged.connect(self._on_renamed)
            keys = QShortcut(QKeySequence(Qt.Key.Key_Delete), tree)
            keys.setContext(Qt.ShortcutContext.WidgetShortcut)
            keys.activated.connect(self._on_remove)
        self._remove.clicked.connect(self._on_remove)
        self._save.clicked.connect(self.save_wanted)
        self.draw_line.clicked.connect(self._on_line)
        self.draw_zone.clicked.connect(self._on_zone)

    def add(self, kind: str, points: tuple[Point, ...]) -> None:
        """Take what was drawn, under a name that is free."""
        taken, title = self._names(), kind.capitalize()
        number = next(n for n in range(1, len(taken) + 2) if f"{title} {n}" not in taken)
        name = f"{title} {number}"
        if kind == "line":
            self.lines = (*self.lines, CountingLine(name, points[0], points[-1]))
        else:
            self.zones = (*self.zones, Zone(name, points))
        self._list()
        self.changed.emit()

    def set_regions(self, lines: Iterable[CountingLine], zones: Iterable[Zone]) -> None:
        """Show the lines and zones of another source. Not announced."""
        self.lines, self.zones = tuple(lines), tuple(zones)
        self._list()

    def set_drawing(self, kind: str) -> None:
        """Show what is being drawn; empty for nothing."""
        self.draw_line.setChecked(kind == "line")
        self.draw_zone.setChecked(kind == "zone")

    def set_can_draw(self, can_draw: bool) -> None:
        """Allow drawing once there is a picture."""
        for button in (self.draw_line, self.draw_zone):
            button.setEnabled(can_draw)

    def show_counts(self, analysis: FrameAnalysis) -> None:
        """Show the counts of a frame."""
        for counts in analysis.lines:
            self._show("line", counts.name, counts.crossed_in, counts.crossed_out)
        for inside in analysis.zones:
            self._show("zone", inside.name, inside.inside, inside.visitors)

    def _show(self, kind: str, name: str, *numbers: Mapping[str, int]) -> None:
        for row in _rows(self._trees[kind]):
            texts = [tally(each) for each in numbers] if row.text(0) == name else []
            for column, text in enumerate(texts, 1):
                if row.text(column) != text:
                    with QSignalBlocker(self._trees[kind]):
                        row.setText(column, text)
                    self._trees[kind].viewport().update()

    def _names(self) -> list[str]:
        return [*(line.name for line in self.lines), *(zone.name for zone in self.zones)]

    def _list(self) -> None:
        names = {
            "line": [line.name for line in self.lines],
            "zone": [zone.name for zone in self.zones],
        }
        for kind, tree in self._trees.items():
            with QSignalBlocker(tree):
                tree.clear()
                for name in names[kind]:
                    row = QTreeWidgetItem(tree, [name, "0", "0"])
                    row.setFlags(row.flags() | Qt.ItemFlag.ItemIsEditable)
            tree.setVisible(bool(names[kind]))
            tree.setFixedHeight(min(MOST_ROWS, len(names[kind])) * ROW_PX + HEAD_PX)
        self._on_chosen()

    @Slot()
    def _on_chosen(self) -> None:
        self._remove.setEnabled(any(tree.selectedItems() for tree in self._trees.values()))
        self._save.setEnabled(bool(self._names()))

    @Slot(QTreeWidgetItem, int)
    def _on_renamed(self, row: QTreeWidgetItem, column: int) -> None:
        if column:
            self._list()  # counts are not for writing
            return
        tree = row.treeWidget()
        kind = next(kind for kind, each in self._trees.items() if each is tree)
        index, name = tree.indexOfTopLevelItem(row), row.text(0).strip()[:NAME_LENGTH]
        before = self.lines[index].name if kind == "line" else self.zones[index].name
        if not name or (name != before and name in self._names()):
            name = before  # a name says which one is meant
        if kind == "line":
            line = replace(self.lines[index], name=name)
            self.lines = (*self.lines[:index], line, *self.lines[index + 1 :])
        else:
            zone = replace(self.zones[index], name=name)
            self.zones = (*self.zones[:index], zone, *self.zones[index + 1 :])
        with QSignalBlocker(tree):
            row.setText(0, name)
        if name != before:
            self.changed.emit()

    @Slot()
    def _on_remove(self) -> None:
        names = {row.text(0) for tree in self._trees.values() for row in tree.selectedItems()}
        if not names:
            return
        self.lines = tuple(line for line in self.lines if line.name not in names)
        self.zones = tuple(zone for zone in self.zones if zone.name not in names)
        self._list()
        self.changed.emit()

    @Slot(bool)
    def _on_line(self, is_wanted: bool) -> None:
        self.draw_wanted.emit("line" if is_wanted else "")

    @Slot(bool)
    def _on_zone(self, is_wanted: bool) -> None:
        self.draw_wanted.emit("zone" if is_wanted else "")


def _tree(name: str, title: str, heads: tuple[str, ...]) -> QTreeWidget:
    tree = named(QTreeWidget(), name, title)
    tree.setHeaderLabels(list(heads))
    tree.setRootIsDecorated(False)
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return tree


def _rows(tree: QTreeWidget) -> list[QTreeWidgetItem]:
    found = (tree.topLevelItem(index) for index in range(tree.topLevelItemCount()))
    return [row for row in found if row is not None]
