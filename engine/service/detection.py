"""Handlers of requests about boxes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.api.detection import (
    Detect,
    DetectionResult,
    Detections,
    ReadBoxes,
    SaveDetections,
    Suppress,
    Suppressed,
)
from engine.api.tasks import TaskContext
from engine.service.dispatch import answer


@answer.register
def _read_boxes(request: ReadBoxes, context: TaskContext) -> Detections:
    from engine.data.formats.coco_results import read_boxes, read_results

    # COCO results name pictures by number: the name matters only where there is a choice.
    has_choice = request.picture_name is not None and len(read_results(request.path)) > 1
    return read_boxes(request.path, request.picture_name if has_choice else None)


@answer.register
def _suppress(request: Suppress, context: TaskContext) -> Suppressed:
    from engine.layers.non_maximum_suppression import suppress

    found = suppress(request.detections, request.config)
    if found.detections.masks is None:
        return found
    from engine.inference.instance_masks import outlines

    return replace(found, outlines=outlines(found.detections))


@answer.register
def _detect(request: Detect, context: TaskContext) -> DetectionResult:
    from engine.inference.detection import detect

    return detect(request, context)


@answer.register
def _save_detections(request: SaveDetections, context: TaskContext) -> Path:
    from engine.inference.saved_detections import save_detections

    return save_detections(request)
