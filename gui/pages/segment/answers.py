"""What is known of each picture: the answers of two segmenters, and what followed from them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.api.segmentation import ClassMask, ScalarMap, SegmentationResult, SegmentationScores
from gui.document.picture_document import PictureDocument

Side = Literal["first", "second"]
SIDES: tuple[Side, ...] = ("first", "second")
REMEMBERED = 16
"""Answers of this many pictures are kept; of a large picture one has 100 megabytes and more."""


@dataclass(slots=True, eq=False)
class Answer:
    """One result, and what has been computed of it so far.

    Attributes:
        areas: share of the picture by class.
        truth: the true classes, by the numbers of this result's classes.
        map: the one that was asked for last; `map_of` says which, see View.map_key.
    """

    result: SegmentationResult
    areas: Mapping[str, float] = field(default_factory=dict)
    truth: ClassMask | None = None
    scores: SegmentationScores | None = None
    map: ScalarMap | None = None
    map_of: tuple[object, ...] = ()


class AnswerMemory:
    """The latest answers to each picture, oldest forgotten first."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[PictureDocument, Side], Answer] = OrderedDict()

    def put(self, document: PictureDocument, side: Side, result: SegmentationResult) -> Answer:
        """Remember what a segmenter said."""
        answer = self._answers[document, side] = Answer(result)
        self._answers.move_to_end((document, side))
        while len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
        return answer

    def get(self, document: PictureDocument | None, side: Side) -> Answer | None:
        """Return what a segmenter said, or None where none was asked."""
        return self._answers.get((document, side)) if document is not None else None
