"""The classes that shapes can have: found, chosen, named, ordered, coloured, hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDropEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QMenu, QSizePolicy, QWidget

from gui.class_colours import CLASS_COLOURS
from gui.pages.images.class_delegate import (
    COUNT,
    IS_HIDDEN,
    KEY,
    NAME,
    ClassDelegate,
    eye_rect,
)
from gui.pages.images.class_search import matching_classes, offered_class
from gui.theme import GRID_PX, THEME
from gui.widgets.swatch_table import ROW_PX, Index, SwatchModel

DIGITS = 9
LEAST_ROWS, WANTED_ROWS = 3, 9


class _ClassModel(SwatchModel):
    """Classes that can be renamed, with how many shapes each has; some of them while searching."""

    renamed = Signal(str, str)  # old, new

    def __init__(self) -> None:
        super().__init__(tip=self._tip_text)
        self.all: tuple[str, ...] = ()
        self.counts: Mapping[str, int] = {}
        self.hidden: frozenset[str] = frozenset()
        self.offered: str | None = None  # what Return takes

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag
        if not index.isValid():
            return flags.ItemIsDropEnabled
        return super().flags(index) | flags.ItemIsEditable | flags.ItemIsDragEnabled

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.names):
            return None
        name = self.names[index.row()]
        if role == COUNT:
            return self.counts.get(name, 0)
        if role == IS_HIDDEN:
            return name in self.hidden
        if role in (NAME, Qt.ItemDataRole.EditRole):
            return name
        return self._key(name) if role == KEY else super().data(index, role)

    def _key(self, name: str) -> str:
        if self.offered is not None:
            return "⏎" if name == self.offered else ""
        number = self.all.index(name) + 1
        return str(number) if number <= DIGITS else ""

    def _tip_text(self, row: int) -> str:
        name = self.names[row]
        number = self.all.index(name) + 1
        key = f"; key {number}" if number <= DIGITS else ""
        hidden = "; hidden" if name in self.hidden else ""
        return (
            f"{name}: {self.counts.get(name, 0)} in this picture{hidden}{key}. F2 renames it, Space"
            " hides it, Alt with an arrow or a drag moves it."
        )

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        new, old = str(value).strip(), self.names[index.row()]
        if role != Qt.ItemDataRole.EditRole or not new or new == old:
            return False
        self.renamed.emit(old, new)
        return True


class ClassList(QListView):
    """One class is the current one: new shapes get it."""

    class_chosen = Signal(str)
    rename_wanted = Signal(str, str)  # old name, new name
    order_wanted = Signal(object)  # tuple of names
    colour_wanted = Signal(str)
    merging_wanted = Signal(str)
    removal_wanted = Signal(str)
    hidden_changed = Signal(object)  # frozenset of names

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _ClassModel()
        self._model.setParent(self)
        self._is_told = False
        self._current = ""
        self._text = ""
        self.setModel(self._model)
        self.setItemDelegate(ClassDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(LEAST_ROWS * ROW_PX + 2 * self.frameWidth())
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.DoubleClicked
        )
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        # Queued: the editor closes before the model is filled anew.
        self._model.renamed.connect(self.rename_wanted, Qt.ConnectionType.QueuedConnection)
        for changed in (THEME.changed, CLASS_COLOURS.changed):
            changed.connect(self.viewport().update)

    @property
    def current(self) -> str:
        """Class that new shapes get; empty where there is none."""
        return self._current

    @property
    def hidden(self) -> frozenset[str]:
        """Classes whose shapes are not shown."""
        return self._model.hidden

    @property
    def offered(self) -> str | None:
        """The class that Return takes for what is searched; None for a new one."""
        return self._model.offered

    def set_classes(self, classes: tuple[str, ...], current: str = "") -> None:
        """Show these classes; `current` is highlighted, else the one that was, else the first."""
        wanted = current or self._current
        self._model.all = classes
        self._current = wanted if wanted in classes else next(iter(classes), "")
        self._fill()
        self.updateGeometry()
        if self._current != wanted:
            self.class_chosen.emit(self._current)

    def narrow(self, text: str) -> None:
        """Show the classes that a person may mean; all of them for an empty text."""
        self._text = text.strip()
        self._fill()

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Show how many shapes of each class the picture has."""
        self._model.counts = counts
        self._model.refresh()

    def choose(self, name: str) -> None:
        """Make a class the current one."""
        if name in self._model.all and name != self._current:
            self._current = name
            self._show_current()
            self.class_chosen.emit(name)

    def _fill(self) -> None:
        names = self._model.all
        self._model.offered = offered_class(self._text, names)
        self._is_told = True
        self._model.set_names(tuple(matching_classes(self._text, names)))
        self._is_told = False
        self._show_current()

    def _show_current(self) -> None:
        if self._current in self._model.names:
            self._is_told = True
            self.setCurrentIndex(self._model.index(self._model.names.index(self._current), 0))
            self._is_told = False

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell which class is the current one."""
        super().currentChanged(current, previous)
        if current.isValid() and not self._is_told:
            self._current = self._model.names[current.row()]
            self.class_chosen.emit(self._current)

    def sizeHint(self) -> QSize:
        """Be as high as there are classes, up to a limit."""
        rows = min(max(len(self._model.all), LEAST_ROWS), WANTED_ROWS)
        return QSize(20 * GRID_PX, rows * ROW_PX + 2 * self.frameWidth())

    def toggle_hidden(self, name: str) -> None:
        """Hide a class, or show it again."""
        self._model.hidden = self._model.hidden ^ {name}
        self._model.refresh()
        self.hidden_changed.emit(self._model.hidden)

    def shift(self, name: str, step: int) -> None:
        """Put a class one place up (-1) or down (1)."""
        place = self._model.all.index(name) + step
        if 0 <= place < len(self._model.all):
            self._put(name, place)

    def _put(self, name: str, place: int) -> None:
        left = [other for other in self._model.all if other != name]
        left.insert(place, name)
        self.order_wanted.emit(tuple(left))

    def dropEvent(self, event: QDropEvent) -> None:
        """Put the dragged class where it was let go."""
        target = self.indexAt(event.position().toPoint())
        event.setDropAction(Qt.DropAction.IgnoreAction)  # the rows follow the session
        event.accept()
        if self._current and not self._text:
            last = len(self._model.all) - 1
            self._put(self._current, target.row() if target.isValid() else last)

    def event(self, event: QEvent) -> bool:
        """Keep the keys of the list from being those of the page."""
        is_asked = event.type() == QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F2 renames, Space hides, Alt with an arrow moves, Delete deletes."""
        name, key = self._current, event.key()
        steps: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if not name:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Space:
            self.toggle_hidden(name)
        elif key == Qt.Key.Key_Delete:
            self.removal_wanted.emit(name)
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and key in steps:
            self.shift(name, steps[key])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The eye hides; elsewhere a click chooses."""
        place = event.position().toPoint()
        index = self.indexAt(place)
        is_left = event.button() == Qt.MouseButton.LeftButton
        if is_left and index.isValid() and eye_rect(self.visualRect(index)).contains(place):
            self.toggle_hidden(self._model.names[index.row()])
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with a class."""
        index = self.indexAt(event.pos())
        if index.isValid():
            self.setCurrentIndex(index)
        if self._current:
            self.make_menu().popup(self._menu_place(event.globalPos()))

    def _menu_place(self, pointer: QPoint) -> QPoint:
        return pointer if not pointer.isNull() else self.mapToGlobal(self.rect().center())

    def make_menu(self) -> QMenu:
        """Return what can be done with the current class; deleted when it closes."""
        menu, name = QMenu(self), self._current
        menu.setObjectName("images.class_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        all_names = self._model.all
        entries = (
            ("rename", "&Rename\tF2", lambda: self.edit(self.currentIndex()), True),
            ("colour", "&Colour…", lambda: self.colour_wanted.emit(name), True),
            ("hide", "&Hide\tSpace", lambda: self.toggle_hidden(name), True),
            ("up", "Move &up\tAlt+Up", lambda: self.shift(name, -1), name != all_names[0]),
            ("down", "Move &down\tAlt+Down", lambda: self.shift(name, 1), name != all_names[-1]),
            ("merge", "&Merge into…", lambda: self.merging_wanted.emit(name), len(all_names) > 1),
            ("delete", "D&elete\tDel", lambda: self.removal_wanted.emit(name), True),
        )
        for key, text, slot, is_enabled in entries:
            action = menu.addAction(text)
            action.setObjectName(f"images.class_menu.{key}")
            action.triggered.connect(slot)
            action.setEnabled(is_enabled)
        if name in self._model.hidden:
            menu.actions()[2].setText("S&how\tSpace")
        return menu


_KEYS = frozenset({Qt.Key.Key_F2, Qt.Key.Key_Space, Qt.Key.Key_Delete})
