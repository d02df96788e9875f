"""Dalal and Triggs 2005: pedestrians by histograms of oriented gradients and a linear SVM.

Histograms of Oriented Gradients for Human Detection, CVPR 2005,
https://doi.org/10.1109/CVPR.2005.177, with the weights that come inside OpenCV. A window of
64 x 128 px is slid over the picture at many scales and described by 3780 numbers; the margin is
their weighted sum.

Measured on the 136 pictures (337 people, median height 287 px) of our copy of Penn-Fudan with the
default options and thresholds (score 0.65, IoU 0.3), a box counting as found at IoU >= 0.5:
recall 0.51, precision 0.58. OpenCV's own grouping (stride and padding 8 px) has recall 0.32 and
precision 0.36 there, because its boxes are windows, not people.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections
from engine.api.models import ModelCard, WeightsCard
from engine.api.parameters import NoParameters, Parameters, parameter
from engine.api.tasks import TaskContext
from engine.core.registry import MODELS

WINDOW_SIZE = (64, 128)
"""Width and height in pixels."""
MOST_SCALES = 64
BLOCK_STRIDE = 8
STRIP_HEIGHT, STRIP_PIXELS = 512, 2**20
"""A strip has so many rows, or pixels where that is more: half a second of a picture of 12 MP.

Each strip computes the 128 rows below it anew, so that lower ones cost more than they are worth.
"""
MARGIN_X, MARGIN_Y = 0.2, 0.1
"""Share of the window cut off at each side to get the person.

