"""Which detection has found which object: best score first, as PASCAL VOC and COCO count.

A detection takes the object of its class in its picture that it overlaps most and that no better
one has taken, if their IoU reaches the threshold; else it is false. Objects that are hard to see
("difficult" of VOC, "crowd" of COCO) count neither for nor against whoever finds them; as COCO has
it, a box finds such a one when so much of the box lies inside. Since a detection looks at better
ones alone, what holds for a ranked list holds for any of its beginnings: another score threshold
needs no other matching.

Axes: N detections of all pictures, M objects of all pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections
from engine.core.boxes import areas, pairwise_intersections, pairwise_iou

NOTHING = -1


class TrueBoxes(NamedTuple):
    """The objects of one picture; their classes count as those of the detections do."""

    boxes_xyxy: NDArray[np.float32]  # (M, 4) in pixels
    class_indices: NDArray[np.int64]  # (M,)
    is_difficult: NDArray[np.bool_] | None = None  # (M,)


@dataclass(frozen=True, slots=True, eq=False)
class MatchedBoxes:
    """All detections of all pictures, best first, and what became of each.

    Attributes:
        scores: (N,), falling.
        class_indices, pictures: (N,).
        objects: index among all objects of the one that was found, (N,); NOTHING for none.
        is_ignored: (N,), counts neither for nor against.
        true_classes, true_pictures: (M,).
        is_difficult: (M,).
    """

    iou_threshold: float
    scores: NDArray[np.float32]
    class_indices: NDArray[np.int64]
    pictures: NDArray[np.int64]
    objects: NDArray[np.int64]
    is_ignored: NDArray[np.bool_]
    true_classes: NDArray[np.int64]
    true_pictures: NDArray[np.int64]
    is_difficult: NDArray[np.bool_]

    @property
    def is_true(self) -> NDArray[np.bool_]:
        """Whether a detection has found an object that counts, (N,)."""
        is_true: NDArray[np.bool_] = (self.objects != NOTHING) & ~self.is_ignored
        return is_true

    def positives(self, class_index: int | None = None) -> int:
        """Return how many objects count, of one class or of all."""
        counts = ~self.is_difficult
        return int(
            (counts if class_index is None else counts[self.true_classes == class_index]).sum()
        )

    def ranked(self, class_index: int | None = None) -> NDArray[np.int64]:
        """Return the detections that count, of one class or of all, best first."""
        counts = ~self.is_ignored
        if class_index is not None:
            counts = counts & (self.class_indices == class_index)
        return np.flatnonzero(counts)


def match_boxes(
    pictures: Iterable[tuple[Detections, TrueBoxes]],
    iou_threshold: float = 0.5,
    is_class_aware: bool = True,
) -> MatchedBoxes:
    """Match detections to objects picture by picture, and rank them all.

    Args:
        pictures: what was found on each and what there is; classes by the same indices.
        is_class_aware: whether only objects of the detection's class can be found by it.
    """
    rows: list[_Row] = []
    objects: list[TrueBoxes] = []
    first = 0
    for found, true in pictures:
        rows.append(_match_picture(found, true, first, iou_threshold, is_class_aware))
        objects.append(true)
        first += len(true.boxes_xyxy)
    return _joined(rows, objects, iou_threshold)


class _Row(NamedTuple):
    """The detections of one picture, best first."""

    scores: NDArray[np.float32]
    class_indices: NDArray[np.int64]
    objects: NDArray[np.int64]
    is_ignored: NDArray[np.bool_]


def _match_picture(
    found: Detections, true: TrueBoxes, first: int, threshold: float, is_class_aware: bool
) -> _Row:
    order = np.argsort(-found.scores, kind="stable")
    classes = found.class_indices[order]
    objects = np.full(len(order), NOTHING, np.int64)
    is_ignored = np.zeros(len(order), bool)
    difficult = _difficult(true)
    if len(order) and len(true.boxes_xyxy):
        overlaps = _overlaps(found.boxes_xyxy[order], true.boxes_xyxy, difficult)
        if is_class_aware:
            overlaps[classes[:, None] != true.class_indices[None]] = 0
        is_free = np.ones(len(true.boxes_xyxy), bool)
        for place in np.flatnonzero(overlaps.max(axis=1) >= threshold).tolist():
            best = _best_object(overlaps[place], is_free, difficult, threshold)
            if best != NOTHING:
                objects[place], is_ignored[place] = first + best, difficult[best]
                is_free[best] = difficult[best]  # any number may find what does not count
    return _Row(found.scores[order], classes, objects, is_ignored)


def _overlaps(
    boxes: NDArray[np.float32], objects: NDArray[np.float32], difficult: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """IoU, (N, M); with what is difficult, the share of the box that lies inside."""
    overlaps = pairwise_iou(boxes, objects)
    if difficult.any():
        inside = pairwise_intersections(boxes, objects[difficult])
        overlaps[:, difficult] = inside / np.maximum(areas(boxes), np.float32(1e-12))[:, None]
    return overlaps


def _best_object(
    overlaps: NDArray[np.float32],
    is_free: NDArray[np.bool_],
    difficult: NDArray[np.bool_],
    threshold: float,
) -> int:
    """Return the free object that is overlapped most; one that counts before one that does not."""
    for kind in (~difficult, difficult):
        wanted = np.where(is_free & kind, overlaps, 0)
        best = int(wanted.argmax())
        if wanted[best] >= threshold:
            return best
    return NOTHING


def _difficult(true: TrueBoxes) -> NDArray[np.bool_]:
    return np.zeros(len(true.boxes_xyxy), bool) if true.is_difficult is None else true.is_difficult


def _joined(
    rows: Sequence[_Row], objects: Sequence[TrueBoxes], iou_threshold: float
) -> MatchedBoxes:
    sizes = [len(row.scores) for row in rows]
    scores = _together([row.scores for row in rows], np.float32)
    order = np.argsort(-scores, kind="stable")
    counts = [len(true.boxes_xyxy) for true in objects]
    return MatchedBoxes(
        iou_threshold=iou_threshold,
        scores=scores[order],
        class_indices=_together([row.class_indices for row in rows], np.int64)[order],
        pictures=np.repeat(np.arange(len(rows)), sizes)[order],
        objects=_together([row.objects for row in rows], np.int64)[order],
        is_ignored=_together([row.is_ignored for row in rows], bool)[order],
        true_classes=_together([true.class_indices for true in objects], np.int64),
        true_pictures=np.repeat(np.arange(len(objects)), counts),
        is_difficult=_together([_difficult(true) for true in objects], bool),
    )


def _together(arrays: Sequence[NDArray[np.generic]], kind: type) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, kind), *arrays]).astype(kind)
