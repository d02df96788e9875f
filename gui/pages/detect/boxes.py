"""Boxes as shapes, and shapes as boxes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from engine.api.annotations import Shape
from engine.api.detection import Detections

Source = Literal["detector", "drawn", "file"]


def from_shapes(shapes: tuple[Shape, ...]) -> Detections:
    """Take shapes as detections; drawn ones, which have no score, score 1."""
    return Detections.of(
        [shape.box_xyxy for shape in shapes],
        [1.0 if shape.score is None else shape.score for shape in shapes],
        tuple(shape.label for shape in shapes),
    )


class ClassFilter:
    """Leaves boxes of some classes out; the same object for the same boxes and classes."""

    def __init__(self) -> None:
        self._asked: tuple[Detections, frozenset[str]] | None = None
        self._left: Detections | None = None

    def left(self, detections: Detections, hidden: frozenset[str]) -> Detections:
        """Return the detections whose class is not hidden."""
        if not hidden.intersection(detections.categories):
            return detections
        before = self._asked
        if before is None or before[0] is not detections or before[1] != hidden:
            is_shown = np.array([name not in hidden for name in detections.categories])
            rows = np.flatnonzero(is_shown[detections.class_indices])
            self._asked, self._left = (detections, hidden), detections.take(rows)
        assert self._left is not None
        return self._left


class ShapeBoxes:
    """Shapes as detections; the same object while the shapes are the same."""

    def __init__(self) -> None:
        self._shapes: tuple[Shape, ...] = ()
        self._boxes: Detections | None = None

    def boxes(self, shapes: tuple[Shape, ...]) -> Detections | None:
        """Return one box a shape, in the order of the shapes; None where there are none."""
        if shapes is not self._shapes:
            self._shapes, self._boxes = shapes, from_shapes(shapes) if shapes else None
        return self._boxes


def new_shapes(detections: Detections, known: Iterable[Shape]) -> tuple[Shape, ...]:
    """Make editable boxes of the detections that are no shapes yet; they keep their scores.

    A detection is a shape where one of its class has the same sides, to a tenth of a pixel.
    """
    boxes = zip(detections.boxes_xyxy.tolist(), detections.scores, detections.labels, strict=True)
    made = (
        Shape(label, ((x1, y1), (x2, y2)), score=round(float(score), 4))
        for (x1, y1, x2, y2), score, label in boxes
    )
    taken = {_place(shape) for shape in known}
    return tuple(shape for shape in made if _place(shape) not in taken)


def _place(shape: Shape) -> tuple[object, ...]:
    return shape.label, *(round(side, 1) for side in shape.box_xyxy)