In the training windows 16 px of 64 and of 128 lie around the body, less beside spread arms; of
0, 0.125/0.0625, 0.15/0.08, 0.2/0.1 and 0.25/0.125 this gave the best F-measure on Penn-Fudan.
"""


@dataclass(frozen=True, slots=True)
class HogPeopleOptions(Parameters):
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
    options_type=HogPeopleOptions,
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
    live_options=HogPeopleOptions(scale=1.2),  # a third of the time; fewer boxes of each person
)


@MODELS.register(_CARD)
class HogPeople:
    """OpenCV's people detector without its grouping."""

    categories: tuple[str, ...] = ("person",)

    def __init__(self, config: NoParameters) -> None:
        self._descriptor = cv2.HOGDescriptor()
        people = np.array(cv2.HOGDescriptor.getDefaultPeopleDetector(), np.float32)
        self._descriptor.setSVMDetector(people)

    def detect(
        self, pixels: NDArray[np.uint8], options: HogPeopleOptions, context: TaskContext
    ) -> Detections:
        """Find every window whose margin reaches the floor, cut down to the person in it.

        Exactly the windows of `cv2.HOGDescriptor.detectMultiScale`, which cannot be interrupted:
        here a cancel is noticed between two strips of a scale.

        Raises:
            TaskCancelled: between two strips.
        """
        windows, margins = self._search(_at_least_a_window(pixels), options, context)
        boxes = _people(windows.astype(np.float32), pixels.shape)
        scores = (1 / (1 + np.exp(-margins))).astype(np.float32)
        order = np.argsort(-scores, kind="stable")
        order = order[np.all(boxes[order, 2:] > boxes[order, :2], axis=1)]
        indices = np.zeros(len(order), np.int64)
        return Detections(boxes[order], scores[order], indices, self.categories)

    def _search(
        self, pixels: NDArray[np.uint8], options: HogPeopleOptions, context: TaskContext
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Windows as x y width height inside the picture, (N, 4), and their margins, (N,)."""
        height, width = pixels.shape[:2]
        scales = _scales(height, width, options.scale)
        whole, done = sum(scale**-2 for scale in scales), 0.0
        found: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        threads = max(1, cv2.getNumThreads())
        waiting: deque[Future[tuple[NDArray[np.int64], NDArray[np.float64]]]] = deque()
        pool = ThreadPoolExecutor(threads, "engine-hog")
        try:
            for scale in scales:
                for strip in _strips(_reduced(pixels, scale), options):
                    context.raise_if_cancelled()
                    context.report(done / whole, "Looking for objects")
                    waiting.append(pool.submit(self._search_strip, strip, scale, options))
                    if len(waiting) > threads:  # a large picture has more strips than memory
                        found.append(waiting.popleft().result())
                done += scale**-2
            found += [future.result() for future in waiting]
        finally:
            pool.shutdown(cancel_futures=True)
        windows = np.concatenate([part for part, _ in found])
        margins = np.concatenate([part for _, part in found])
        return _inside(windows, margins, height, width)

    def _search_strip(
        self, strip: _Strip, scale: float, options: HogPeopleOptions
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        stride = options.win_stride_px
        places, margins = self._descriptor.detect(
            strip.pixels,
            hitThreshold=options.margin_floor,
            winStride=(stride, stride),
            padding=(options.padding_px, 0),
        )
        corners: NDArray[np.int64] = np.array(places, np.int64).reshape(-1, 2)
        row = corners[:, 1] // stride
        is_wanted = (row >= 1) & (row <= strip.rows)
        corners = corners[is_wanted] + np.array([0, strip.top])
        size = np.rint(np.array(WINDOW_SIZE) * scale).astype(np.int64)
        windows = np.concatenate(
            (np.rint(corners * scale).astype(np.int64), np.broadcast_to(size, corners.shape)),
            axis=1,
        )
        return windows, np.array(margins, np.float64).reshape(-1)[is_wanted]


@dataclass(frozen=True, slots=True, eq=False)
class _Strip:
    """Rows of windows that are searched at once.

    Gradients at its upper and lower edge are not those of the picture, so that it reaches beyond
    the windows that count by one stride at each side.

    Attributes:
        pixels: with the border above and below; OpenCV adds that at the sides.
        top: of its first row, in pixels of the reduced picture.
        rows: of windows that count; the one before and the one after do not.
    """

    pixels: NDArray[np.uint8]
    top: int
    rows: int


def _scales(height: int, width: int, factor: float) -> list[float]:
    """How much smaller the picture becomes, as OpenCV counts: until no window fits any more."""
    scales: list[float] = []
    scale = 1.0
    while len(scales) < MOST_SCALES:
        if np.rint(width / scale) < WINDOW_SIZE[0] or np.rint(height / scale) < WINDOW_SIZE[1]:
            break
        scales.append(scale)
        scale *= factor
    return scales


def _reduced(pixels: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    height, width = (int(np.rint(side / scale)) for side in pixels.shape[:2])
    if (height, width) == pixels.shape[:2]:
        return pixels
    reduced = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR_EXACT)
    return np.asarray(reduced, np.uint8)


def _strips(pixels: NDArray[np.uint8], options: HogPeopleOptions) -> Iterator[_Strip]:
    """Cut a picture into strips whose windows together are all windows of the picture."""
    stride = options.win_stride_px
    cell = math.gcd(stride, BLOCK_STRIDE)
    border = math.ceil(options.padding_px / cell) * cell  # OpenCV rounds it up like this
    edge = border + stride
    bordered = cv2.copyMakeBorder(pixels, edge, edge, 0, 0, cv2.BORDER_REFLECT_101)
    height, width = pixels.shape[:2]
    count = (height + 2 * border - WINDOW_SIZE[1]) // stride + 1
    rows = max(1, max(STRIP_HEIGHT, STRIP_PIXELS // width) // stride)
    for first in range(0, count, rows):
        here = min(rows, count - first)
        start = first * stride
        end = start + (here + 1) * stride + WINDOW_SIZE[1]
        yield _Strip(np.asarray(bordered[start:end], np.uint8), start - edge, here)


def _inside(
    windows: NDArray[np.int64], margins: NDArray[np.float64], height: int, width: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Cut windows at the edges of the picture, as OpenCV does; those outside go."""
    starts = np.maximum(windows[:, :2], 0)
    sizes = np.minimum(windows[:, :2] + windows[:, 2:], [width, height]) - starts
    is_seen = (sizes > 0).all(axis=1)
    return np.concatenate((starts, sizes), axis=1)[is_seen], margins[is_seen]


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
