"""A small popup in which a person types or picks the class of shapes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QStringListModel, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QFrame, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from gui.theme import GRID_PX

WIDTH_PX, HEIGHT_PX = 240, 248


class LabelDialog(QDialog):
    """Typing narrows the known classes; Return takes the text, Down goes to the list."""

    label_chosen = Signal(str)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName(f"{prefix}.label_dialog")
        self.setAccessibleName("Class of the shape")
        self._classes: list[str] = []
        self._caption = QLabel()
        self._caption.setProperty("class", "caption")
        self._line = QLineEdit()
        self._line.setObjectName(f"{prefix}.label")
        self._line.setAccessibleName("Class name")
        self._line.setPlaceholderText("Class name")
        self._model = QStringListModel(self)
        self._list = QListView()
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
        self._list.clicked.connect(self._on_clicked)
        self._list.activated.connect(self._on_clicked)

    def ask(self, label: str, count: int, classes: Sequence[str], position: QPoint) -> None:
        """Open at a position of the screen for `count` shapes that have this class now."""
        self._classes = list(classes)
        self._caption.setText("Class of the shape" if count == 1 else f"Class of {count} shapes")
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
        needle = text.strip().lower()
        found = [name for name in self._classes if needle in name.lower()]
        # What begins with the text comes first; sorting is stable.
        found.sort(key=lambda name: not name.lower().startswith(needle))
        self._model.setStringList(found)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys leave the line for the list, and Return take the text."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self._model.rowCount():
                last = self._model.rowCount() - 1
                row = 0 if event.key() == Qt.Key.Key_Down else last
                self._list.setFocus()
                self._list.setCurrentIndex(self._model.index(row))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self._line.text())
                return True
            if event.key() == Qt.Key.Key_Tab and self._model.rowCount():
                self._line.setText(str(self._model.index(0).data()))
                return True
        return super().eventFilter(watched, event)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self._take(str(index.data()))

    def _take(self, text: str) -> None:
        label = text.strip()
        if label:
            self.accept()
            self.label_chosen.emit(label)
