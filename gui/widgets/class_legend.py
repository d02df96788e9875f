"""What the colours of a segmentation mean: show, hide or single out a class; its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gui.theme import GRID_PX, THEME, class_colour

Index = QModelIndex | QPersistentModelIndex
Column = tuple[str, Mapping[str, str], str]
"""Title, text by class, and what the numbers are."""

ROW_PX, SWATCH_PX = 26, 12
ROWS_UP_TO = 12
BACKGROUND = frozenset({"background"})
"""Classes that are hidden until a person wants to see them."""
HERE, HERE_TIP = "Here", "Probability of each class under the pointer"
HERE_WIDTH_PX = 84
SCORE = Qt.ItemDataRole.UserRole
_ALIGN_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_ALIGN_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class _LegendModel(QAbstractTableModel):
    hidden_changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.classes: tuple[str, ...] = ()
        self.columns: tuple[Column, ...] = ()
        self.scores: Mapping[str, float] = {}
        self.hidden: frozenset[str] = frozenset()

    def set_classes(self, classes: tuple[str, ...]) -> None:
        if classes != self.classes:
            self.beginResetModel()
            self.classes = classes
            self.endResetModel()

    def set_columns(self, columns: Sequence[Column]) -> None:
        if [c[0] for c in columns] != [c[0] for c in self.columns]:
            self.beginResetModel()
            self.columns = tuple(columns)
            self.endResetModel()
            return
        self.columns = tuple(columns)
        if self.classes and columns:
            self.dataChanged.emit(self.index(0, 1), self.index(self.rowCount() - 1, len(columns)))

    def set_scores(self, scores: Mapping[str, float]) -> None:
        self.scores = scores
        last = self.columnCount() - 1
        if self.classes:
            self.dataChanged.emit(self.index(0, last), self.index(self.rowCount() - 1, last))

    def set_hidden(self, hidden: frozenset[str]) -> None:
        if hidden != self.hidden:
            self.hidden = hidden
            if self.classes:
                self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, 0))
            self.hidden_changed.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.classes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 2 + len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else flags

    def headerData(
        self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if way != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return ("Class", *(title for title, _, _ in self.columns), HERE)[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGN_RIGHT if section else _ALIGN_LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            return (None, *(tip for _, _, tip in self.columns), HERE_TIP)[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.classes):
            return None
        name = self.classes[index.row()]
        if index.column() > len(self.columns):
            score = self.scores.get(name)
            if role == Qt.ItemDataRole.DisplayRole:
                return None if score is None else f"{score:.2f}"
            return score if role == SCORE else None
        if index.column():
            if role == Qt.ItemDataRole.DisplayRole:
                return self.columns[index.column() - 1][1].get(name, "")
            return _ALIGN_RIGHT if role == Qt.ItemDataRole.TextAlignmentRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role == Qt.ItemDataRole.CheckStateRole:
            is_hidden = name in self.hidden
            return Qt.CheckState.Unchecked if is_hidden else Qt.CheckState.Checked
        if role == Qt.ItemDataRole.DecorationRole:
            swatch = QPixmap(SWATCH_PX, SWATCH_PX)
            swatch.fill(class_colour(name))
            return swatch
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{name}: tick to show; double-click, or S, to show it alone"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or index.column():
            return False
        name = self.classes[index.row()]
        is_shown = Qt.CheckState(value) == Qt.CheckState.Checked
        self.set_hidden(self.hidden - {name} if is_shown else self.hidden | {name})
        return True


class _BarDelegate(QStyledItemDelegate):
    """Draws a probability as a bar in the colour of its class, and as a number."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        score = index.data(SCORE)
        if score is None:
            return
        area = option.rect.adjusted(GRID_PX, 0, -GRID_PX, 0)
        width = painter.fontMetrics().horizontalAdvance("0.00") + GRID_PX
        bar = area.adjusted(0, 8, -width, -8)
        bar.setWidth(max(1, round(bar.width() * float(score))))
        painter.fillRect(bar, class_colour(index.sibling(index.row(), 0).data()))
        painter.setPen(QColor(THEME.tokens.text))
        painter.drawText(area, _ALIGN_RIGHT, index.data())


