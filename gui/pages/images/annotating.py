"""Links canvas, lists and class popup through the document: whoever edits, all follow."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QPointF, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QWidget

from gui.document.picture_document import PictureDocument
from gui.document.session import Session
from gui.pages.images.inspector import Inspector
from gui.pages.images.label_dialog import LabelDialog
from gui.theme import class_colour
from gui.widgets.canvas import Canvas


class Annotator(QObject):
    """Follows one document; every change goes through it, so that it can be undone."""

    rename_wanted = Signal(str, str)  # old and new name of a class

    def __init__(
        self, session: Session, canvas: Canvas, inspector: Inspector, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._session, self._canvas, self._inspector = session, canvas, inspector
        self._document: PictureDocument | None = None
        self._labelled: frozenset[int] = frozenset()
        self._dialog = LabelDialog("images", parent)
        self._targets = LabelDialog("images.merge", parent)
        self._merged = ""
        self._window = parent
        self._connect()
        self._on_classes_changed()

    def _connect(self) -> None:
        canvas, inspector = self._canvas, self._inspector
        canvas.label_wanted.connect(self._on_label_wanted)
        canvas.class_for_new_changed.connect(inspector.classes.choose)
        self._session.classes_changed.connect(self._on_classes_changed)
        inspector.classes.class_chosen.connect(canvas.set_class_for_new)
        inspector.classes.rename_wanted.connect(self.rename_wanted)
        inspector.classes.order_wanted.connect(self._session.order_classes)
        inspector.classes.hidden_changed.connect(canvas.set_hidden_classes)
        inspector.classes.merging_wanted.connect(self._on_merging_wanted)
        inspector.classes.colour_wanted.connect(self._on_colour_wanted)
        inspector.class_added.connect(self._on_class_added)
        inspector.shapes_shown.connect(canvas.set_shapes_visible)
        inspector.shapes.selection_wanted.connect(self._on_selection_wanted)
        inspector.shapes.removal_wanted.connect(canvas.delete_selection)
        inspector.shapes.label_wanted.connect(self.edit_label)
        self._dialog.label_chosen.connect(self._on_label_chosen)
        self._targets.label_chosen.connect(self._on_target_chosen)

    def follow(self, document: PictureDocument | None) -> None:
        """Show and edit this document from now on."""
        if self._document is not None:
            self._document.shapes_changed.disconnect(self._on_shapes_changed)
            self._document.selection_changed.disconnect(self._on_selection_changed)
        self._document = document
        if document is not None:
            document.shapes_changed.connect(self._on_shapes_changed)
            document.selection_changed.connect(self._on_selection_changed)
        self._inspector.show_document(document)

    @Slot()
    def edit_label(self) -> None:
        """Ask for the class of the selected shapes."""
        if self._document is not None and self._document.selection:
            self._on_label_wanted(self._document.selection)

    @Slot(object)
    def _on_label_wanted(self, indices: frozenset[int]) -> None:
        document = self._document
        if document is None or not indices:
            return
        self._labelled = indices
        first = document.shapes[min(indices)]
        x1, _, _, y2 = first.box_xyxy
        corner = self._canvas.map_to_screen(x1, y2)
        inside = QPointF(
            min(max(corner.x(), 0.0), float(self._canvas.width())),
            min(max(corner.y(), 0.0), float(self._canvas.height())),
        )
        position = self._canvas.mapToGlobal(inside.toPoint())
        self._dialog.ask(first.label, len(indices), self._session.classes, position)

    @Slot(str)
    def _on_label_chosen(self, label: str) -> None:
        document = self._document
        if document is None or any(index >= len(document.shapes) for index in self._labelled):
            return
        self._session.add_classes([label])
        changes = {i: replace(document.shapes[i], label=label) for i in self._labelled}
        document.change(changes, "Change class")
        self._canvas.setFocus()

    @Slot(str)
    def _on_merging_wanted(self, name: str) -> None:
        """Ask for the class that another becomes one with."""
        self._merged = name
        others = [other for other in self._session.classes if other != name]
        view = self._inspector.classes
        corner = view.mapToGlobal(view.visualRect(view.currentIndex()).bottomLeft())
        self._targets.ask_known(f"Merge {name} into", others, corner)

    @Slot(str)
    def _on_target_chosen(self, target: str) -> None:
        self.rename_wanted.emit(self._merged, target)

    @Slot(str)
    def _on_colour_wanted(self, name: str) -> None:
        """Ask for the colour of a class."""
        dialog = QColorDialog(class_colour(name), self._window)
        dialog.setObjectName("images.class_colour")
        dialog.setWindowTitle(f"Colour of {name}")
        dialog.colorSelected.connect(partial(self._on_colour_chosen, name))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_colour_chosen(self, name: str, colour: QColor) -> None:
        self._session.colour_class(name, (colour.red(), colour.green(), colour.blue()))

    @Slot()
    def _on_shapes_changed(self) -> None:
        document = self._document
        if document is not None:  # undo may bring back a class that was renamed or deleted
            missing = {shape.label for shape in document.shapes}.difference(self._session.classes)
            self._session.add_classes(sorted(missing))
        self._inspector.show_shapes(document)
        self._inspector.show_selection(self._document)

    @Slot()
    def _on_selection_changed(self) -> None:
        self._inspector.show_selection(self._document)

    @Slot(object)
    def _on_selection_wanted(self, indices: frozenset[int]) -> None:
        document = self._document
        if document is None:
            return
        document.select(indices)
        if len(indices) == 1:
            self._canvas.show_region(document.shapes[next(iter(indices))].box_xyxy)

    @Slot()
    def _on_classes_changed(self) -> None:
        classes = self._session.classes
        self._canvas.set_classes(classes)
        self._inspector.classes.set_classes(classes, self._canvas.class_for_new)
        self._canvas.set_class_for_new(self._inspector.classes.current)

    @Slot(str)
    def _on_class_added(self, name: str) -> None:
        self._session.add_classes([name])
        self._inspector.classes.choose(name)

    @Slot(str, str)
    def follow_rename(self, old: str, new: str) -> None:
        """Let new shapes have the new name of their class."""
        if self._canvas.class_for_new == old:
            self._canvas.set_class_for_new(new)
