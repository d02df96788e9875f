"""What the colours of a segmentation mean: show, hide or single out a class; its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.theme import GRID_PX, THEME, class_colour
from gui.widgets import swatch_table
from gui.widgets.swatch_table import ALIGN_RIGHT, Index, SwatchModel, SwatchTable

Column = tuple[str, Mapping[str, str], str]
"""Title, text by class, and what the numbers are."""

ROW_PX = 26
ROWS_UP_TO = 12
BACKGROUND = frozenset({"background"})
"""Classes that are hidden until a person wants to see them."""
HERE, HERE_TIP = "Here", "Probability of each class under the pointer"
HERE_WIDTH_PX = 84
SCORE = Qt.ItemDataRole.UserRole


class _LegendModel(SwatchModel):
    """The last column is the probability under the pointer, if any; the first can be ticked."""

    hidden_changed = Signal()

    def __init__(self, has_scores: bool) -> None:
        here = swatch_table.Column(HERE, self._score_text, HERE_TIP)
        self.here = (here,) if has_scores else ()
        super().__init__(None, self.here, self._tip_text)
        self.scores: Mapping[str, float] = {}
        self.hidden: frozenset[str] = frozenset()
        self._texts: tuple[Mapping[str, str], ...] = ()

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show texts by class, before the probabilities."""
        shown = [
            swatch_table.Column(t, partial(self._text, n), tip)
            for n, (t, _, tip) in enumerate(columns)
        ]
        titles = [column.title for column in self.columns]
        self._texts = tuple(texts for _, texts, _ in columns)
        new = (*shown, *self.here)
        if [column.title for column in new] == titles:
            self.columns = new
            self.refresh(1)
            return
        self.beginResetModel()
        self.columns = new
        self.endResetModel()

    def set_scores(self, scores: Mapping[str, float]) -> None:
        """Show probabilities under the pointer."""
        self.scores = scores
        self.refresh(len(self.columns))

    def set_hidden(self, hidden: frozenset[str]) -> None:
        """Tick all classes but these."""
        if hidden != self.hidden:
            self.hidden = hidden
            self.refresh(0, 0)
            self.hidden_changed.emit()

    def _text(self, number: int, row: int) -> str:
        return self._texts[number].get(self.names[row], "")

    def _score_text(self, row: int) -> str:
        score = self.scores.get(self.names[row])
        return "" if score is None else f"{score:.2f}"

    def _tip_text(self, row: int) -> str:
        return f"{self.names[row]}: tick to show; double-click, or S, to show it alone"

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0:
            is_hidden = self.names[index.row()] in self.hidden
            return Qt.CheckState.Unchecked if is_hidden else Qt.CheckState.Checked
        if role == SCORE:
            return self.scores.get(self.names[index.row()])
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or index.column():
            return False
        name = self.names[index.row()]
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
        painter.fillRect(bar, QColor(THEME.tokens.muted))  # an edge, should the colour be pale
        colour = class_colour(index.sibling(index.row(), 0).data())
        painter.fillRect(bar.adjusted(1, 1, -1, -1), colour)
        painter.setPen(QColor(THEME.tokens.text))
        painter.drawText(area, ALIGN_RIGHT, index.data())


class ClassLegend(SwatchTable):
    """A row a class. Space shows or hides, S or a double click shows one class alone.

    Args:
        has_scores: whether the last column is the probability under the pointer.
    """

    hidden_changed = Signal()
    class_chosen = Signal(str)
    pointed = Signal()  # `pointed_at` has changed

    def __init__(self, parent: QWidget | None = None, *, has_scores: bool = True) -> None:
        self._model = _LegendModel(has_scores)
        super().__init__(self._model, parent, ROW_PX)
        self._seen: set[str] = set()
        self.pointed_at = ""  # class under the pointer; empty where it is elsewhere
        self.setMouseTracking(True)
        self.entered.connect(self._on_entered)
        self._plain, self._bars = QStyledItemDelegate(self), _BarDelegate(self)
        self.horizontalHeader().setMinimumSectionSize(40)
        self._model.hidden_changed.connect(self.hidden_changed)
        self._model.modelReset.connect(self._on_reset)
        self.doubleClicked.connect(self._on_double_clicked)
        self._on_reset()

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of all classes, shown or not."""
        return tuple(self._model.names)

    @property
    def hidden(self) -> frozenset[str]:
        """Names of the classes that are not shown."""
        return self._model.hidden

    @property
    def current(self) -> str:
        """Name of the chosen class; the first where none was chosen, empty without classes."""
        row = max(self.currentIndex().row(), 0)
        return self._model.names[row] if row < len(self._model.names) else ""

    def set_classes(self, classes: tuple[str, ...]) -> None:
        """List these classes; what was hidden stays so, and what was chosen too.

        A background is hidden when it is first listed.
        """
        chosen = self.current
        new = set(classes) - self._seen
        self._seen |= new
        if classes != self._model.names:
            self._model.set_names(classes)
        # What is not an object would colour most of the picture and say little.
        self._model.set_hidden(self.hidden | (new & BACKGROUND))
        if classes:
            row = classes.index(chosen) if chosen in classes else 0
            self.setCurrentIndex(self._model.index(row, 0))

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show numbers beside the names."""
        row = max(self.currentIndex().row(), 0)
        self._model.set_columns(columns)
        if not self.currentIndex().isValid() and self._model.names:
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
        self._model.set_hidden(frozenset(self._model.names))

    def solo(self, name: str) -> None:
        """Show one class alone; once more shows all again."""
        others = frozenset(self._model.names) - {name}
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

    def leaveEvent(self, event: QEvent) -> None:
        """Light no class any more."""
        super().leaveEvent(event)
        self._point_at("")

    @Slot(QModelIndex)
    def _on_entered(self, index: QModelIndex) -> None:
        self._point_at(self._model.names[index.row()])

    def _point_at(self, name: str) -> None:
        if name != self.pointed_at:
            self.pointed_at = name
            self.pointed.emit()

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.solo(self._model.names[index.row()])

    @Slot()
    def _on_reset(self) -> None:
        """Be as high as there are classes, up to a limit; the name takes the room that is left."""
        header, last = self.horizontalHeader(), self._model.columnCount() - 1
        self.fit_columns()
        for column in range(1, last + 1):
            self.setItemDelegateForColumn(column, self._plain)
        if self._model.here:
            # Of one width, so that numbers that come and go move nothing.
            header.setSectionResizeMode(last, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(last, HERE_WIDTH_PX)
            self.setItemDelegateForColumn(last, self._bars)
        rows = min(max(self._model.rowCount(), 1), ROWS_UP_TO)
        head = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(rows * ROW_PX + head + 2 * self.frameWidth() + 2)
