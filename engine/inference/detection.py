"""Runs a detector on a picture: chooses weights and device, keeps the last detector loaded."""

from __future__ import annotations

import threading
import time
from typing import Any

from engine.api.detection import Detect, DetectionResult
from engine.api.errors import ConfigError, DeviceError
from engine.api.models import ModelCard
from engine.api.tasks import TaskContext
from engine.core.detector import Detector
from engine.core.devices import memory_guard, resolve, thread_share
from engine.core.registry import MODELS
from engine.core.weights import WeightsSource, choose_weights

CURE = "choose a smaller picture size in the model's options, a smaller model, or the CPU"


class DetectorCache:
    """Keeps the last detector, so that a second run does not load it again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: Any = None
        self._detector: Detector | None = None

    def get(self, card: ModelCard, config: Any, weights: WeightsSource, device: str) -> Detector:
        """Return a detector with exactly these parts; one that is kept, if it has them."""
        key = (card.key, config, weights, _version(weights), device)
        with self._lock:
            if self._detector is None or self._key != key:
                # The old one goes first: the two together may not fit into memory.
                self._detector = None
                self._detector = MODELS.factory(card.key)(config, weights, device)
                self._key = key
            return self._detector

    def clear(self) -> None:
        """Forget the detector and free its memory."""
        with self._lock:
            self._detector = None


CACHE = DetectorCache()


def detect(request: Detect, context: TaskContext) -> DetectionResult:
    """Find the raw boxes of one picture.

    Raises:
        ConfigError: no such model, no detector, or a config of another model.
        WeightsError: the weights are not here, unsafe, or of another architecture.
        DeviceError: no such device, or out of memory.
        TaskCancelled: between two layers.
    """
    card = MODELS.card(request.model_key)
    if card.task != "detection":
        raise ConfigError(f"{card.key} is made for {card.task}, not for detection")
    config = card.config_type() if request.config is None else request.config
    if type(config) is not card.config_type:
        wanted = card.config_type.__name__
        raise ConfigError(f"{card.key} takes a {wanted}, not a {type(config).__name__}")
    weights = choose_weights(card, request.weights)
    device = resolve(request.device)
    try:
        with memory_guard(device, CURE), thread_share():
            context.report(None, f"Loading {weights.name}")
            detector = CACHE.get(card, config, weights, str(device))
            context.raise_if_cancelled()
            context.report(None, "Looking for objects")
            start_s = time.perf_counter()
            raw = detector.propose(request.pixels, context)
            milliseconds = (time.perf_counter() - start_s) * 1000
    except DeviceError:
        CACHE.clear()
        raise
    return DetectionResult(card.key, weights.name, raw, milliseconds, detector.device)


def _version(weights: WeightsSource) -> tuple[int, int]:
    """What tells a file that was written again from its former self."""
    if weights.path is None:
        return (0, 0)
    status = weights.path.stat()
    return (status.st_mtime_ns, status.st_size)
