"""What is known of a picture: the answer of a segmenter, and what followed from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.api.segmentation import ClassMask, ScalarMap, SegmentationResult, SegmentationScores

Side = Literal["first", "second"]
TruthSource = Literal["beside", "file", "drawn"]
SIDES: tuple[Side, ...] = ("first", "second")


@dataclass(slots=True, eq=False)
class Answer:
    """One result, and what has been computed of it so far.

    Attributes:
        areas: share of the picture by class.
        truth: the true classes, by the numbers of this result's classes.
        truth_source: where they were looked for.
        map: the one that was asked for last; `map_of` says which, see View.map_key.
    """

    result: SegmentationResult
    areas: Mapping[str, float] = field(default_factory=dict)
    truth: ClassMask | None = None
    truth_source: TruthSource | None = None
    scores: SegmentationScores | None = None
    map: ScalarMap | None = None
    map_of: tuple[object, ...] = ()
