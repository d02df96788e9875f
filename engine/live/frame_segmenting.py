"""Frames through a segmenter, apart from those that need no network."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections
from engine.api.live_session import LiveModel
from engine.api.segmentation import SegmentationConfig, SegmentationResult
from engine.api.tasks import TaskContext
from engine.core.devices import thread_share
from engine.inference.runtimes.fast_models import fast_segmenter
from engine.inference.segmentation import as_network_sees, outlines, segment_with
from engine.inference.segmenters import open_segmenter
from engine.live.finder import Finder, Found, reduced

LARGEST_TILE = 2048
"""Frames are reduced before; they are not cut."""


def segmenting(model: LiveModel, example: NDArray[np.uint8] | None, context: TaskContext) -> Finder:
    """Load a segmenter; with a frame of the size that comes, in its fastest runtime."""
    segmenter = open_segmenter(model.model_key, model.weights, model.device)
    nothing, runtime = Detections.of([], [], ()), ""
    side_px = model.shorter_side_px
    config = SegmentationConfig() if side_px is None else SegmentationConfig("full", LARGEST_TILE)
    if example is not None:
        images = as_network_sees(segmenter, reduced(example, side_px)[0], config)
        segmenter, report = fast_segmenter(segmenter, images, context)
        runtime = report.choice.card.title

    def find(pixels: NDArray[np.uint8], context: TaskContext) -> Found:
        small, scale = reduced(pixels, side_px)
        with thread_share():
            result = segment_with(segmenter, small, config, context)
        return nothing, result if scale == 1.0 else _spread(result, pixels.shape[1::-1])

    return Finder(find, runtime)


def _spread(result: SegmentationResult, size: tuple[int, ...]) -> SegmentationResult:
    """Return the result of a reduced frame with labels for every pixel of the frame."""
    labels = np.asarray(cv2.resize(result.labels, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    return replace(result, labels=labels, outlines=outlines(labels))
