"""Runs a detector on a picture: chooses weights, device and options."""

from __future__ import annotations

import time

from engine.api.detection import Detect, DetectionResult
from engine.api.errors import DeviceError
from engine.api.tasks import TaskContext
from engine.core.devices import memory_guard, thread_share
from engine.inference.detectors import (
    checked_options,
    detector_card,
    forget_detectors,
    open_detector,
)

CURE = "choose a smaller picture size in the model's options, a smaller model, or the CPU"


def detect(request: Detect, context: TaskContext) -> DetectionResult:
    """Find the raw boxes of one picture.

    Raises:
        ConfigError: no such model, no detector, or options of another model.
        WeightsError: the weights are not here, unsafe, or of another architecture.
        DeviceError: no such device, or out of memory.
        TaskCancelled: between two layers.
    """
    card = detector_card(request.model_key)
    options = checked_options(card, request.options)
    try:
        with memory_guard(request.device, CURE), thread_share():
            context.report(None, f"Loading {card.title}")
            opened = open_detector(card.key, request.weights, request.device)
            context.raise_if_cancelled()
            context.report(None, "Looking for objects")
            start_s = time.perf_counter()
            raw = opened.detector.detect(request.pixels, options, context)
            milliseconds = (time.perf_counter() - start_s) * 1000
    except DeviceError:
        forget_detectors()
        raise
    return DetectionResult(card.key, opened.weights, raw, milliseconds, opened.device)
