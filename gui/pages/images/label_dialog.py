"""A small popup in which a person types or picks the class of shapes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QStringListModel, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QFrame, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from gui.pages.images.class_search import matching_classes, offered_class
from gui.theme import GRID_PX

WIDTH_PX, HEIGHT_PX = 240, 248


class _Choices(QListView):
    """A list whose letters go elsewhere."""

    typed = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() and event.text().isprintable():
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)


class LabelDialog(QDialog):
    """Typing narrows the known classes; Return takes the one that is marked, or a new one."""

    label_chosen = Signal(str)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName(f"{prefix}.label_dialog")
        self.setAccessibleName("Class of the shape")
        self._classes: list[str] = []
        self._question = ""
        self._offered: str | None = None  # what Return takes
        self._is_new_allowed = True
        self._caption = QLabel()
        self._caption.setProperty("class", "caption")
        self._line = QLineEdit()
        self._line.setObjectName(f"{prefix}.label")
        self._line.setAccessibleName("Class name")
        self._line.setPlaceholderText("Class name")
        self._model = QStringListModel(self)
        self._list = _Choices()
        self._list.setObjectName(f"{prefix}.label_choices")
        self._list.setAccessibleName("Known classes")
        self._list.setModel(self._model)
        self._list.setUniformItemSizes(True)
        self._list.setSpacing(2)
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        frame = QFrame()  # a popup has no border of its own
        frame.setProperty("class", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        for widget in (self._caption, self._line, self._list):
            layout.addWidget(widget)
        self.resize(WIDTH_PX, HEIGHT_PX)
        self._line.textEdited.connect(self._narrow)
        self._line.installEventFilter(self)
        self._list.typed.connect(self._type_on)
        self._list.clicked.connect(self._on_clicked)
        self._list.activated.connect(self._on_clicked)

    def ask(self, label: str, count: int, classes: Sequence[str], position: QPoint) -> None:
        """Open at a position of the screen for `count` shapes that have this class now."""
        text = "Class of the shape" if count == 1 else f"Class of {count} shapes"
        self._ask(text, label, classes, position, is_new_allowed=True)

    def ask_known(self, text: str, classes: Sequence[str], position: QPoint) -> None:
        """Open at a position of the screen for one of these classes and no other."""
        self._ask(text, "", classes, position, is_new_allowed=False)

    def _ask(
        self,
        text: str,
        label: str,
        classes: Sequence[str],
        position: QPoint,
        *,
        is_new_allowed: bool,
    ) -> None:
        self._classes, self._question = list(classes), text
        self._is_new_allowed = is_new_allowed
        self._line.setText(label)
        self._line.selectAll()
        self._narrow("")
        screen = self.screen().availableGeometry()
        left = min(position.x(), screen.right() - self.width())
        top = min(position.y(), screen.bottom() - self.height())
        self.move(max(screen.left(), left), max(screen.top(), top))
        self.open()
        self._line.setFocus()

    @Slot(str)
    def _narrow(self, text: str) -> None:
        self._model.setStringList(matching_classes(text, self._classes))
        self._offered = offered_class(text, self._classes)
        if self._offered is None and text and not self._is_new_allowed:
            self._offered = next(iter(self._model.stringList()), None)
        self._list.setCurrentIndex(self._model.index(0 if self._offered else -1))
        name = self._offered
        self._caption.setText(
            f"Return takes {name}" if name and name != text.strip() else self._question
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys leave the line for the list, letters the list for the line."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._line_key(event) or super().eventFilter(watched, event)
        return super().eventFilter(watched, event)

    def _line_key(self, event: QKeyEvent) -> bool:
        """Leave the line by an arrow, take a class by Return, complete it by Tab."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self._model.rowCount():
            last = self._model.rowCount() - 1
            row = 0 if event.key() == Qt.Key.Key_Down else last
            self._list.setFocus()
            self._list.setCurrentIndex(self._model.index(row))
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            is_literal = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            is_literal = (is_literal and self._is_new_allowed) or self._offered is None
            self._take(self._line.text() if is_literal else str(self._offered))
            return True
        if event.key() == Qt.Key.Key_Tab and self._model.rowCount():
            self._line.setText(str(self._model.index(0).data()))
            return True
        return False

    @Slot(str)
    def _type_on(self, text: str) -> None:
        """Go on in the line with a letter that is typed in the list."""
        self._line.setFocus()
        self._line.insert(text)
        self._narrow(self._line.text())

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self._take(str(index.data()))

    def _take(self, text: str) -> None:
        label = text.strip()
        if label and (self._is_new_allowed or label in self._classes):
            self.accept()
            self.label_chosen.emit(label)
