"""Where the boxes of each picture come from, and what was found on it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal, TypeVar

from engine.api.annotations import Shape
from engine.api.detection import DetectionResult, Detections
from gui.document.picture_document import PictureDocument

Source = Literal["detector", "drawn", "file"]
Remembered = TypeVar("Remembered")
REMEMBERED_PICTURES = 200
"""Raw boxes of this many pictures are kept; a result has a few hundred kilobytes at most."""


class RunMemory:
    """The latest result of each picture, oldest forgotten first."""

    def __init__(self) -> None:
        self._results: OrderedDict[PictureDocument, DetectionResult] = OrderedDict()
        self._loaded: OrderedDict[PictureDocument, Detections] = OrderedDict()

    def put(self, document: PictureDocument, result: DetectionResult) -> None:
        """Remember what a detector found."""
        _remember(self._results, document, result)

    def put_loaded(self, document: PictureDocument, detections: Detections) -> None:
        """Remember boxes that came from a file."""
        _remember(self._loaded, document, detections)

    def result(self, document: PictureDocument | None) -> DetectionResult | None:
        """Return what a detector found, or None where none ran."""
        return self._results.get(document) if document else None

    def raw(self, document: PictureDocument | None, source: Source) -> Detections | None:
        """Return the raw boxes of a source, or None where there are none yet."""
        if document is None:
            return None
        if source == "drawn":
            return from_shapes(document.shapes) if document.shapes else None
        if source == "file":
            return self._loaded.get(document)
        result = self._results.get(document)
        return result.raw if result else None


def _remember(
    memory: OrderedDict[PictureDocument, Remembered], key: PictureDocument, value: Remembered
) -> None:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > REMEMBERED_PICTURES:
        memory.popitem(last=False)


def from_shapes(shapes: tuple[Shape, ...]) -> Detections:
    """Take shapes as detections; drawn ones, which have no score, score 1."""
    return Detections.of(
        [shape.box_xyxy for shape in shapes],
        [1.0 if shape.score is None else shape.score for shape in shapes],
        tuple(shape.label for shape in shapes),
    )


def to_shapes(detections: Detections) -> tuple[Shape, ...]:
    """Make editable boxes of detections; they keep their scores."""
    rows = zip(
        detections.boxes_xyxy.tolist(), detections.scores.tolist(), detections.labels, strict=True
    )
    return tuple(
        Shape(label, ((x1, y1), (x2, y2)), score=round(score, 4))
        for (x1, y1, x2, y2), score, label in rows
    )
