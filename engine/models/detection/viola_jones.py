"""Viola and Jones 2001, a cascade of boosted Haar features, with the cascades inside OpenCV.

Rapid Object Detection using a Boosted Cascade of Simple Features, CVPR 2001,
https://doi.org/10.1109/CVPR.2001.990517; lasting form in IJCV 2004. A window is slid over the
picture at many scales; each stage of the cascade throws away most windows, and a window that
survives every stage is a raw detection. A cascade says yes or no and has no score of its own, so
the score here counts how many other windows agree.

Axis letters: N windows.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.detection import Detections
from engine.api.models import ModelCard, WeightsCard
from engine.api.parameters import NoParameters, Parameters, parameter
from engine.api.tasks import TaskContext
from engine.core.registry import MODELS

LIVE_SIDE_PX = 320
"""Frames of 640 x 480 take 0.3 of the time at this size, without equalising and at 1.2 a scale.

A face of 50 px on such a frame is found as before. Equalising costs half as much again on a street,
and hides its small faces.
"""
AT_ONCE_PIXELS = 3_000_000
"""Over all sizes of the window. So little is searched in one call, in a tenth of a second: OpenCV
shares all sizes among the cores, which takes two thirds of the time of one after the other.
"""
CUSTOMARY_NEIGHBOURS = 3
"""OpenCV's default for `minNeighbors`; so many agreeing windows score one half."""
_GROUP_TOLERANCE = 0.2  # OpenCV's `eps` of grouping
_FOLDER = Path(cv2.__file__).parent / "data"
_FACE_FILE = "haarcascade_frontalface_default"


@dataclass(frozen=True, slots=True)
class CascadeOptions(Parameters):
    """How the picture is searched."""

    scale_factor: float = parameter(
        1.1, low=1.01, high=2.0, note="how much larger the window gets from one scale to the next"
    )
    min_size_px: int = parameter(0, low=0, high=4000, unit="px", note="smallest window, 0: any")
    max_size_px: int = parameter(0, low=0, high=20000, unit="px", note="largest window, 0: any")
    equalise: bool = parameter(True, note="spread the grey levels over the whole range first")


@dataclass(frozen=True, slots=True)
class CascadePartOptions(CascadeOptions):
    """The same, for parts of a face."""

    inside_faces: bool = parameter(
        False, title="Inside faces", note="search only inside frontal faces, found first"
    )


@dataclass(frozen=True, slots=True)
class CascadeInFaceOptions(CascadePartOptions):
    """The same, for parts of a face that look like too much else outside one."""

    inside_faces: bool = parameter(
        True, title="Inside faces", note="search only inside frontal faces, found first"
    )


@dataclass(frozen=True, slots=True)
class Cascade:
    """One cascade of OpenCV: `file_name` without `.xml`, and what it finds."""

    key: str
    title: str
    label: str
    file_name: str
    summary: str
    options_type: type[CascadeOptions] = CascadeOptions
    default_score: float = 0.5
    # A group is loose: its outermost windows share only a third with the central one.
    default_iou: float = 0.3
    licence: str = "BSD-style notice in the file; part of OpenCV (Apache-2.0)"


