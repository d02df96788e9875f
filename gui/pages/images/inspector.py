"""The right side of the Images page: classes, shapes, and facts about the picture."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.document.picture_document import PictureDocument
from gui.pages.images.class_list import ClassList
from gui.pages.images.shape_list import ShapeList
from gui.pages.images.value_range import ValueRangeBox
from gui.theme import GRID_PX
from gui.widgets.icons import icon

WIDTH_PX = 264
ADDING_TIP = (
    "Type to find a class: Return takes the one marked ⏎, or adds a new one; Ctrl+Return adds what"
    " is written"
)


class Inspector(QWidget):
    """Shows one document; what a person does here comes out as signals."""

    class_added = Signal(str)
    shapes_shown = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes = ClassList()
        self.class_name = QLineEdit()
        self.add_class = QToolButton()
        self.shapes = ShapeList()
        self.visible = QCheckBox("Show shapes")
        self.import_button = QToolButton()
        self.save = QToolButton()
        self.export = QToolButton()
        self._count = QLabel()
        self._path_text = ""
        self._facts = {name: QLabel() for name in ("File", "Size", "Colours")}
        self.value_range = ValueRangeBox()
        self._build()
        self.add_class.clicked.connect(self._on_add_class)
        self.class_name.textChanged.connect(self.classes.narrow)
        self.visible.toggled.connect(self.shapes_shown)

    def _build(self) -> None:
        self._name_controls()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(_heading("Classes"))
        adding = QHBoxLayout()
        adding.addWidget(self.class_name, 1)
        adding.addWidget(self.add_class)
        layout.addLayout(adding)
        layout.addWidget(self.classes)
        row = QHBoxLayout()
        row.addWidget(_heading("Shapes"))
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self.visible)
        layout.addLayout(row)
        layout.addWidget(self.shapes, 1)
        layout.addLayout(self._file_row())
        layout.addWidget(_heading("Picture"))
        layout.addLayout(self._fact_form())

    def _name_controls(self) -> None:
        named: tuple[tuple[QWidget, str, str], ...] = (
            (self.classes, "images.classes", "Classes; new shapes get the chosen one"),
            (self.class_name, "images.class_name", "Find a class, or name a new one"),
            (self.add_class, "images.add_class", "Add the class"),
            (self.shapes, "images.shapes", "Shapes of the picture"),
            (self.visible, "images.show_shapes", "Show the shapes on the picture"),
            (self._count, "images.shape_count", "How many shapes"),
            (self.import_button, "images.import", "Import annotations"),
            (self.save, "images.save", "Save annotations"),
            (self.export, "images.export", "Export annotations"),
        )
        for widget, name, description in named:
            widget.setObjectName(name)
            widget.setAccessibleName(description)
        self.class_name.setPlaceholderText("Find or add a class")
        self.class_name.setToolTip(ADDING_TIP)
        self.class_name.setClearButtonEnabled(True)
        self.class_name.installEventFilter(self)
        self.add_class.setIcon(icon("plus"))
        self.add_class.setToolTip("Add the class that is written (Ctrl+Return)")
        self.visible.setChecked(True)
        self.visible.setToolTip("Show or hide all shapes (T)")
        self._count.setProperty("class", "caption")

    def _file_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID_PX // 2)
        for button, text, sign, tip in (
            (
                self.import_button,
                "Import",
                "import",
                "Import annotations: COCO, VOC, YOLO, labelme",
            ),
            (self.save, "Save", "content-save-outline", "Save annotations (Ctrl+S)"),
            (
                self.export,
                "Export",
                "export",
                "Export annotations in another format (Ctrl+Shift+S)",
            ),
        ):
            button.setText(text)
            button.setIcon(icon(sign))
            button.setToolTip(tip)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            row.addWidget(button)
        self.import_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.import_button.setMenu(QMenu(self.import_button))
        row.addStretch(1)
        return row

    def _fact_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(GRID_PX // 2)
        for name, label in self._facts.items():
            caption = QLabel(name)
            caption.setProperty("class", "caption")
            label.setObjectName(f"images.fact_{name.lower().replace(' ', '_')}")
            label.setAccessibleName(name)
            label.setTextFormat(Qt.TextFormat.PlainText)
            form.addRow(caption, label)
        form.addRow(self.value_range.title, self.value_range)
        return form

    def show_document(self, document: PictureDocument | None) -> None:
        """Show facts and shapes of a document; None shows nothing."""
        picture = document.picture if document else None
        self._path_text = str(document.path or document.title) if document else ""
        size = f"{picture.width:,} x {picture.height:,} px" if picture else "–"
        self._facts["Size"].setText(size)
        self._facts["Colours"].setText(picture.mode if picture else "–")
        self.value_range.show_picture(picture)
        self._show_path()
        self.show_shapes(document)
        self.show_selection(document)

    def show_shapes(self, document: PictureDocument | None) -> None:
        """Show the present shapes of a document."""
        shapes = document.shapes if document else ()
        self.shapes.set_shapes(shapes)
        self.classes.set_counts(Counter(shape.label for shape in shapes))
        self._count.setText(f"{len(shapes):,}" if shapes else "")

    def show_selection(self, document: PictureDocument | None) -> None:
        """Highlight the selected shapes."""
        self.shapes.set_selection(document.selection if document else ())

    def _show_path(self) -> None:
        label = self._facts["File"]
        room = max(8 * GRID_PX, self.width() - label.x() - GRID_PX)
        mode = Qt.TextElideMode.ElideMiddle
        label.setText(label.fontMetrics().elidedText(self._path_text, mode, room) or "–")
        label.setToolTip(self._path_text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the path anew."""
        super().resizeEvent(event)
        self._show_path()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the line Return takes or adds a class, Down goes to the list, Esc empties it."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            offered = self.classes.offered
            if offered is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._on_add_class()
            else:
                self.class_name.clear()
                self.classes.choose(offered)
            return True
        if key == Qt.Key.Key_Down:
            self.classes.setFocus()
            return True
        if key == Qt.Key.Key_Escape and self.class_name.text():
            self.class_name.clear()
            return True
        return super().eventFilter(watched, event)

    @Slot()
    def _on_add_class(self) -> None:
        name = self.class_name.text().strip()
        if name:
            self.class_name.clear()
            self.class_added.emit(name)
        self.class_name.setFocus()


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("class", "heading")
    return label
