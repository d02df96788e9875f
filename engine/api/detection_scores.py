"""How good boxes are: what became of each of them, and the numbers that follow from it.

Axes: N detections of all pictures, best score first; M objects of all pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import ConfigError


class DetectionKind(IntEnum):
    """What a detection is; from CLASSIFICATION on it is a mistake.

    The kinds of TIDE, Bolya et al., ECCV 2020, https://arxiv.org/abs/2008.08115.
    """

    TRUE = 0
    IGNORED = 1
    CLASSIFICATION = 2  # a good box of another class
    LOCALISATION = 3  # the right class, a loose box
    BOTH = 4  # a loose box of another class
    DUPLICATE = 5  # of an object that a better box has found
    BACKGROUND = 6  # there is nothing


MISTAKES = tuple(kind for kind in DetectionKind if kind >= DetectionKind.CLASSIFICATION)


@dataclass(frozen=True, slots=True)
class ScoreDetections:
    """Score a detector, or boxes made elsewhere, on a data set; answers `DetectionScores`.

    Attributes:
        model_key: of the detector; empty where `detections` are given.
        detections: file of boxes: COCO results or what `detect --json` prints.
        weights: as in `Detect`.
        options: of the card's options type; None for its defaults.
        split: None for the one held out: validation, else test, else everything.
        score_floor: boxes that score less are left out; a low one, since AP looks at all of them.
        iou_threshold: overlap from which on a box has found an object.
        limit: so many pictures at most, spread over the split; None for all.
    """

    data: str
    model_key: str = ""
    detections: Path | None = None
    weights: str | Path | None = None
    options: Any = None
    format: str | None = None
    split: str | None = None
    device: str = "auto"
    score_floor: float = 0.01
    iou_threshold: float = 0.5
    limit: int | None = None
    may_download: bool = False

    def __post_init__(self) -> None:
        if bool(self.model_key) == (self.detections is not None):
            raise ConfigError("give either a model or a file of detections, one of the two")
        if not 0 <= self.score_floor <= 1 or not 0 < self.iou_threshold <= 1:
            raise ConfigError(
                f"score_floor = {self.score_floor:g}, iou_threshold = {self.iou_threshold:g}: "
                "both lie between 0 and 1"
            )

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Scoring {self.model_key or self.detections} on {self.data}"


@dataclass(frozen=True, slots=True, eq=False)
class DetectionScores:
    """All detections of all pictures with what became of each.

    Attributes:
        model, weights: empty for boxes made elsewhere.
        classes: names by class index.
        files: path of each picture, empty where it has none of its own.
        numbers: COCO's by name (`ap`, `ap50`, `ap75`, `ap_small`, `ar_100`, …) and `ap50_voc07`,
            `ap50_voc10`, the means over the classes that occur; those without objects are missing.
        per_class: AP by name of the class; None where there is no object.
        per_class_50: AP at IoU 0.50.
        scores, class_indices, pictures: of the detections, (N,).
        is_true: found an object that none before it had, (N,).
        is_ignored: counts neither for nor against, (N,).
        kinds: what each is, of DetectionKind, (N,) int8.
        objects: the object that each is about, (N,) int64; -1 for the background.
        any_objects: likewise the one found if classes do not matter, (N,).
        true_classes, true_pictures, is_difficult: of the objects, (M,).
        milliseconds: of the detector alone a picture, the median; None where none was run.
        protocol: how the numbers were made.
        notes: what a person should know, such as class names that do not match.
    """

    model: str
    weights: str
    data: str
    split: str
    classes: tuple[str, ...]
    files: tuple[str, ...]
    numbers: Mapping[str, float]
    per_class: Mapping[str, float | None]
    per_class_50: Mapping[str, float | None]
    iou_threshold: float
    boxes_xyxy: NDArray[np.float32]
    scores: NDArray[np.float32]
    class_indices: NDArray[np.int64]
    pictures: NDArray[np.int64]
    is_true: NDArray[np.bool_]
    is_ignored: NDArray[np.bool_]
    kinds: NDArray[np.int8]
    objects: NDArray[np.int64]
    any_objects: NDArray[np.int64]
    true_boxes_xyxy: NDArray[np.float32]
    true_classes: NDArray[np.int64]
    true_pictures: NDArray[np.int64]
    is_difficult: NDArray[np.bool_]
    milliseconds: float | None = None
    protocol: str = ""
    notes: tuple[str, ...] = ()

    def at(self, threshold: float, class_index: int | None = None) -> Counts:
        """Count what a score threshold leaves, of one class or of all."""
        counts, wanted = ~self.is_ignored & (self.scores >= threshold), ~self.is_difficult
        if class_index is not None:
            counts = counts & (self.class_indices == class_index)
            wanted = wanted & (self.true_classes == class_index)
        true = int((self.is_true & counts).sum())
        return Counts(true, int(counts.sum()) - true, int(wanted.sum()) - true)

    def best_threshold(self, class_index: int | None = None) -> float:
        """Return the score threshold with the highest F1; 1 where nothing is found."""
        counts, wanted = ~self.is_ignored, ~self.is_difficult
        if class_index is not None:
            counts = counts & (self.class_indices == class_index)
            wanted = wanted & (self.true_classes == class_index)
        scores, is_true = self.scores[counts], self.is_true[counts]
        is_last = np.append(scores[1:] != scores[:-1], True)[: len(scores)]  # of those that tie
        if not (is_true.any() and wanted.any()):
            return 1.0
        kept = np.arange(1, len(scores) + 1)
        f1 = np.where(is_last, 2 * np.cumsum(is_true) / (kept + int(wanted.sum())), 0)
        return float(scores[int(f1.argmax())])

    def errors_at(self, threshold: float) -> dict[str, int]:
        """Return how many mistakes of each kind a score threshold leaves, and `missed`.

        An object is missed that no box found, nor meant by a wrong class or a loose box.
        """
        kept = self.scores >= threshold
        kinds, objects = self.kinds[kept], self.objects[kept]
        counts = {kind.name.lower(): int((kinds == kind).sum()) for kind in MISTAKES}
        is_missed = ~self.is_difficult
        is_meant = np.isin(kinds, _MEANT) & (objects >= 0)
        is_missed[objects[is_meant]] = False
        return {**counts, "missed": int(is_missed.sum())}


_MEANT = (
    DetectionKind.TRUE,
    DetectionKind.IGNORED,
    DetectionKind.CLASSIFICATION,
    DetectionKind.LOCALISATION,
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Detections that are true, those that are false, and objects that were missed."""

    true: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of the detections that are true; NaN without detections."""
        return _share(self.true, self.true + self.false)

    @property
    def recall(self) -> float:
        """Share of the objects that are found; NaN without objects."""
        return _share(self.true, self.true + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN where there is nothing at all."""
        return _share(2 * self.true, 2 * self.true + self.false + self.missed)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
