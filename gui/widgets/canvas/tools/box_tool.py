"""Draws boxes: press and drag, or click twice."""

from __future__ import annotations

from engine.api.annotations import Point, Shape
from gui.widgets.canvas.geometry import LEAST_SIDE, Box, drawn_box
from gui.widgets.canvas.stage import Draft
from gui.widgets.canvas.tools.tool import PointerEvent, Tool


class BoxTool(Tool):
    """Waiting, or stretching a box from a first corner (with Alt: from its middle)."""

    _start: Point | None = None  # first corner in picture pixels
    _pressed_at: Point = (0.0, 0.0)  # on the screen
    _is_click_click = False

    @property
    def is_busy(self) -> bool:
        """Whether the first corner is set."""
        return self._start is not None

    def press(self, event: PointerEvent) -> None:
        """Set the first corner, or the other one of a box drawn by two clicks."""
        if not self._stage.is_editable:
            return
        if self._start is None:
            self._start, self._pressed_at = event.picture, event.screen
            self._is_click_click = False
            self.move(event)
        else:
            self._finish(event)

    def move(self, event: PointerEvent) -> None:
        """Stretch the box."""
        if self._start is not None:
            box = self._box(self._start, event)
            tip = self._stage.size_tip(Shape.box("", *box))
            self._stage.set_draft(Draft(box=box), tip)

    def release(self, event: PointerEvent) -> None:
        """Finish a dragged box; after a mere click wait for the second one."""
        if self._start is None or self._is_click_click:
            return
        if event.is_near(self._pressed_at):
            self._is_click_click = True  # the next click sets the other corner
            self.move(event)
        else:
            self._finish(event)

    def cancel(self) -> bool:
        """Forget the first corner."""
        was_busy = super().cancel()
        self._start = None
        return was_busy

    def _finish(self, event: PointerEvent) -> None:
        start = self._start
        self.cancel()
        if start is None:
            return
        x1, y1, x2, y2 = self._box(start, event)
        # A box without extent is a slip of the hand.
        if x2 - x1 >= LEAST_SIDE and y2 - y1 >= LEAST_SIDE:
            shape = Shape.box(self._stage.class_for_new, x1, y1, x2, y2)
            self._stage.draw(shape, "Draw box")

    def _box(self, start: Point, event: PointerEvent) -> Box:
        return drawn_box(
            start,
            event.picture,
            self._stage.size,
            is_square=event.is_shift,
            from_centre=event.is_alt,
        )
