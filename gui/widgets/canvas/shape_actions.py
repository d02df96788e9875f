"""What keys and menus do to the selected shapes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine.api.annotations import Shape
from gui.document.picture_document import shifted
from gui.widgets.canvas import shape_clipboard
from gui.widgets.canvas.geometry import clipped, limited_shift, resized_box, with_box, with_label
from gui.widgets.canvas.stage import Stage

_COPY_OFFSET_PX = 10.0


class ShapeActions:
    """Each does nothing where there is nothing to do or the shapes may not be changed."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def select_all(self) -> None:
        """Select every shape."""
        document = self._stage.document
        if document is not None and self._stage.shows_shapes:
            document.select(np.flatnonzero(~self._stage.table.is_hidden).tolist())

    def select_next(self, step: int) -> None:
        """Select the shape after (or before) the selected one in drawing order."""
        document = self._stage.document
        if document is None or not document.shapes or not self._stage.shows_shapes:
            return
        seen = np.flatnonzero(~self._stage.table.is_hidden).tolist()
        if not seen:
            return
        present = sorted(document.selection)
        last = (present[-1] if step > 0 else present[0]) if present else -1
        if step > 0:
            index = next((row for row in seen if row > last), seen[0])
        else:
            index = next((row for row in reversed(seen) if row < last), seen[-1])
        document.select([index])
        self._stage.view.show_region(document.shapes[index].box_xyxy)
        self._stage.redraw_wanted.emit()

    def delete(self) -> bool:
        """Delete the selection; returns whether there was one."""
        document = self._stage.document
        if document is None or not self._can_change():
            return False
        document.remove(document.selection)
        return True

    def copy(self) -> bool:
        """Put the selection on the clipboard; returns whether there was one."""
        document = self._stage.document
        if document is None or not document.selection:
            return False
        shape_clipboard.put_shapes(document.shapes[index] for index in sorted(document.selection))
        return True

    def cut(self) -> None:
        """Copy, then delete."""
        if self._can_change() and self.copy():
            self.delete()

    def paste(self) -> bool:
        """Add the clipboard's shapes inside this picture; returns whether there were any."""
        document = self._stage.document
        shapes = shape_clipboard.take_shapes()
        if document is None or not self._stage.is_editable or not shapes:
            return False
        present = set(document.shapes)
        shapes = [clipped(shape, self._stage.size) for shape in shapes]
        if present.intersection(shapes):  # exactly on top they would not be noticed
            shapes = [self._beside(shape) for shape in shapes]
        document.add(shapes, "Paste shapes")
        return True

    def duplicate(self) -> None:
        """Add copies of the selection a little to the side."""
        document = self._stage.document
        if document is not None and self._can_change():
            chosen = [document.shapes[index] for index in sorted(document.selection)]
            document.add([self._beside(shape) for shape in chosen], "Duplicate shapes")

    def bring_to_front(self) -> None:
        """Draw the selection above all others."""
        document = self._stage.document
        if document is not None and self._can_change():
            document.bring_to_front(document.selection)

    def nudge(self, dx: float, dy: float) -> bool:
        """Move the selection by pixels, not over the picture's edge."""
        document = self._stage.document
        if document is None or not self._can_change():
            return False
        around = self._stage.table.around(self._stage.selected_rows)
        shift = limited_shift(around, (dx, dy), self._stage.size)
        if shift != (0.0, 0.0):
            document.nudge(document.selection, *shift)
        return True

    def grow(self, dx: float, dy: float) -> bool:
        """Move the right and lower edge of the one selected box by pixels."""
        document, index = self._stage.document, self._stage.only_selected
        if document is None or index is None or not self._can_change():
            return False
        shape = document.shapes[index]
        if shape.kind != "box":
            return False
        x1, y1, x2, y2 = shape.box_xyxy
        # From the keyboard a box does not flip: it stops at its left and upper edge.
        corner = (max(x2 + dx, x1 + 1), max(y2 + dy, y1 + 1))
        box = resized_box((x1, y1, x2, y2), (1, 1), corner, self._stage.size)
        document.change({index: with_box(shape, box)}, "Resize box")
        return True

    def add_box(self) -> bool:
        """Add a box in the middle of the view, a quarter of it large, for the keyboard."""
        document = self._stage.document
        if document is None or not self._stage.is_editable:
            return False
        x1, y1, x2, y2 = self._stage.view.visible_region
        width, height = (x2 - x1) / 4, (y2 - y1) / 4
        left, top = (x1 + x2 - width) / 2, (y1 + y2 - height) / 2
        box = [float(round(value)) for value in (left, top, left + width, top + height)]
        if box[2] - box[0] < 1 or box[3] - box[1] < 1:
            return False
        self._stage.draw(Shape.box(self._stage.class_for_new, *box), "Add box")
        return True

    def choose_class(self, label: str, is_drawing: bool, is_busy: bool) -> None:
        """Take the class of a digit: for the selection, or for what is drawn.

        With a drawing tool in hand that is the next shape, and the one just drawn with it; a shape
        that happens to be selected keeps its class.

        Args:
            is_drawing: whether a drawing tool is in hand.
            is_busy: whether a shape is half drawn: it is the next one.
        """
        if is_drawing:
            drawn = None if is_busy else self._stage.just_drawn
            if drawn is not None:
                self._relabel([drawn], label)
            self._stage.set_class_for_new(label)
        elif self._can_change():
            self.set_class(label)
        else:
            self._stage.set_class_for_new(label)

    def set_class(self, label: str) -> None:
        """Give the selection a class."""
        self._relabel(self._stage.selection, label)

    def _relabel(self, chosen: Iterable[int], label: str) -> None:
        document = self._stage.document
        if document is not None and self._stage.is_editable:
            changes = {index: with_label(document.shapes[index], label) for index in chosen}
            document.change(changes, "Change class")

    def ask_label(self) -> bool:
        """Ask the page for the selection's class; returns whether there is a selection."""
        if not self._can_change():
            return False
        self._stage.label_wanted.emit(self._stage.selection)
        return True

    def _can_change(self) -> bool:
        return self._stage.is_editable and bool(self._stage.selection)

    def _beside(self, shape: Shape) -> Shape:
        box, size, offset = shape.box_xyxy, self._stage.size, _COPY_OFFSET_PX
        right, down = limited_shift(box, (offset, offset), size)
        left, up = limited_shift(box, (-offset, -offset), size)
        return shifted(shape, right or left, down or up)
