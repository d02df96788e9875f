"""What is done with each frame: detected or segmented, made private, followed and counted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections, SuppressionConfig
from engine.api.errors import ConfigError
from engine.api.live import Frame
from engine.api.live_analysis import AnalysisConfig
from engine.api.live_session import LiveAnswer, LiveModel
from engine.api.models import ModelCard
from engine.api.segmentation import SegmentationResult
from engine.api.tasks import TaskContext
from engine.core.detector import NetworkDetector
from engine.core.devices import thread_share
from engine.core.registry import MODELS
from engine.inference.detectors import checked_options, open_detector
from engine.layers.non_maximum_suppression import suppress
from engine.live.analysis import FrameAnalyser
from engine.live.chosen_model import ChosenModel
from engine.live.finder import Finder, Found, reduced
from engine.live.privacy import PrivacyFilter

FACES, FACE_DETECTOR = "face", "viola-jones-face"
"""Faces are hidden by a detector of their own where the chosen model knows none."""
FACE_SIDE_PX = 480
"""It sees more than one that is chosen: a small face that it misses would be shown."""


class FrameWork:
    """Follows and counts over all models of a run; settings may change between two frames."""

    def __init__(self, config: AnalysisConfig) -> None:
        self._lock = threading.Lock()
        self._config = config
        self._analyser = FrameAnalyser(config)
        self._privacy = PrivacyFilter()

    def change(self, config: AnalysisConfig) -> None:
        """Count, filter and hide otherwise, from the next frame on."""
        with self._lock:
            self._config = config

    @property
    def private_classes(self) -> tuple[str, ...]:
        """Where there are any, a frame may be shown or stored only after it was looked at."""
        with self._lock:
            return self._config.private_classes

    def step(
        self,
        chosen: ChosenModel,
        context: TaskContext,
        example: NDArray[np.uint8] | None = None,
    ) -> Callable[[Frame, TaskContext], Any]:
        """Load a model; returns what is done with each frame.

        Args:
            chosen: its thresholds and options are read anew for each frame.
            example: a frame of the size that comes; without one the network runs as it is.

        Raises:
            ConfigError: no such model, or neither detector nor segmenter.
            WeightsError: the weights are not here, unsafe, or of another architecture.
            DeviceError: no such device.
        """
        model = chosen.model
        card = MODELS.card(model.model_key)
        if card.task not in ("detection", "segmentation"):
            raise ConfigError(
                f"{card.key} is made for {card.task}; choose a detector or a segmenter"
            )
        is_detector = card.task == "detection"
        example = None if model.runtime == "eager" else example
        with thread_share():
            if is_detector:
                finder = self._detecting(card, chosen, example, context)
            else:
                from engine.live.frame_segmenting import segmenting

                finder = segmenting(model, example, context)

        def work(frame: Frame, asked: TaskContext) -> LiveAnswer:
            found, segmentation = finder.find(frame.pixels, asked)
            answer = self._answer(frame, found, segmentation, asked)
            return replace(answer, runtime=finder.runtime)

        return work

    def _answer(
        self,
        frame: Frame,
        found: Detections,
        segmentation: SegmentationResult | None,
        context: TaskContext,
    ) -> LiveAnswer:
        with self._lock:
            config = self._config
        if config != self._analyser.config:
            self._analyser.change(config)
        private = self._with_faces(frame.pixels, found, config, context)
        pixels = self._privacy.hide(
            frame.pixels, private, frame.time_s, config.private_classes, config.privacy
        )
        return LiveAnswer(
            pixels, self._analyser.update(found, frame.time_s, *frame.size), segmentation
        )

    def _with_faces(
        self,
        pixels: NDArray[np.uint8],
        found: Detections,
        config: AnalysisConfig,
        context: TaskContext,
    ) -> Detections:
        """Return what has to be hidden: what was found, or faces where the model knows none."""
        if FACES not in config.private_classes or FACES in found.categories:
            return found
        options = MODELS.card(FACE_DETECTOR).options_on_frames
        small, scale = reduced(pixels, FACE_SIDE_PX)
        raw = open_detector(FACE_DETECTOR, None, "cpu").detector.detect(small, options, context)
        return _joined(found, _enlarged(suppress(raw, SuppressionConfig()).detections, 1 / scale))

    def _detecting(
        self,
        card: ModelCard,
        chosen: ChosenModel,
        example: NDArray[np.uint8] | None,
        context: TaskContext,
    ) -> Finder:
        model = chosen.model
        options = checked_options(card, _options(card, model))
        suited = SuppressionConfig(card.default_score, card.default_iou)
        detector, _, _, loaded = open_detector(card.key, model.weights, model.device)
        runtime = ""
        if example is not None and isinstance(detector, NetworkDetector):
            from engine.inference.runtimes.fast_models import fast_detector

            small, _ = reduced(example, model.shorter_side_px)
            detector, report = fast_detector(detector, small, options, context, loaded)
            runtime = report.choice.card.title if report else ""

        def find(pixels: NDArray[np.uint8], context: TaskContext) -> Found:
            now = chosen.model
            small, scale = reduced(pixels, model.shorter_side_px)
            with thread_share():
                raw = detector.detect(small, checked_options(card, _options(card, now)), context)
            kept = suppress(raw, now.suppression or suited).detections
            return (kept if scale == 1.0 else _enlarged(kept, 1 / scale)), None

        return Finder(find, runtime)


def _options(card: ModelCard, model: LiveModel) -> Any:
    return card.options_on_frames if model.options is None else model.options


def _enlarged(found: Detections, factor: float) -> Detections:
    return replace(found, boxes_xyxy=(found.boxes_xyxy * factor).astype(np.float32))


def _joined(first: Detections, second: Detections) -> Detections:
    """Return the boxes of both, without masks."""
    categories = (*first.categories, *second.categories)
    return Detections(
        np.concatenate([first.boxes_xyxy, second.boxes_xyxy]),
        np.concatenate([first.scores, second.scores]),
        np.concatenate([first.class_indices, second.class_indices + len(first.categories)]),
        categories,
    )
