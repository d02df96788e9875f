"""Boxes as shapes, and shapes as boxes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

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
