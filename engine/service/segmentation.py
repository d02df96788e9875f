"""Answers about segmentations."""

from __future__ import annotations

from engine.api.segmentation import MeasureAreas
from engine.inference.segmentation_maps import areas


def measure_areas(request: MeasureAreas) -> dict[str, float]:
    """Return the share of each class."""
    return areas(request.result.labels, request.result.classes)
