"""What a pressed mouse can be doing to shapes in the select tool."""

from __future__ import annotations

from abc import ABC, abstractmethod

from engine.api.annotations import Point, Shape
from gui.widgets.canvas.geometry import (
    Handle,
    clamped,
    limited_shift,
    resized_box,
    with_box,
    with_vertex_moved,
)
from gui.widgets.canvas.stage import Draft, Preview, Stage
from gui.widgets.canvas.tools.tool import PointerEvent


class Drag(ABC):
    """From press to release: shown all the while, one undo step at the end."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    @abstractmethod
    def move(self, event: PointerEvent) -> None:
        """Show what letting go now would do."""

    @abstractmethod
    def finish(self, event: PointerEvent) -> None:
        """Do it."""


class _ReshapeDrag(Drag):
    """Changes the points of one shape."""

    text = ""

    def __init__(self, stage: Stage, index: int) -> None:
        super().__init__(stage)
        self._index = index
        self._shape = stage.table.shapes[index]

    @abstractmethod
    def reshaped(self, event: PointerEvent) -> Shape:
        """Return the shape as the pointer wants it."""

    def move(self, event: PointerEvent) -> None:
        shape = self.reshaped(event)
        tip = self._stage.size_tip(shape, without=self._index)
        self._stage.set_preview(Preview(replaced={self._index: shape}), tip)

    def finish(self, event: PointerEvent) -> None:
        if self._stage.document is not None:
            self._stage.document.change({self._index: self.reshaped(event)}, self.text)


class HandleDrag(_ReshapeDrag):
    """One of the eight handles of a box."""

    text = "Resize box"

    def __init__(self, stage: Stage, index: int, handle: Handle, pressed: PointerEvent) -> None:
        super().__init__(stage, index)
        self._handle = handle
        # A handle is seldom grabbed in its very middle: it keeps its distance to the pointer.
        x1, y1, x2, y2 = self._shape.box_xyxy
        x = x1 if handle[0] < 0 else x2
        y = y1 if handle[1] < 0 else y2
        self._slip = (x - pressed.picture[0], y - pressed.picture[1])

    def reshaped(self, event: PointerEvent) -> Shape:
        """Return the shape as the pointer wants it."""
        point = (event.picture[0] + self._slip[0], event.picture[1] + self._slip[1])
        box = resized_box(
            self._shape.box_xyxy,
            self._handle,
            point,
            self._stage.size,
            is_square=event.is_shift,
            from_centre=event.is_alt,
        )
        return with_box(self._shape, box)


class VertexDrag(_ReshapeDrag):
    """One vertex of a polygon."""

    text = "Move vertex"

    def __init__(self, stage: Stage, index: int, vertex: int) -> None:
        super().__init__(stage, index)
        self._vertex = vertex

    def reshaped(self, event: PointerEvent) -> Shape:
        """Return the shape as the pointer wants it."""
        point = clamped(event.picture, self._stage.size)
        return with_vertex_moved(self._shape, self._vertex, point)


class MoveDrag(Drag):
    """All selected shapes."""

    def __init__(self, stage: Stage, start: Point) -> None:
        super().__init__(stage)
        self._start = start
        self._around = stage.table.around(stage.selected_rows)

    def move(self, event: PointerEvent) -> None:
        """Show what letting go now would do."""
        shift = self._shift(event)
        self._stage.set_preview(Preview(shift=shift), self._tip(shift))

    def finish(self, event: PointerEvent) -> None:
        """Make it one edit of the document."""
        dx, dy = self._shift(event)
        if self._stage.document is not None and (dx, dy) != (0.0, 0.0):
            self._stage.document.move(self._stage.selection, dx, dy)

    def _shift(self, event: PointerEvent) -> Point:
        wanted = (event.picture[0] - self._start[0], event.picture[1] - self._start[1])
        return limited_shift(self._around, wanted, self._stage.size)

    def _tip(self, shift: Point) -> str:
        x, y = self._around[0] + shift[0], self._around[1] + shift[1]
        place = f"x {x:,.0f}, y {y:,.0f}"
        index = self._stage.only_selected
        if index is None:
            return f"{place} | {len(self._stage.selection)} shapes"
        x1, y1, x2, y2 = self._around
        box = Shape.box("", x1 + shift[0], y1 + shift[1], x2 + shift[0], y2 + shift[1])
        return f"{place} | {self._stage.size_tip(box, without=index)}"


class BandDrag(Drag):
    """A rubber band that selects what it touches."""

    def __init__(self, stage: Stage, start: Point, kept: frozenset[int]) -> None:
        super().__init__(stage)
        self._start = start
        self._kept = kept

    def move(self, event: PointerEvent) -> None:
        """Show what letting go now would do."""
        (x1, y1), (x2, y2) = self._start, event.picture
        box = (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        self._stage.set_draft(Draft(box=box, is_band=True))
        if self._stage.document is not None:
            self._stage.document.select(self._kept.union(self._stage.table.touching(box)))

    def finish(self, event: PointerEvent) -> None:
        """Leave what the band touched selected."""
        self.move(event)
