"""What kind of mistake a false detection is, and which class is taken for which.

Bolya et al., TIDE: A General Toolbox for Identifying Object Detection Errors, ECCV 2020,
https://arxiv.org/abs/2008.08115, has those of `DetectionKind`. Hoiem, Chodpathumwan, Dai,
Diagnosing Error in Object Detectors, ECCV 2012, has those of the course: `course_kinds`.

Axes: N detections in the order of their match, M objects of all pictures, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections
from engine.api.detection_scores import DetectionKind
from engine.core.boxes import pairwise_iou
from engine.metrics.box_matching import NOTHING, MatchedBoxes, TrueBoxes, match_boxes
from engine.metrics.similar_classes import groups_of

BACKGROUND_IOU = 0.1
"""What overlaps no object by as much lies on the background."""


@dataclass(frozen=True, slots=True, eq=False)
class DetectionErrors:
    """The mistakes of a detector.

    Attributes:
        kinds: of DetectionKind, (N,) int8.
        nearest: index of the object that a mistake is about, (N,); NOTHING for the background.
    """

    kinds: NDArray[np.int8]
    nearest: NDArray[np.int64]


def detection_errors(
    pictures: Sequence[tuple[Detections, TrueBoxes]], matched: MatchedBoxes
) -> DetectionErrors:
    """Say of each detection what it is; `matched` is their match, aware of classes."""
    kinds = np.full(len(matched.scores), DetectionKind.BACKGROUND, np.int8)
    nearest = np.full(len(kinds), NOTHING, np.int64)
    firsts = np.cumsum([0, *(len(true.boxes_xyxy) for _, true in pictures)])
    places = _places_by_picture(matched, len(pictures))
    for (found, true), at, first in zip(pictures, places, firsts[:-1].tolist(), strict=True):
        if len(at) and len(true.boxes_xyxy):
            order = np.argsort(-found.scores, kind="stable")
            overlaps = pairwise_iou(found.boxes_xyxy[order], true.boxes_xyxy)
            kinds[at], near = _kinds(overlaps, matched.class_indices[at], true, matched)
            nearest[at] = np.where(near == NOTHING, NOTHING, first + near)
    kinds[matched.is_true] = DetectionKind.TRUE
    kinds[matched.is_ignored] = DetectionKind.IGNORED
    found_by = matched.objects != NOTHING
    nearest[found_by] = matched.objects[found_by]
    return DetectionErrors(kinds, nearest)


def _places_by_picture(matched: MatchedBoxes, count: int) -> list[NDArray[np.int64]]:
    """Places of each picture's detections in the ranked list, best first."""
    order = np.argsort(matched.pictures, kind="stable")
    return np.split(order, np.searchsorted(matched.pictures[order], np.arange(1, count)))


def _kinds(
    overlaps: NDArray[np.float32],
    classes: NDArray[np.int64],
    true: TrueBoxes,
    matched: MatchedBoxes,
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Kinds of one picture's detections as if none were true, and the object each is about."""
    is_same = classes[:, None] == true.class_indices[None]
    same, other = np.where(is_same, overlaps, 0), np.where(is_same, 0, overlaps)
    best_same, best_other = same.max(axis=1), other.max(axis=1)
    kinds = np.select(
        [
            best_same >= matched.iou_threshold,
            best_other >= matched.iou_threshold,
            best_same >= BACKGROUND_IOU,
            best_other >= BACKGROUND_IOU,
        ],
        [
            DetectionKind.DUPLICATE,
            DetectionKind.CLASSIFICATION,
            DetectionKind.LOCALISATION,
            DetectionKind.BOTH,
        ],
        DetectionKind.BACKGROUND,
    ).astype(np.int8)
    is_of_same = (kinds == DetectionKind.DUPLICATE) | (kinds == DetectionKind.LOCALISATION)
    near = np.where(is_of_same, same.argmax(axis=1), other.argmax(axis=1))
    return kinds, np.where(kinds == DetectionKind.BACKGROUND, NOTHING, near)


COURSE_KINDS = ("bad localisation", "similar object", "dissimilar object", "background")


def course_kinds(
    errors: DetectionErrors, matched: MatchedBoxes, classes: Sequence[str]
) -> NDArray[np.int8]:
    """Return the place of each mistake in COURSE_KINDS, (N,); NOTHING for what is none.

    A duplicate is badly localised: another box has the object. Objects are similar whose classes
    are of one group, such as vehicles or animals; see `similar_classes`.
    """
    groups = np.array(groups_of(classes) or [0], np.int64)
    kinds = np.full(len(errors.kinds), NOTHING, np.int8)
    kinds[np.isin(errors.kinds, (DetectionKind.LOCALISATION, DetectionKind.DUPLICATE))] = 0
    is_other = np.isin(errors.kinds, (DetectionKind.CLASSIFICATION, DetectionKind.BOTH))
    meant = matched.true_classes[errors.nearest[is_other]]
    is_similar = groups[meant] == groups[matched.class_indices[is_other]]
    kinds[is_other] = np.where(is_similar, 1, 2)
    kinds[errors.kinds == DetectionKind.BACKGROUND] = 3
    return kinds


def confusion(
    pictures: Sequence[tuple[Detections, TrueBoxes]],
    classes: int,
    score_threshold: float = 0.0,
    iou_threshold: float = 0.5,
) -> NDArray[np.int64]:
    """Count which class was found as which, (K + 1, K + 1); the last is the background.

    Rows are true classes: the last row holds boxes on the background; the last column, objects
    that were not found. Boxes find objects of any class, best score first.
    """
    matched = match_boxes(pictures, iou_threshold, is_class_aware=False)
    return confusion_at(matched, classes, score_threshold)


def confusion_at(matched: MatchedBoxes, classes: int, score_threshold: float) -> NDArray[np.int64]:
    """Return the same of a match that does not look at classes."""
    table = np.zeros((classes + 1, classes + 1), np.int64)
    kept = (matched.scores >= score_threshold) & ~matched.is_ignored
    objects, named = matched.objects[kept], matched.class_indices[kept]
    is_found = objects != NOTHING
    np.add.at(table, (matched.true_classes[objects[is_found]], named[is_found]), 1)
    np.add.at(table, (np.full((~is_found).sum(), classes), named[~is_found]), 1)
    left = ~matched.is_difficult
    left[objects[is_found]] = False
    np.add.at(table, (matched.true_classes[left], np.full(left.sum(), classes)), 1)
    return table
