"""The one picture canvas: shows a picture, layers of marks, and shapes that can be edited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import shiboken6
from PySide6.QtCore import QPointF, QRectF, QSize, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.api.pictures import Picture
from engine.api.traces import PictureMark
from gui.class_colours import CLASS_COLOURS
from gui.document.picture_document import PictureDocument
from gui.widgets.canvas.item_marks import Look
from gui.widgets.canvas.layers import MarkItem
from gui.widgets.canvas.surface import Surface

CanvasTool = Literal["select", "box", "polygon"]


class Canvas(Surface):
    """Shows a picture; draws marks above it in named layers, and a document's shapes on top.

    Shapes change in the document alone, one undo step a drag. Coordinates are pixels of the
    picture, x to the right, y down; pixel (0, 0) covers 0 to 1.
    """

    pointer_moved = Signal(str)  # "x 312, y 88 | RGB 20 40 60"; empty outside the picture
    tool_changed = Signal(str)  # "select", "box" or "polygon"
    pointer_at = Signal(object)  # (x, y) of another pixel of the picture; None outside
    zoom_changed = Signal(float)  # screen pixels per picture pixel
    view_changed = Signal()  # another part, size or picture is seen
    mark_clicked = Signal(str, int, int)  # layer, index of the mark, index of its item
    mark_hovered = Signal(str, int, int)  # the same; "", -1, -1 over nothing
    shape_clicked = Signal(int)  # index into the document's shapes
    label_wanted = Signal(object)  # frozenset of indices: the person wants to name these
    class_for_new_changed = Signal(str)  # a digit key was pressed without a selection

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas.picture")
        self.setAccessibleName("Picture canvas")
        self._stage.mark_clicked.connect(self.mark_clicked)
        self._stage.mark_hovered.connect(self.mark_hovered)
        self._stage.shape_clicked.connect(self.shape_clicked)
        self._stage.label_wanted.connect(self.label_wanted)
        self._stage.class_for_new_changed.connect(self.class_for_new_changed)
        CLASS_COLOURS.changed.connect(self._on_colours_changed)

    def set_document(self, document: PictureDocument | None) -> None:
        """Show a document's picture and edit its shapes; None shows nothing."""
        old = self._stage.document
        if document is old:
            return
        self._tool.finish()
        self._stage.clear_hover()
        if old is not None and shiboken6.isValid(old):
            old.shapes_changed.disconnect(self._on_shapes_changed)
            old.selection_changed.disconnect(self._on_selection_changed)
            old.picture_changed.disconnect(self._on_picture_changed)
        self._stage.document = document
        self._stage.drawn = None
        if document is not None:
            document.shapes_changed.connect(self._on_shapes_changed)
            document.selection_changed.connect(self._on_selection_changed)
            document.picture_changed.connect(self._on_picture_changed)
        # Before anything looks under the pointer: the selection is the new document's already.
        self._stage.table.update(document.shapes if document is not None else ())
        self._on_picture_changed()
        self._on_shapes_changed()

    @property
    def document(self) -> PictureDocument | None:
        """The document whose shapes are shown."""
        return self._stage.document

    def set_picture(self, picture: Picture | None) -> None:
        """Show a picture, of the document or not; the view stays where the size is the same."""
        was_shown = self._stage.picture is not None
        self._stage.picture = picture
        self._picture_view.set_picture(picture)
        if picture is not None:
            is_other = self._stage.view.set_picture_size(picture.width, picture.height)
            if was_shown and not is_other:
                self._on_pixels_changed()
                return
        else:
            self._tool.cancel()
        self._on_view_changed()

    @property
    def is_sharp(self) -> bool:
        """Whether nothing better is to come.

        A big picture is shown as a preview until it has been reduced for every zoom, one with many
        boxes scaled until panning and zooming have come to rest.
        """
        return self._picture_view.is_sharp and self._painter.kept.is_exact

    def set_editable(self, editable: bool) -> None:
        """Let the person change shapes, or only look and pick; then a drag pans."""
        self._tool.finish()
        self._stage.wants_edits = editable
        self._refresh_pointer()

    def set_tool(self, tool: CanvasTool) -> None:
        """Take up a tool; what was being drawn is dropped."""
        self._use_tool(tool)

    @property
    def is_unfinished(self) -> bool:
        """Whether what is being drawn is too little for a shape."""
        return self._tool.draws and self._tool.is_busy and not self._tool.can_finish

    @property
    def tool(self) -> str:
        """The tool in use."""
        return self._tool_name

    def set_layer(
        self,
        name: str,
        marks: Sequence[PictureMark],
        *,
        opacity: float = 1.0,
        visible: bool = True,
        dashed: bool = False,
    ) -> None:
        """Show marks under a name, replacing those that were there.

        Args:
            opacity: 0 to 1, of everything in the layer.
            dashed: draw outlines dashed, as predictions are.
        """
        self._stage.layers.set_layer(name, marks, Look(opacity, visible, dashed))
        self.update()

    def remove_layer(self, name: str) -> None:
        """Remove a layer; nothing happens where there is none."""
        self._stage.layers.remove_layer(name)
        self.update()

    def set_highlight(self, name: str, mark: int, item: int) -> None:
        """Draw one item of a layer stronger; -1 for none."""
        self._stage.layers.set_highlight(MarkItem(name, mark, item))
        self.update()

    def set_classes(self, names: Iterable[str]) -> None:
        """Offer classes by digit key and in the menu."""
        self._stage.classes = tuple(names)

    def set_class_for_new(self, label: str) -> None:
        """Choose the class of shapes drawn from now on."""
        self._stage.set_class_for_new(label)

    @property
    def class_for_new(self) -> str:
        """The class of shapes drawn from now on."""
        return self._stage.class_for_new

    def set_hidden_classes(self, names: Iterable[str]) -> None:
        """Show no shapes of these classes, but for those that are selected."""
        self._stage.table.hide(frozenset(names))
        self._refresh_pointer()

    def set_shapes_visible(self, visible: bool) -> None:
        """Show or hide the document's shapes."""
        self._stage.are_shapes_visible = visible
        self._refresh_pointer()

    def set_wheel_zooms(self, zooms: bool) -> None:
        """Let the wheel zoom, or scroll and zoom with Ctrl."""
        self._navigation.wheel_zooms = zooms

    @property
    def placeholder(self) -> str:
        """What is said in place of a picture, in one line."""
        return ": ".join(self._painter.placeholder)

    def set_placeholder(self, title: str, text: str) -> None:
        """Say what to do where there is no picture."""
        self._painter.placeholder = (title, text)
        self.update()

    @property
    def scale(self) -> float:
        """Screen pixels per picture pixel; 1.0 is 100 %."""
        return self._stage.view.scale

    def show_region(self, box_xyxy: Iterable[float]) -> None:
        """Scroll and zoom, as little as needed, so that a box is comfortably visible."""
        x1, y1, x2, y2 = (float(value) for value in box_xyxy)
        if self._stage.picture is not None:
            self._stage.view.show_region((x1, y1, x2, y2))
            self._on_view_changed()

    def picture_rect(self) -> QRectF:
        """Where the picture is on the screen, in the widget's pixels."""
        view = self._stage.view
        width, height = view.picture_width * view.scale, view.picture_height * view.scale
        return QRectF(view.x, view.y, width, height)

    def map_to_picture(self, point: QPointF) -> QPointF:
        """Map the widget's pixels to the picture's."""
        return QPointF(*self._stage.view.to_picture(point.x(), point.y()))

    def map_to_screen(self, x: float, y: float) -> QPointF:
        """Map the picture's pixels to the widget's."""
        return QPointF(*self._stage.view.to_screen(x, y))

    def select_all(self) -> None:
        """Select every shape."""
        self._actions.select_all()

    def paste(self) -> None:
        """Add the clipboard's shapes, moved inside the picture."""
        self._actions.paste()

    def cut(self) -> None:
        """Put the selected shapes on the clipboard and delete them."""
        self._actions.cut()

    def copy(self) -> None:
        """Put the selected shapes on the clipboard."""
        self._actions.copy()

    def duplicate(self) -> None:
        """Add copies of the selected shapes a little to the side."""
        self._actions.duplicate()

    @property
    def is_editable(self) -> bool:
        """Whether shapes can be drawn and changed now."""
        return self._stage.is_editable

    def delete_selection(self) -> None:
        """Delete the selected shapes."""
        self._actions.delete()

    def sizeHint(self) -> QSize:
        """Return a size at which a photograph can be worked on."""
        return QSize(800, 600)

    @Slot()
    def _on_shapes_changed(self) -> None:
        document = self._stage.document
        shapes = document.shapes if document is not None else ()
        if shapes is not self._stage.table.shapes:
            self._tool_forget()
            self._stage.table.update(shapes)
        self._on_selection_changed()
        self._refresh_pointer()

    @Slot()
    def _on_colours_changed(self) -> None:
        self._stage.table.recolour()
        self._stage.layers.prepare_again()
        self.update()

    @Slot()
    def _on_selection_changed(self) -> None:
        chosen, count = len(self._stage.selection), len(self._stage.table)
        self.setAccessibleDescription(f"{chosen} of {count} shapes selected")
        self.update()

    @Slot()
    def _on_picture_changed(self) -> None:
        document = self._stage.document
        self.set_picture(document.picture if document is not None else None)

    def _tool_forget(self) -> None:
        """Drop a drag whose shapes have changed under it, as by undo from the menu."""
        if not self._tool.draws:
            self._tool.cancel()
