"""Handlers of requests about segmentations."""

from __future__ import annotations

from pathlib import Path

from engine.api.segmentation import (
    ClassMask,
    DrawMap,
    DrawTruth,
    FolderReport,
    MeasureAreas,
    ReadTruth,
    SaveSegmentation,
    ScalarMap,
    ScoreSegmentation,
    Segment,
    SegmentationResult,
    SegmentationScores,
    SegmentFolder,
)
from engine.api.tasks import TaskContext
from engine.service.dispatch import answer


@answer.register
def _segment(request: Segment, context: TaskContext) -> SegmentationResult:
    from engine.inference.segmentation import segment

    return segment(request, context)


@answer.register
def _measure_areas(request: MeasureAreas, context: TaskContext) -> dict[str, float]:
    from engine.inference.segmentation_maps import areas

    return areas(request.result.labels, request.result.classes)


@answer.register
def _draw_map(request: DrawMap, context: TaskContext) -> ScalarMap:
    from engine.inference.segmentation_maps import draw_map

    return draw_map(request)


@answer.register
def _read_truth(request: ReadTruth, context: TaskContext) -> ClassMask | None:
    from engine.inference.true_masks import read_truth

    return read_truth(request)


@answer.register
def _draw_truth(request: DrawTruth, context: TaskContext) -> ClassMask:
    from engine.inference.true_masks import draw_truth

    return draw_truth(request)


@answer.register
def _score(request: ScoreSegmentation, context: TaskContext) -> SegmentationScores:
    from engine.inference.segmentation_maps import score

    return score(request)


@answer.register
def _save_segmentation(request: SaveSegmentation, context: TaskContext) -> tuple[Path, Path]:
    from engine.inference.saved_segmentations import save_segmentation

    return save_segmentation(request)


@answer.register
def _segment_folder(request: SegmentFolder, context: TaskContext) -> FolderReport:
    from engine.inference.saved_segmentations import segment_folder

    return segment_folder(request, context)
