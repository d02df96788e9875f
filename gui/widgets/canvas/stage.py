"""What the tools, the painters and the keyboard of one canvas share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from engine.api.annotations import Point, Shape
from engine.api.pictures import Picture
from gui.document.picture_document import PictureDocument, shifted
from gui.widgets.canvas.geometry import Box, Size, overlaps
from gui.widgets.canvas.hit_index import EDGE_PX
from gui.widgets.canvas.layers import NO_ITEM, LayerStack, MarkItem
from gui.widgets.canvas.shape_table import ShapeTable
from gui.widgets.canvas.view_transform import ViewTransform


@dataclass(frozen=True, slots=True)
class Preview:
    """How the shapes look while the mouse drags them; the document learns of it at the end.

    Attributes:
        shift: vector in picture pixels by which the selected shapes are moved.
        replaced: selected shapes that look otherwise, by index.
    """

    shift: Point = (0.0, 0.0)
    replaced: Mapping[int, Shape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being drawn and not yet a shape.

    Attributes:
        box: in picture pixels, None when there is none.
        is_band: the box is a rubber band that selects.
        points: vertices of an unfinished polygon; the last one follows the pointer.
        is_closing: a click would close the polygon.
    """

    box: Box | None = None
    is_band: bool = False
    points: tuple[Point, ...] = ()
    is_closing: bool = False


NO_PREVIEW, NO_DRAFT = Preview(), Draft()


class Stage(QObject):
    """State of one canvas. Tools change it and emit `redraw_wanted`; painters only read it."""

    redraw_wanted = Signal()
    tool_wanted = Signal(str)
    shape_clicked = Signal(int)
    mark_clicked = Signal(str, int, int)
    mark_hovered = Signal(str, int, int)
    label_wanted = Signal(object)
    class_for_new_changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view = ViewTransform()
        self.layers = LayerStack()
        self.table = ShapeTable()
        self.document: PictureDocument | None = None
        self.picture: Picture | None = None
        self.wants_edits = True
        self.classes: tuple[str, ...] = ()
        self.class_for_new = "object"
        self.are_shapes_visible = True
        self.shows_handles = True  # not while drawing: they could not be dragged
        self.is_all_visible = True  # the T key
        self.is_peeking = False  # the H key
        self.pointer: Point | None = None  # screen position while over the canvas
        self.hovered_shape = -1
        self.preview = NO_PREVIEW
        self.draft = NO_DRAFT
        self.tip = ""
        self.drawn: int | None = None  # the shape drawn last with the tool in hand

    @property
    def is_editable(self) -> bool:
        """Whether shapes can be drawn and changed now."""
        return self.wants_edits and self.document is not None and self.picture is not None

    @property
    def shows_layers(self) -> bool:
        """Whether anything but the picture is drawn."""
        return self.is_all_visible and not self.is_peeking

    @property
    def shows_shapes(self) -> bool:
        """Whether the document's shapes are drawn and can be picked."""
        return self.document is not None and self.are_shapes_visible and self.shows_layers

    @property
    def size(self) -> Size:
        """Width and height of the picture."""
        return float(self.view.picture_width), float(self.view.picture_height)

    @property
    def selection(self) -> frozenset[int]:
        """Selected shapes; empty without a document."""
        return self.document.selection if self.document is not None else frozenset()

    @property
    def selected_rows(self) -> NDArray[np.intp]:
        """Selected shapes as an ascending array."""
        return np.array(sorted(self.selection), np.intp)

    @property
    def only_selected(self) -> int | None:
        """The selected shape where it is exactly one."""
        return next(iter(self.selection)) if len(self.selection) == 1 else None

    def shape(self, index: int) -> Shape:
        """Return a shape as it looks now, in the middle of a drag too."""
        shape = self.preview.replaced.get(index) or self.table.shapes[index]
        is_moved = self.preview.shift != (0.0, 0.0) and index in self.selection
        return shifted(shape, *self.preview.shift) if is_moved else shape

    def shapes_at(self, point: Point) -> list[tuple[float, int]]:
        """Return area and index of the visible shapes under a picture point, smallest first."""
        if not self.shows_shapes:
            return []
        return self.table.at(*point, EDGE_PX / self.view.scale)

    def marks_at(self, point: Point) -> list[tuple[float, MarkItem]]:
        """Return area and place of the visible marks under a picture point, smallest first."""
        if not self.shows_layers:
            return []
        return self.layers.items_at(*point, EDGE_PX / self.view.scale)

    def set_preview(self, preview: Preview, tip: str = "") -> None:
        """Show shapes as they will be if the mouse is let go now."""
        self.preview, self.tip = preview, tip
        self.redraw_wanted.emit()

    def set_draft(self, draft: Draft, tip: str = "") -> None:
        """Show what is being drawn."""
        self.draft, self.tip = draft, tip
        self.redraw_wanted.emit()

    def clear_drag(self) -> None:
        """Forget preview, draft and tip."""
        self.preview, self.draft, self.tip = NO_PREVIEW, NO_DRAFT, ""
        self.redraw_wanted.emit()

    def set_hovered(self, shape: int, mark: MarkItem) -> None:
        """Remember what lies under the pointer: a shape, a mark, or neither."""
        if shape != self.hovered_shape:
            self.hovered_shape = shape
            self.redraw_wanted.emit()
        if mark != self.layers.hovered:
            self.layers.hovered = mark
            self.mark_hovered.emit(*mark)
            self.redraw_wanted.emit()

    def clear_hover(self) -> None:
        """The pointer is over nothing."""
        self.set_hovered(-1, NO_ITEM)

    def take_tool(self, draws: bool) -> None:
        """Be ready for another tool: nothing has been drawn with it yet."""
        self.shows_handles, self.drawn = not draws, None

    def draw(self, shape: Shape, text: str) -> None:
        """Add a shape that was drawn; the next digit names it."""
        if self.document is not None:
            self.document.add([shape], text)
            self.drawn = len(self.document.shapes) - 1

    @property
    def just_drawn(self) -> int | None:
        """The shape that was drawn last, unless another has been selected since."""
        return self.drawn if self.drawn is not None and self.only_selected == self.drawn else None

    def set_class_for_new(self, label: str) -> None:
        """Choose the class of shapes drawn from now on."""
        if label and label != self.class_for_new:
            self.class_for_new = label
            self.class_for_new_changed.emit(label)

    def size_tip(self, shape: Shape, without: int | None = None) -> str:
        """Return "W x H px, area" and the IoU with the other box that overlaps most."""
        x1, y1, x2, y2 = shape.box_xyxy
        text = f"{x2 - x1:,.0f} x {y2 - y1:,.0f} px, {shape.area:,.0f} px²"
        others = self.table.boxes_xyxy if self.shows_shapes else np.empty((0, 4))
        if without is not None:
            others = np.delete(others, without, axis=0)
        others = np.concatenate([others, self.layers.boxes()])
        best = float(overlaps(shape.box_xyxy, others).max(initial=0.0))
        return f"{text}, IoU {best:.2f}" if best > 0 else text
