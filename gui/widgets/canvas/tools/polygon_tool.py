"""Draws polygons click by click."""

from __future__ import annotations

from engine.api.annotations import Point, Shape
from gui.widgets.canvas.geometry import clamped
from gui.widgets.canvas.hit_index import GRAB_PX
from gui.widgets.canvas.stage import Draft
from gui.widgets.canvas.tools.tool import PointerEvent, Tool

_LEAST_VERTICES = 3


class PolygonTool(Tool):
    """Collects vertices until Enter, a double click or a click on the first vertex."""

    _points: tuple[Point, ...] = ()
    _removed: tuple[Point, ...] = ()  # vertices taken back, the last one last
    _removed_at: int = 0  # place of the document's undo stack then
    _last: PointerEvent | None = None

    @property
    def is_busy(self) -> bool:
        """Whether there is a vertex."""
        return bool(self._points)

    def press(self, event: PointerEvent) -> None:
        """Add a vertex, or close the polygon."""
        if not self._stage.is_editable:
            return
        if self._closes(event):
            self.confirm()
            return
        point = clamped(event.picture, self._stage.size)
        if point not in self._points[-1:]:
            self._points, self._removed = (*self._points, point), ()
        self.move(event)

    def move(self, event: PointerEvent) -> None:
        """Let the last edge follow the pointer."""
        self._last = event
        if not self._points:
            return
        is_closing = self._closes(event)
        point = self._points[0] if is_closing else clamped(event.picture, self._stage.size)
        shown = (*self._points, point)
        tip = ""
        if len(shown) >= _LEAST_VERTICES:
            tip = self._stage.size_tip(Shape("", shown, "polygon"))
        self._stage.set_draft(Draft(points=shown, is_closing=is_closing), tip)

    def release(self, event: PointerEvent) -> None:
        """Vertices are set by the press."""

    def double_click(self, event: PointerEvent) -> None:
        """Close the polygon; the first of the two presses has set its last vertex."""
        if not self.confirm():
            self.press(event)

    @property
    def can_finish(self) -> bool:
        """Whether there are three vertices."""
        return len(self._points) >= _LEAST_VERTICES and self._stage.document is not None

    def confirm(self) -> bool:
        """Close the polygon, given three vertices."""
        if not self.can_finish:
            return False
        shape = Shape(self._stage.class_for_new, self._points, "polygon")
        self.cancel()
        self._stage.draw(shape, "Draw polygon")
        return True

    def step_back(self) -> bool:
        """Remove the last vertex."""
        if not self._points:
            return False
        self._removed, self._removed_at = (*self._removed, self._points[-1]), self._done
        self._points = self._points[:-1]
        self._show()
        return True

    @property
    def can_step_forward(self) -> bool:
        """Whether a vertex was taken back, and nothing done since."""
        return bool(self._removed) and self._removed_at == self._done

    def step_forward(self) -> bool:
        """Have the last vertex again that was taken back."""
        if not self.can_step_forward:
            return False
        self._points, self._removed = (*self._points, self._removed[-1]), self._removed[:-1]
        self._show()
        return True

    @property
    def _done(self) -> int:
        document = self._stage.document
        return document.undo_stack.index() if document is not None else 0

    def _show(self) -> None:
        if self._points and self._last is not None:
            self.move(self._last)
        else:
            self._stage.clear_drag()

    def cancel(self) -> bool:
        """Forget the vertices."""
        was_busy = super().cancel()
        self._points = self._removed = ()
        return was_busy

    def _closes(self, event: PointerEvent) -> bool:
        if len(self._points) < _LEAST_VERTICES:
            return False
        x, y = self._stage.view.to_screen(*self._points[0])
        return max(abs(x - event.screen[0]), abs(y - event.screen[1])) <= GRAB_PX
