"""The table of a step: role as a coloured dot, the current row selected and in view."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from engine.api.traces import Role, TableMark
from gui.theme import GRID_PX, THEME, plot_role_colour

Index = QModelIndex | QPersistentModelIndex
NUMBER = re.compile(r"[-+]?[\d.,]+(e[-+]?\d+)?\s?%?")
ROW_PX, DOT_PX = 3 * GRID_PX, 10
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
PLAYER_KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Space)


class _TableModel(QAbstractTableModel):
    """Reads the mark as it is asked, so that a thousand rows cost what is visible of them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.mark = TableMark((), ())
        self._dots: dict[Role, QIcon] = {}

    def set_mark(self, mark: TableMark) -> bool:
        """Take the rows of another step; whether the table has another shape now."""
        is_same = mark.columns == self.mark.columns and len(mark.rows) == len(self.mark.rows)
        if is_same:
            self.mark = mark
            last = self.index(len(mark.rows) - 1, len(mark.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        else:
            self.beginResetModel()
            self.mark = mark
            self.endResetModel()
        return not is_same

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.mark.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.mark.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            name = self.mark.columns[section]
            return name[:1].upper() + name[1:] if len(name) > 1 else name  # symbols stay: s, t
        if role == Qt.ItemDataRole.TextAlignmentRole:
            first = self.mark.rows[0][section] if self.mark.rows else ""
            return int(RIGHT if NUMBER.fullmatch(first) and section else LEFT)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        text = self.mark.rows[row][column]
        row_role: Role = self.mark.roles[row] if self.mark.roles else "neutral"
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(RIGHT if column and NUMBER.fullmatch(text) else LEFT)
        if role == Qt.ItemDataRole.DecorationRole and column == 0 and self.mark.roles:
            return self._dot(row_role)
        if role == Qt.ItemDataRole.ForegroundRole and row_role == "removed":
            return QColor(THEME.tokens.muted)
        return None

    def _dot(self, role: Role) -> QIcon:
        if role not in self._dots:
            dot = QPixmap(DOT_PX * 2, DOT_PX * 2)  # twice as fine, for scaled screens
            dot.setDevicePixelRatio(2)
            dot.fill(Qt.GlobalColor.transparent)
            painter = QPainter(dot)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(plot_role_colour(role))
            painter.drawEllipse(QRectF(0.5, 0.5, DOT_PX - 1, DOT_PX - 1))
            painter.end()
            icon = QIcon(dot)
            icon.addPixmap(dot, QIcon.Mode.Selected)  # or the style would tint it
            self._dots[role] = icon
        return self._dots[role]

    def forget_dots(self) -> None:
        """Draw them anew in another theme."""
        self._dots.clear()


class TraceTable(QTableView):
    """Shows a TableMark; stepping changes its rows in place, without losing the scroll position."""

    row_picked = Signal(object, int)  # TableMark and row number, clicked or chosen by Enter

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _TableModel(self)
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setIconSize(QSize(DOT_PX, DOT_PX))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.verticalHeader().setMinimumSectionSize(ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(False)  # a number far from its row's name is read wrong
        header.setResizeContentsPrecision(50)
        self.setMinimumHeight(5 * ROW_PX)
        self.setAccessibleName("Table of the step")
        self.clicked.connect(self._on_clicked)
        THEME.changed.connect(self._on_theme_changed)

    @property
    def mark(self) -> TableMark:
        """What is shown."""
        return self._model.mark

    def set_mark(self, mark: TableMark) -> None:
        """Show the table of a step."""
        has_other_shape = self._model.set_mark(mark)
        if has_other_shape:
            self._fit_columns()
        selection = self.selectionModel()
        with QSignalBlocker(selection):
            if mark.current is None:
                selection.clear()
            else:
                flag = QItemSelectionModel.SelectionFlag
                index = self._model.index(mark.current, 0)
                selection.setCurrentIndex(index, flag.ClearAndSelect | flag.Rows)
                self._bring_into_view(index)
        if not has_other_shape:
            self._widen_columns()
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        """Give another font the room that it needs."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            rows = max(ROW_PX, self.fontMetrics().height() + GRID_PX // 2)
            self.verticalHeader().setDefaultSectionSize(rows)
            QTimer.singleShot(0, self, self._fit_columns)  # the header has its font after this

    @Slot()
    def _fit_columns(self) -> None:
        self.resizeColumnsToContents()
        self.setMaximumWidth(self.sizeHint().width())

    def _widen_columns(self) -> None:
        """Give longer texts room; columns never shrink while steps go by, so that they rest."""
        header, before = self.horizontalHeader(), self.horizontalHeader().length()
        for column in range(self._model.columnCount()):
            header.resizeSection(
                column, max(header.sectionSize(column), self.sizeHintForColumn(column))
            )
        if header.length() != before:
            self.setMaximumWidth(self.sizeHint().width())
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As wide as its columns."""
        frame, bar = 2 * self.frameWidth(), self.verticalScrollBar().sizeHint().width()
        width = self.horizontalHeader().length() + frame + bar
        return QSize(max(width, 10 * GRID_PX), super().sizeHint().height())

    def _bring_into_view(self, index: QModelIndex) -> None:
        """Leave a row where it is while the next one is in view too; else centre it."""
        row, view = self.visualRect(index), self.viewport().rect()
        is_below = row.bottom() + ROW_PX > view.bottom() and index.row() < len(self.mark.rows) - 1
        if row.top() < view.top() or row.bottom() > view.bottom() or is_below:
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the keys of the player to it; Enter picks the selected row."""
        if event.key() in PLAYER_KEYS:
            event.ignore()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._on_clicked(self.currentIndex())
            return
        super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self.row_picked.emit(self.mark, index.row())

    @Slot()
    def _on_theme_changed(self) -> None:
        self._model.forget_dots()
        self.viewport().update()
