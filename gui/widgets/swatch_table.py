"""Rows that belong to classes: the colour of the class, its name, and numbers beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from gui.theme import THEME, class_colour

SWATCH_PX, ROW_PX = 12, 28
ALIGN_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
ALIGN_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column:
    """Texts at the right of the names.

    Attributes:
        text: of a row; asked for when the row is seen.
        tip: what the texts are.
    """

    title: str
    text: Callable[[int], str]
    tip: str = ""


class SwatchModel(QAbstractTableModel):
    """Classes by row, with columns of texts."""

    def __init__(
        self,
        parent: QObject | None = None,
        columns: Sequence[Column] = (),
        tip: Callable[[int], str] | None = None,
    ) -> None:
        super().__init__(parent)
        self.names: Sequence[str] = ()
        self.columns: Sequence[Column] = columns
        self._tip = tip

    def set_names(self, names: Sequence[str]) -> None:
        """Show other rows; nothing stays selected."""
        self.beginResetModel()
        self.names = names
        self.endResetModel()

    def refresh(self, first_column: int = 0, last_column: int = -1) -> None:
        """Have texts asked for anew; the last column where none is given."""
        last = last_column if last_column >= 0 else self.columnCount() - 1
        if self.names:
            ends = self.index(0, first_column), self.index(len(self.names) - 1, last)
            self.dataChanged.emit(*ends)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """One row a class."""
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The name, then the texts."""
        return 0 if parent.isValid() else 1 + len(self.columns)

    def headerData(
        self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles, and what the texts are."""
        if way != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return ALIGN_RIGHT if section else ALIGN_LEFT
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section - 1].title if section else "Class"
        if role == Qt.ItemDataRole.ToolTipRole and section:
            return self.columns[section - 1].tip
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a row shows."""
        row, column = index.row(), index.column()
        if not index.isValid() or row >= len(self.names):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[column - 1].text(row) if column else self.names[row]
        if role == Qt.ItemDataRole.DecorationRole and not column:
            return swatch(self.names[row])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return ALIGN_RIGHT if column else ALIGN_LEFT
        if role == Qt.ItemDataRole.ToolTipRole and self._tip is not None:
            return self._tip(row)
        return None


class SwatchTable(QTableView):
    """Draws only what is in sight, so that 10,000 rows cost no more than ten."""

    def __init__(
        self, model: SwatchModel, parent: QWidget | None = None, row_px: int = ROW_PX
    ) -> None:
        super().__init__(parent)
        model.setParent(self)
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(row_px)
        rows.hide()
        self.horizontalHeader().setHighlightSections(False)
        self.fit_columns()

    def fit_columns(self) -> None:
        """Give texts the room they need and names what is left."""
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)


def swatch(name: str) -> QIcon:
    """Return the colour of a class; the same on selected rows, where a bare colour is tinted."""
    return _swatch(class_colour(name).rgb(), THEME.tokens.muted)


@lru_cache(maxsize=512)
def _swatch(colour: int, edge: str) -> QIcon:
    pixmap = QPixmap(SWATCH_PX, SWATCH_PX)
    pixmap.fill(edge)  # around the colour, which may be that of the panel
    painter = QPainter(pixmap)
    painter.fillRect(1, 1, SWATCH_PX - 2, SWATCH_PX - 2, QColor.fromRgb(colour))
    painter.end()
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon
