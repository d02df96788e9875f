"""Answers as marks: what the canvas draws, left and right of a split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.api.segmentation import ClassMask, ScalarMap, SegmentationResult, SegmentationScores
from engine.api.traces import Extent, HeatMark, MaskMark

ViewKind = Literal["classes", "probability", "entropy", "truth", "errors"]
Span = tuple[float, float]
Values = TypeVar("Values", ClassMask, NDArray[np.float32])
WHOLE: Span = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class View:
    """How answers are looked at. Nothing here needs the network again.

    Attributes:
        opacity: of the colours, 0 to 1.
        threshold: of `probability`; lower values are not drawn.
        class_name: of `probability`.
        hidden: classes that are not drawn.
        lit: a class that is drawn alone for a moment; empty for all.
    """

    kind: ViewKind = "classes"
    opacity: float = 0.5
    has_outlines: bool = True
    threshold: float = 0.0
    class_name: str = ""
    hidden: frozenset[str] = frozenset()
    lit: str = ""

    def hides(self, name: str) -> bool:
        """Whether a class is not drawn."""
        return name != self.lit if self.lit else name in self.hidden

    @property
    def map_key(self) -> tuple[object, ...]:
        """What a map depends on; empty where none is drawn."""
        return map_key(self.kind, self.class_name, self.threshold)


def map_key(kind: str, class_name: str, threshold: float) -> tuple[object, ...]:
    """Return what tells a map from others; empty for what is no map."""
    if kind == "probability":
        return (kind, class_name, threshold)
    return (kind,) if kind == "entropy" else ()


def class_mark(result: SegmentationResult, view: View, span: Span) -> MaskMark:
    """Return the classes of a part of the picture; hidden ones have no name and no colour."""
    return _mask(result, result.labels, view, span)


def truth_mark(result: SegmentationResult, truth: ClassMask, view: View, span: Span) -> MaskMark:
    """Return the true classes in the colours of the answered ones."""
    return _mask(result, truth, view, span)


def outline_mark(result: SegmentationResult, view: View, span: Span) -> MaskMark:
    """Return the borders of the classes."""
    return _mask(result, result.outlines, view, span)


def error_mark(scores: SegmentationScores, size: tuple[float, float], span: Span) -> MaskMark:
    """Return the pixels that were called by another class."""
    part, extent = _part(scores.errors, size, span)
    return MaskMark(part, ("", "wrong"), extent, ("neutral", "removed"))


def map_mark(found: ScalarMap, size: tuple[float, float], span: Span) -> HeatMark:
    """Return one number a pixel as colours between the limits of the map."""
    part, extent = _part(found.values, size, span)
    return HeatMark(part, extent, limits=found.limits)


def size_of(result: SegmentationResult) -> tuple[float, float]:
    """Width and height of the picture."""
    return result.extent_xyxy[2:]


def _mask(result: SegmentationResult, mask: ClassMask, view: View, span: Span) -> MaskMark:
    part, extent = _part(mask, size_of(result), span)
    return MaskMark(part, tuple("" if view.hides(n) else n for n in result.classes), extent)


def _part(values: Values, size: tuple[float, float], span: Span) -> tuple[Values, Extent]:
    """Return the columns of a span, as a view, and where they lie in the picture."""
    width, height = size
    columns = values.shape[1]
    left, right = (round(columns * share) for share in span)
    scale = width / columns
    return values[:, left:right], (left * scale, 0.0, right * scale, height)