class ClassLegend(QTableView):
    """A row a class. Space shows or hides, S or a double click shows one class alone."""

    hidden_changed = Signal()
    class_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _LegendModel(self)
        self._seen: set[str] = set()
        self._plain, self._bars = QStyledItemDelegate(self), _BarDelegate(self)
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(40)
        self._model.hidden_changed.connect(self.hidden_changed)
        self._model.modelReset.connect(self._on_reset)
        self.doubleClicked.connect(self._on_double_clicked)
        self._on_reset()

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of all classes, shown or not."""
        return self._model.classes

    @property
    def hidden(self) -> frozenset[str]:
        """Names of the classes that are not shown."""
        return self._model.hidden

    @property
    def current(self) -> str:
        """Name of the chosen class; the first where none was chosen, empty without classes."""
        row = max(self.currentIndex().row(), 0)
        return self._model.classes[row] if row < len(self._model.classes) else ""

    def set_classes(self, classes: tuple[str, ...]) -> None:
        """List these classes; what was hidden stays so, and what was chosen too.

        A background is hidden when it is first listed.
        """
        chosen = self.current
        new = set(classes) - self._seen
        self._seen |= new
        self._model.set_classes(classes)
        # What is not an object would colour most of the picture and say little.
        self._model.set_hidden(self.hidden | (new & BACKGROUND))
        if classes:
            row = classes.index(chosen) if chosen in classes else 0
            self.setCurrentIndex(self._model.index(row, 0))

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show numbers beside the names."""
        row = max(self.currentIndex().row(), 0)
        self._model.set_columns(columns)
        if not self.currentIndex().isValid() and self._model.classes:
            self.setCurrentIndex(self._model.index(min(row, self._model.rowCount() - 1), 0))

    def set_scores(self, scores: Mapping[str, float]) -> None:
        """Show probabilities by class as bars; classes that are left out have none."""
        self._model.set_scores(scores)

    @property
    def scores(self) -> Mapping[str, float]:
        """The probabilities that are shown."""
        return self._model.scores

    def show_all(self) -> None:
        """Show every class."""
        self._model.set_hidden(frozenset())

    def hide_all(self) -> None:
        """Hide every class."""
        self._model.set_hidden(frozenset(self._model.classes))

    def solo(self, name: str) -> None:
        """Show one class alone; once more shows all again."""
        others = frozenset(self._model.classes) - {name}
        self._model.set_hidden(frozenset() if self.hidden == others else others)

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell which class is chosen."""
        super().currentChanged(current, previous)
        if current.isValid() and current.row() != previous.row():
            self.class_chosen.emit(self.current)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """S shows the chosen class alone, in whichever column the focus is."""
        name = self.current
        if event.key() == Qt.Key.Key_S and not event.modifiers() and name:
            self.solo(name)
        elif event.key() == Qt.Key.Key_Space and name:
            is_hidden = name in self.hidden
            self._model.set_hidden(self.hidden - {name} if is_hidden else self.hidden | {name})
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep S from the shortcuts of the window while the legend has the focus."""
        is_asked = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if is_asked and event.key() == Qt.Key.Key_S and not event.modifiers():  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.solo(self._model.classes[index.row()])

    @Slot()
    def _on_reset(self) -> None:
        """Be as high as there are classes, up to a limit; the name takes the room that is left."""
        header, last = self.horizontalHeader(), self._model.columnCount() - 1
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        # Of one width, so that numbers that come and go move nothing.
        header.setSectionResizeMode(last, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(last, HERE_WIDTH_PX)
        for column in range(1, last):
            self.setItemDelegateForColumn(column, self._plain)
        self.setItemDelegateForColumn(last, self._bars)
        rows = min(max(self._model.rowCount(), 1), ROWS_UP_TO)
        head = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(rows * ROW_PX + head + 2 * self.frameWidth() + 2)