class ViolaJones:
    """One cascade over the whole picture, or over the faces in it; a subclass for each."""

    cascade: ClassVar[Cascade]
    categories: tuple[str, ...]

    def __init__(self, config: NoParameters) -> None:
        self.categories = (self.cascade.label,)
        self._classifier = _load(self.cascade.file_name)
        self._faces = _load(_FACE_FILE)
        # A classifier keeps its work buffers inside: one search at a time.
        self._lock = threading.Lock()

    def detect(
        self, pixels: NDArray[np.uint8], options: CascadeOptions, context: TaskContext
    ) -> Detections:
        """Find windows that survive the cascade, scored by how many others agree.

        See `agreement`. Lone windows are kept, with a score near 0.14.

        Raises:
            TaskCancelled: between two scales.
        """
        grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
        if options.equalise:
            grey = np.asarray(cv2.equalizeHist(grey), np.uint8)
        found = [np.zeros((0, 4), np.float32)]
        with self._lock:
            for left, top, right, bottom in self._regions(grey, options):
                context.raise_if_cancelled()
                part = np.ascontiguousarray(grey[top:bottom, left:right])
                for windows in self._search_scales(part, options, context):
                    found.append(windows + np.array([left, top, left, top], np.float32))
        boxes = np.concatenate(found)
        scores = agreement(boxes)
        order = np.argsort(-scores, kind="stable")
        indices = np.zeros(len(boxes), np.int64)
        return Detections(boxes[order], scores[order], indices, self.categories)

    def _regions(self, grey: NDArray[np.uint8], options: CascadeOptions) -> NDArray[np.int64]:
        """Where to search: corners in whole pixels, (R, 4)."""
        if not (isinstance(options, CascadePartOptions) and options.inside_faces):
            return np.array([[0, 0, grey.shape[1], grey.shape[0]]])
        faces = _search(self._faces, grey, CascadeOptions().scale_factor, CUSTOMARY_NEIGHBOURS)
        return faces.astype(np.int64)

    def _search_scales(
        self, grey: NDArray[np.uint8], options: CascadeOptions, context: TaskContext
    ) -> Iterator[NDArray[np.float32]]:
        """Corners of the windows of each size, (N, 4); a long single call could not be stopped."""
        sizes = self._window_sizes(grey.shape[0], grey.shape[1], options)
        if 0 < grey.size * len(sizes) <= AT_ONCE_PIXELS:
            yield _search(self._classifier, grey, options.scale_factor, 0, sizes[0], sizes[-1])
            return
        for done, size in enumerate(sizes):
            context.raise_if_cancelled()
            context.report(done / len(sizes), "Looking for objects")
            yield _search(self._classifier, grey, options.scale_factor, 0, size)

    def _window_sizes(
        self, height: int, width: int, options: CascadeOptions
    ) -> list[tuple[int, int]]:
        """Widths and heights of the windows, as OpenCV counts, smallest first."""
        smallest, largest = options.min_size_px, options.max_size_px
        limit = (min(width, largest or width), min(height, largest or height))
        own, factor = self._classifier.getOriginalWindowSize(), 1.0
        sizes: dict[tuple[int, int], None] = {}
        while True:
            size = (int(np.rint(own[0] * factor)), int(np.rint(own[1] * factor)))
            if size[0] > limit[0] or size[1] > limit[1]:
                return list(sizes)
            if min(size) >= smallest:
                sizes[size] = None
            factor *= options.scale_factor


