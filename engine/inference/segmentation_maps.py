"""Numbers that follow from the probabilities of a segmenter: maps, areas, scores."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.api.datasets import IGNORED
from engine.api.errors import ConfigError
from engine.api.segmentation import (
    ClassMask,
    DrawMap,
    ScalarMap,
    ScoreSegmentation,
    SegmentationResult,
    SegmentationScores,
)
from engine.metrics.boundary_f1 import boundary_f1, tolerance_px

_ROWS_AT_ONCE = 64


def draw_map(request: DrawMap) -> ScalarMap:
    """Return the probability of one class, or the entropy of all in bits.

    Raises:
        ConfigError: there is no such class.
    """
    found = request.result.probabilities
    if request.kind == "entropy":
        values = entropy_bits(found)
        return ScalarMap(values, (0.0, math.log2(found.shape[2])), 1.0, float(values.mean()))
    if not 0 <= request.class_index < found.shape[2]:
        raise ConfigError(
            f"class {request.class_index}: the network knows 0 to {found.shape[2] - 1}"
        )
    values = found[:, :, request.class_index].astype(np.float32)
    mean = float(values.mean())
    is_shown = values >= request.threshold
    values[~is_shown] = np.nan
    return ScalarMap(values, (0.0, 1.0), float(is_shown.mean()), mean)


def entropy_bits(probabilities: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return -sum p log2 p over the last axis: 0 where sure, log2 K where all are alike."""
    entropy = np.empty(probabilities.shape[:-1], np.float32)
    for first in range(0, len(entropy), _ROWS_AT_ONCE):  # of a large picture all would be gigabytes
        rows = slice(first, first + _ROWS_AT_ONCE)
        p = probabilities[rows].astype(np.float32)
        entropy[rows] = -(p * np.log2(np.maximum(p, 1e-7))).sum(axis=-1)
    return entropy


def areas(labels: ClassMask, classes: tuple[str, ...]) -> dict[str, float]:
    """Return which part of the picture each class covers, 0 to 1."""
    counts = np.bincount(labels.ravel(), minlength=len(classes))
    return {name: float(counts[index] / labels.size) for index, name in enumerate(classes)}


def score(request: ScoreSegmentation) -> SegmentationScores:
    """Compare the likeliest classes with the true ones.

    Raises:
        ConfigError: the two are of different sizes, or the truth has classes beyond the answer's.
    """
    import torch

    from engine.metrics.confusion_matrix import ConfusionMatrix

    result, truth = request.result, request.truth
    _check(result, truth)
    kinds = len(result.classes)
    answered = torch.from_numpy(result.labels.copy())
    matrix = ConfusionMatrix(kinds)
    matrix.add(answered, torch.from_numpy(truth.copy()))
    # What has no true class is one more class, which is never answered.
    everywhere = ConfusionMatrix(kinds + 1)
    everywhere.add(answered, torch.from_numpy(np.where(truth == IGNORED, kinds, truth)))
    there = everywhere.counts[:kinds].sum(dim=1) > 0
    tolerance = tolerance_px(*truth.shape)
    borders = boundary_f1(result.labels, truth, kinds, tolerance)
    is_counted = truth != IGNORED
    errors = np.where(is_counted, result.labels != truth, IGNORED).astype(np.uint8)
    return SegmentationScores(
        iou=_by_class(result, matrix.iou.numpy()),
        recall=_by_class(result, matrix.recall.numpy()),
        mean_iou=matrix.mean_iou,
        pixel_accuracy=matrix.accuracy,
        mean_accuracy=matrix.mean_accuracy,
        boundary_f1=_mean(borders),
        boundary_tolerance_px=tolerance,
        errors=errors,
        compared=float(is_counted.mean()),
        mean_iou_everywhere=_mean(everywhere.iou[:kinds][there].numpy()),
        confusion=matrix.counts.numpy() / max(1, int(matrix.counts.sum())),
    )


def _check(result: SegmentationResult, truth: ClassMask) -> None:
    if truth.shape != result.labels.shape:
        sizes = [f"{shape[1]} x {shape[0]}" for shape in (truth.shape, result.labels.shape)]
        raise ConfigError(f"the mask has {sizes[0]} px, the picture {sizes[1]}; they must be alike")
    used = truth[truth != IGNORED]
    if used.size and int(used.max()) >= len(result.classes):
        raise ConfigError(
            f"the mask holds class {int(used.max())}, but {result.weights} knows "
            f"{len(result.classes)}; choose the mask, or weights, of the same classes"
        )


def _by_class(result: SegmentationResult, values: NDArray[np.floating]) -> dict[str, float | None]:
    pairs = zip(result.classes, values.tolist(), strict=True)
    return {name: None if math.isnan(value) else value for name, value in pairs}


def _mean(values: NDArray[np.floating]) -> float:
    return float("nan") if not values.size or np.isnan(values).all() else float(np.nanmean(values))
