"""Picks, moves and reshapes shapes; picks marks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import Qt

from engine.api.annotations import Point
from gui.widgets.canvas.geometry import (
    Box,
    Handle,
    nearest_edge,
    with_vertex_added,
    without_vertex,
)
from gui.widgets.canvas.hit_index import GRAB_PX, handle_at, vertex_at
from gui.widgets.canvas.layers import NO_ITEM, MarkItem
from gui.widgets.canvas.tools.drags import BandDrag, Drag, HandleDrag, MoveDrag, VertexDrag
from gui.widgets.canvas.tools.tool import PointerEvent, Tool

_HANDLE_CURSORS: dict[Handle, Qt.CursorShape] = {
    (-1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (-1, 1): Qt.CursorShape.SizeBDiagCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (-1, 0): Qt.CursorShape.SizeHorCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
}


class _Press(NamedTuple):
    """A press that is not yet known to be a click or a drag.

    Attributes:
        shape: smallest shape under it, -1 for none.
        mark: smallest mark under it that is smaller than the shape.
        is_on_selected: a selected shape lies under it, perhaps below a smaller one.
        is_done: an edit was made already; neither click nor drag follows.
    """

    event: PointerEvent
    shape: int = -1
    mark: MarkItem = NO_ITEM
    is_on_selected: bool = False
    is_done: bool = False


class SelectTool(Tool):
    """Waiting, pressed, or dragging."""

    _pressed: _Press | None = None
    _drag: Drag | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is being dragged."""
        return self._drag is not None

    @property
    def draws(self) -> bool:
        """It makes nothing."""
        return False

    def press(self, event: PointerEvent) -> None:
        """Grip a handle or vertex, or wait whether this becomes a click or a drag."""
        if self._stage.is_editable and self._stage.shows_shapes:
            if event.is_alt and self._edit_vertices(event):
                self._pressed = _Press(event, is_done=True)
                return
            self._drag = self._grip(event)
            if self._drag is not None:
                return
        self._pressed = self._look(event)

    def move(self, event: PointerEvent) -> None:
        """Go on dragging, begin to, or hover."""
        pressed = self._pressed
        if pressed is not None and not pressed.is_done and self._drag is None:
            if event.is_near(pressed.event.screen):
                return
            self._drag = self._begin_drag(pressed)
        if self._drag is not None:
            self._drag.move(event)
        elif pressed is None:
            self.hover(event)

    def release(self, event: PointerEvent) -> None:
        """Finish the drag, or pick what was clicked."""
        if self._drag is None and self._pressed is not None:
            self.move(event)  # the mouse may have jumped without a move in between
        drag, pressed = self._drag, self._pressed
        self._drag, self._pressed = None, None
        if drag is not None:
            self._stage.clear_drag()
            drag.finish(event)
            self._stage.clear_drag()
        elif pressed is not None and not pressed.is_done:
            self._click(pressed)
        self.hover(event)

    def double_click(self, event: PointerEvent) -> None:
        """Ask for the class of the shape; elsewhere a plain press."""
        found = self._stage.shapes_at(event.picture)
        if found and self._stage.is_editable:
            if found[0][1] not in self._stage.selection:
                self._select({found[0][1]})
            self._pressed = _Press(event, is_done=True)
            self._stage.label_wanted.emit(self._stage.selection)
        else:
            self.press(event)

    def cancel(self) -> bool:
        """Drop the drag."""
        was_busy = super().cancel()
        self._drag, self._pressed = None, None
        return was_busy

    def hover(self, event: PointerEvent) -> None:
        """Take notice of what lies under the pointer."""
        looked = self._look(event)
        self._stage.set_hovered(looked.shape if looked.mark == NO_ITEM else -1, looked.mark)

    def cursor(self, event: PointerEvent) -> Qt.CursorShape:
        """Tell what a press would do."""
        stage = self._stage
        if isinstance(self._drag, MoveDrag):
            return Qt.CursorShape.ClosedHandCursor
        if isinstance(self._drag, HandleDrag):
            return self._drag_cursor
        if stage.is_editable and stage.shows_shapes:
            handle = self._handle_under(event)
            if handle is not None:
                return _HANDLE_CURSORS[handle]
            if isinstance(self._drag, VertexDrag) or self._vertex_under(event) is not None:
                return Qt.CursorShape.PointingHandCursor
            if any(index in stage.selection for _, index in stage.shapes_at(event.picture)):
                return Qt.CursorShape.OpenHandCursor
        is_over = stage.hovered_shape >= 0 or stage.layers.hovered != NO_ITEM
        return Qt.CursorShape.PointingHandCursor if is_over else Qt.CursorShape.ArrowCursor

    def cycle(self, picture: Point, step: int) -> bool:
        """Select the next of the items under a point; returns whether there is one."""
        shapes = [(area, index, NO_ITEM) for area, index in self._stage.shapes_at(picture)]
        marks = [(area, -1, mark) for area, mark in self._stage.marks_at(picture)]
        items = sorted(shapes + marks, key=lambda item: item[0])
        if not items:
            return False
        present = next((i for i, item in enumerate(items) if self._is_present(item)), None)
        if present is None:
            chosen = items[0] if step > 0 else items[-1]
        else:
            chosen = items[(present + step) % len(items)]
        _, shape, mark = chosen
        self._stage.set_hovered(shape, mark)
        if shape >= 0:
            self._select({shape})
            self._stage.shape_clicked.emit(shape)
        else:
            self._select(())
            self._stage.mark_clicked.emit(*mark)
        return True

    def _is_present(self, item: tuple[float, int, MarkItem]) -> bool:
        _, shape, mark = item
        if shape >= 0:
            return self._stage.selection == {shape}
        return mark == self._stage.layers.hovered and not self._stage.selection

    def _look(self, event: PointerEvent) -> _Press:
        shapes = self._stage.shapes_at(event.picture)
        marks = self._stage.marks_at(event.picture)
        shape = shapes[0][1] if shapes else -1
        mark = NO_ITEM
        if marks and (not shapes or marks[0][0] < shapes[0][0]):
            mark = marks[0][1]
        is_on_selected = any(index in self._stage.selection for _, index in shapes)
        return _Press(event, shape, mark, is_on_selected)

    def _click(self, pressed: _Press) -> None:
        if pressed.mark != NO_ITEM:
            self._stage.mark_clicked.emit(*pressed.mark)
            return
        selection, shape = self._stage.selection, pressed.shape
        adds = pressed.event.is_control or pressed.event.is_shift
        if shape < 0:
            if not adds:
                self._select(())
            return
        self._select(selection ^ {shape} if adds else {shape})
        self._stage.shape_clicked.emit(shape)

    def _begin_drag(self, pressed: _Press) -> Drag | None:
        stage = self._stage
        if not stage.is_editable:
            return None
        if pressed.shape < 0:
            adds = pressed.event.is_control or pressed.event.is_shift
            return BandDrag(stage, pressed.event.picture, stage.selection if adds else frozenset())
        if not pressed.is_on_selected:
            self._select({pressed.shape})
        return MoveDrag(stage, pressed.event.picture)

    def _grip(self, event: PointerEvent) -> Drag | None:
        """Return the drag of the handle or vertex under the pointer."""
        index = self._stage.only_selected
        handle = self._handle_under(event)
        if index is None:
            return None
        if handle is not None:
            self._drag_cursor = _HANDLE_CURSORS[handle]
            return HandleDrag(self._stage, index, handle, event)
        vertex = self._vertex_under(event)
        return None if vertex is None else VertexDrag(self._stage, index, vertex)

    def _handle_under(self, event: PointerEvent) -> Handle | None:
        index = self._stage.only_selected
        if index is None or self._stage.table.shapes[index].kind != "box":
            return None
        return handle_at(self._screen_box(index), *event.screen)

    def _vertex_under(self, event: PointerEvent) -> int | None:
        index = self._stage.only_selected
        if index is None or self._stage.table.shapes[index].kind != "polygon":
            return None
        reach = GRAB_PX / self._stage.view.scale
        return vertex_at(self._stage.table.vertices(index), *event.picture, reach)

    def _screen_box(self, index: int) -> Box:
        x1, y1, x2, y2 = self._stage.shape(index).box_xyxy
        view = self._stage.view
        return *view.to_screen(x1, y1), *view.to_screen(x2, y2)

    def _edit_vertices(self, event: PointerEvent) -> bool:
        """Add a vertex to the edge under the pointer, or with Shift remove the vertex."""
        stage, reach = self._stage, GRAB_PX / self._stage.view.scale
        document = stage.document
        for index in self._polygons_near(event):
            vertices = stage.table.vertices(index)
            shape = stage.table.shapes[index]
            vertex = vertex_at(vertices, *event.picture, reach)
            edge, distance, point = nearest_edge(vertices, *event.picture)
            if document is None or distance > reach:
                continue
            if event.is_shift and vertex is not None:
                document.change({index: without_vertex(shape, vertex)}, "Remove vertex")
            elif not event.is_shift and vertex is None:
                document.change({index: with_vertex_added(shape, edge, point)}, "Add vertex")
            else:
                continue
            self._select({index})
            return True
        return False

    def _polygons_near(self, event: PointerEvent) -> list[int]:
        """Return the polygons whose outline may be under the pointer, selected ones first."""
        x, y = event.picture
        reach = GRAB_PX / self._stage.view.scale
        rows = self._stage.table.touching((x - reach, y - reach, x + reach, y + reach))
        polygons = [row for row in rows if self._stage.table.is_polygon[row]]
        return sorted(polygons, key=lambda row: row not in self._stage.selection)

    def _select(self, indices: Iterable[int]) -> None:
        if self._stage.document is not None:
            self._stage.document.select(indices)
