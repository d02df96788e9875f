"""The named layers of marks between the picture and the document's shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import (
    ArrowsMark,
    BoxesMark,
    GridMark,
    HeatMark,
    ImageMark,
    MaskMark,
    PictureMark,
    PolygonsMark,
)
from gui.widgets.canvas.captions import CaptionPainter
from gui.widgets.canvas.frame import Frame
from gui.widgets.canvas.item_marks import (
    Emphasis,
    Look,
    PreparedBoxes,
    PreparedMark,
    PreparedPolygons,
)
from gui.widgets.canvas.line_marks import PreparedArrows, PreparedGrid
from gui.widgets.canvas.raster_marks import prepare_heat, prepare_image, prepare_mask

PREPARE: dict[type, Callable[[Any], PreparedMark]] = {
    BoxesMark: PreparedBoxes,
    PolygonsMark: PreparedPolygons,
    ImageMark: prepare_image,
    HeatMark: prepare_heat,
    MaskMark: prepare_mask,
    GridMark: PreparedGrid,
    ArrowsMark: PreparedArrows,
}


class MarkItem(NamedTuple):
    """One box or polygon of a layer."""

    layer: str
    mark: int
    item: int


NO_ITEM = MarkItem("", -1, -1)


@dataclass(slots=True)
class _Layer:
    marks: tuple[PictureMark, ...]
    prepared: tuple[PreparedMark, ...]
    look: Look


class LayerStack:
    """Layers in the order in which they were first set; later ones lie on top."""

    def __init__(self) -> None:
        self._layers: dict[str, _Layer] = {}
        self.hovered = NO_ITEM
        self._highlighted: dict[str, MarkItem] = {}

    def set_layer(self, name: str, marks: Sequence[PictureMark], look: Look) -> None:
        """Show marks under a name; those that were there already are not prepared again."""
        old = self._layers.get(name)
        known = {id(m): p for m, p in zip(old.marks, old.prepared, strict=True)} if old else {}
        prepared = tuple(known.get(id(mark)) or PREPARE[type(mark)](mark) for mark in marks)
        self._layers[name] = _Layer(tuple(marks), prepared, look)
        if self.hovered.layer == name and not self._exists(self.hovered):
            self.hovered = NO_ITEM

    def prepare_again(self) -> None:
        """Take the colours of the classes as they are now."""
        for layer in self._layers.values():
            layer.prepared = tuple(PREPARE[type(mark)](mark) for mark in layer.marks)

    @property
    def has_visible(self) -> bool:
        """Whether anything may be drawn."""
        looks = [layer.look for layer in self._layers.values() if layer.marks]
        return any(look.is_visible and look.opacity > 0 for look in looks)

    def remove_layer(self, name: str) -> None:
        """Forget a layer and its highlight; an unknown name is no error."""
        self._layers.pop(name, None)
        self._highlighted.pop(name, None)
        if self.hovered.layer == name:
            self.hovered = NO_ITEM

    def set_highlight(self, item: MarkItem) -> None:
        """Draw an item stronger until another of its layer is; -1 for none."""
        self._highlighted[item.layer] = item

    def paint(self, frame: Frame, captions: CaptionPainter) -> None:
        """Draw every visible layer."""
        for name, layer in self._layers.items():
            if not layer.look.is_visible or layer.look.opacity <= 0:
                continue
            frame.painter.setOpacity(layer.look.opacity)
            for index, prepared in enumerate(layer.prepared):
                emphasis = self._emphasis(name, index)
                prepared.paint(frame, layer.look, emphasis, captions)
        frame.painter.setOpacity(1.0)

    def items_at(self, x: float, y: float, tolerance: float) -> list[tuple[float, MarkItem]]:
        """Return the visible items under a picture point with their areas, smallest first."""
        found = [
            (area, MarkItem(name, index, item))
            for name, layer in reversed(self._layers.items())
            if layer.look.is_visible
            for index, prepared in enumerate(layer.prepared)
            for area, item in prepared.items_at(x, y, tolerance)
        ]
        return sorted(found, key=lambda pair: pair[0])

    def boxes(self) -> NDArray[np.float64]:
        """Return every visible box and box around a polygon, (N, 4)."""
        shown = [
            prepared.boxes_xyxy
            for layer in self._layers.values()
            if layer.look.is_visible
            for prepared in layer.prepared
        ]
        return np.concatenate(shown) if shown else np.empty((0, 4))

    def _emphasis(self, name: str, mark: int) -> Emphasis:
        hovered, highlighted = self.hovered, self._highlighted.get(name, NO_ITEM)
        return Emphasis(
            hovered.item if (hovered.layer, hovered.mark) == (name, mark) else -1,
            highlighted.item if highlighted.mark == mark else -1,
        )

    def _exists(self, wanted: MarkItem) -> bool:
        layer = self._layers[wanted.layer]
        if not 0 <= wanted.mark < len(layer.prepared):
            return False
        return wanted.item < len(layer.prepared[wanted.mark].boxes_xyxy)