def _search(
    cascade: cv2.CascadeClassifier,
    grey: NDArray[np.uint8],
    scale_factor: float,
    neighbours: int,
    smallest: tuple[int, int] = (0, 0),
    largest: tuple[int, int] | None = None,
) -> NDArray[np.float32]:
    """Corners of the windows between two sizes, of one size, or of any, (N, 4)."""
    windows = cascade.detectMultiScale(
        grey,
        scaleFactor=scale_factor,
        minNeighbors=neighbours,
        minSize=smallest,
        maxSize=smallest if largest is None else largest,
    )
    boxes = np.array(windows, np.float32).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def agreement(boxes_xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Score raw windows, (N, 4), by the size of the group they belong to; (N,) in [0, 1).

    Windows are grouped as cv2.groupRectangles groups them. A window with n others in its group
    scores v / (v + 3), where v is n plus half its IoU with the mean of the group: 3 agreeing
    windows, the customary least for OpenCV, are one half or a little more, and the most central
    window of a group is its best. So threshold 0.5 keeps the groups that OpenCV keeps.
    """
    votes = np.zeros(len(boxes_xyxy), np.float32)
    groups = _groups(boxes_xyxy)
    for group in np.unique(groups):
        members = groups == group
        windows = boxes_xyxy[members]
        others = len(windows) - 1
        votes[members] = others + 0.5 * _iou_with(windows.mean(axis=0), windows)
    return votes / (votes + CUSTOMARY_NEIGHBOURS)


def _groups(boxes: NDArray[np.float32]) -> NDArray[np.int64]:
    """Number of the group of each window: similar windows, directly or through others, share."""
    groups = np.arange(len(boxes))
    first, second = _similar_pairs(boxes)
    while True:
        # Every window takes the smallest number among its likes until nothing changes.
        smallest = groups.copy()
        np.minimum.at(smallest, first, groups[second])
        np.minimum.at(smallest, second, groups[first])
        if np.array_equal(smallest, groups):
            return groups
        groups = smallest


def _similar_pairs(boxes: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of windows of which no edge differs by more than a fifth of their mean side."""
    order = np.argsort(boxes[:, 0], kind="stable")
    windows = boxes[order]
    sizes = windows[:, 2:] - windows[:, :2]
    # Sorted by the left edge, the likes of a window are within a short run after it.
    reach = windows[:, 0] + _GROUP_TOLERANCE * sizes.mean(axis=1)
    ends = np.searchsorted(windows[:, 0], reach, side="right")
    found = [np.zeros((2, 0), np.int64)]
    for index, end in enumerate(ends.tolist()):
        run = slice(index + 1, end)
        tolerance = _GROUP_TOLERANCE * np.minimum(sizes[run], sizes[index]).mean(axis=1)
        differences = np.abs(windows[run] - windows[index]).max(axis=1, initial=0)
        near = index + 1 + np.flatnonzero(differences <= tolerance)
        found.append(np.stack((np.full(len(near), index), near)))
    first, second = np.concatenate(found, axis=1)
    return order[first], order[second]


def _iou_with(box: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    corners = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.clip(corners, 0, None).prod(axis=1)
    areas = (others[:, 2:] - others[:, :2]).prod(axis=1)
    overlaps: NDArray[np.float32] = shared / ((box[2:] - box[:2]).prod() + areas - shared)
    return overlaps


def _load(file_name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(_FOLDER / f"{file_name}.xml"))


def _register(cascade: Cascade) -> None:
    weights = WeightsCard(
        name=cascade.file_name,
        origin="built-in",
        data="pictures not published",
        metric="",
        bytes=(_FOLDER / f"{cascade.file_name}.xml").stat().st_size,
        licence=cascade.licence,
    )
    votes = "The score says how many neighbouring windows agree: 3 make 0.5."
    card = ModelCard(
        key=cascade.key,
        title=cascade.title,
        task="detection",
        family="Viola-Jones",
        paper="Viola & Jones 2001, https://doi.org/10.1109/CVPR.2001.990517",
        summary=f"{cascade.summary} {votes}",
        options_type=cascade.options_type,
        weights=(weights,),
        default_score=cascade.default_score,
        default_iou=cascade.default_iou,
        live_options=cascade.options_type(scale_factor=1.2, equalise=False),
        live_side_px=LIVE_SIDE_PX,
    )
    MODELS.register(card)(type("ViolaJones", (ViolaJones,), {"cascade": cascade}))


_ALL = (
    Cascade(
        "viola-jones-face",
        "Viola-Jones: faces",
        "face",
        _FACE_FILE,
        "Slides a window over the picture and lets a cascade of light-and-dark patterns throw out "
        "what is no upright frontal face.",
    ),
    Cascade(
        "viola-jones-eye",
        "Viola-Jones: eyes",
        "eye",
        "haarcascade_eye",
        "Finds open eyes that look at the camera by a cascade of light-and-dark patterns.",
    ),
    Cascade(
        "viola-jones-smile",
        "Viola-Jones: smiles",
        "smile",
        "haarcascade_smile",
        "Finds smiling mouths by a cascade of light-and-dark patterns; it fires often, so it looks "
        "inside faces only and wants 20 windows to agree.",
        CascadeInFaceOptions,
        default_score=0.87,
        default_iou=0.1,
    ),
    Cascade(
        "viola-jones-cat-face",
        "Viola-Jones: cat faces",
        "cat face",
        "haarcascade_frontalcatface_extended",
        "Finds cats that look straight at the camera by a cascade of light-and-dark patterns.",
    ),
    Cascade(
        "viola-jones-full-body",
        "Viola-Jones: whole people",
        "person",
        "haarcascade_fullbody",
        "Finds upright people from head to foot by a cascade of light-and-dark patterns; on "
        "Penn-Fudan a fifth of those that HOG finds.",
    ),
    Cascade(
        "viola-jones-plate",
        "Viola-Jones: Russian number plates",
        "number plate",
        "haarcascade_russian_plate_number",
        "Finds Russian number plates, and only those, by a cascade of light-and-dark patterns.",
        licence="Apache-2.0, part of OpenCV; no notice of its own",
    ),
)
for _cascade in _ALL:
    _register(_cascade)
