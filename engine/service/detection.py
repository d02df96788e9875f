"""Answers about boxes."""

from __future__ import annotations

from dataclasses import replace

from engine.api.detection import Detections, ReadBoxes, Suppress, Suppressed
from engine.data.formats.coco_results import read_boxes, read_results
from engine.layers.non_maximum_suppression import suppress


def read_boxes_of_picture(request: ReadBoxes) -> Detections:
    """Read boxes from a file of COCO results."""
    # They name pictures by number: the name matters only where there is a choice.
    has_choice = request.picture_name is not None and len(read_results(request.path)) > 1
    return read_boxes(request.path, request.picture_name if has_choice else None)


def suppress_raw(request: Suppress) -> Suppressed:
    """Apply thresholds and suppression; outlines where there are masks."""
    found = suppress(request.detections, request.config)
    if found.detections.masks is None:
        return found
    from engine.inference.instance_masks import outlines

    return replace(found, outlines=outlines(found.detections))
