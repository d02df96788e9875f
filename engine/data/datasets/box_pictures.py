"""What the layouts of pictures with boxes share: annotations of any format, and their splits."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.annotations import (
    AnnotationFormat,
    AnnotationSet,
    Finding,
    PictureAnnotations,
    ReadAnnotations,
    Shape,
)
from engine.api.datasets import DatasetCard, DatasetFacts
from engine.api.errors import DatasetError
from engine.api.tasks import TaskContext
from engine.data.annotation_reader import read_annotations
from engine.data.datasets.dataset import Dataset, DatasetRequest
from engine.data.datasets.samples import BoxSample
from engine.data.datasets.splits import common_size
from engine.data.picture_loader import load_picture

_SUPERSAMPLING = 4
_HALF = 128


def annotations_of(source: Path, format_name: AnnotationFormat) -> AnnotationSet:
    """Read a file or folder; pictures that are missing are left out.

    Raises:
        DatasetError: it cannot be read, or none of its pictures is there.
    """
    found = read_annotations(
        ReadAnnotations(source, format=format_name), TaskContext(lambda _: None)
    )
    present = tuple(picture for picture in found.pictures if os.path.isfile(picture.file))
    if not present:
        listed = len(found.pictures)
        raise DatasetError(f"{source}: none of its {listed} listed pictures is there")
    return AnnotationSet(present, found.classes, found.format, found.findings, found.class_ids)


class BoxPictures(Dataset):
    """Pictures with the boxes of their objects; masks too where every object has a polygon."""

    def __init__(
        self,
        pictures: Sequence[PictureAnnotations],
        classes: tuple[str, ...],
        request: DatasetRequest,
        split: str,
        card: DatasetCard,
    ) -> None:
        if not classes:
            raise DatasetError(f"{request.name}: no object is annotated, so there are no classes")
        self._pictures = pictures
        self._class_index = {name: index for index, name in enumerate(classes)}
        counted = [s for picture in pictures for s in picture.shapes if not s.is_difficult]
        self._has_masks = bool(counted) and all(shape.kind == "polygon" for shape in counted)
        self.facts = DatasetFacts(
            name=request.name,
            key=card.key,
            task="detection",
            split=split,
            classes=classes,
            channels=3,
            size=common_size((picture.width, picture.height) for picture in pictures),
            count=len(pictures),
            credit=card.credit,
        )

    def with_findings(self, findings: tuple[Finding, ...]) -> BoxPictures:
        """Remember what was found wrong; returns itself."""
        self.findings = findings
        return self

    def file_of(self, index: int) -> Path:
        """Return the file of the picture of a sample."""
        return self._pictures[index].file

    def __getitem__(self, index: int) -> BoxSample:
        picture = self._pictures[index]
        pixels, shapes = load_picture(picture.file).pixels, picture.shapes
        boxes = np.array([shape.box_xyxy for shape in shapes], np.float32).reshape(-1, 4)
        classes = np.array([self._class_index[shape.label] for shape in shapes], np.int64)
        difficult = np.array([shape.is_difficult for shape in shapes], bool)
        masks = filled(shapes, pixels.shape[:2]) if self._has_masks else None
        return BoxSample(pixels, boxes, classes, masks, difficult)


def filled(shapes: Sequence[Shape], size: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the pixels of which each shape covers half or more, (N, H, W)."""
    masks = np.zeros((len(shapes), *size), bool)
    height, width = size
    for mask, shape in zip(masks, shapes, strict=True):
        x1, y1, x2, y2 = shape.box_xyxy
        left, top = max(0, math.floor(x1)), max(0, math.floor(y1))
        right, bottom = min(width, math.ceil(x2)), min(height, math.ceil(y2))
        if right > left and bottom > top:
            corners = _corners(shape) - (left, top)
            window = (bottom - top, right - left)
            mask[top:bottom, left:right] = _coverage(corners, window) >= _HALF
    return masks


def _corners(shape: Shape) -> NDArray[np.float64]:
    if shape.kind == "polygon":
        return np.array(shape.points, np.float64)
    x1, y1, x2, y2 = shape.box_xyxy
    return np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], np.float64)


def _coverage(corners: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return how much of each pixel a polygon covers, (H, W) in [0, 255]."""
    fine = np.zeros((size[0] * _SUPERSAMPLING, size[1] * _SUPERSAMPLING), np.uint8)
    # In sixteenths of a subpixel; its centre, not its corner, has whole coordinates.
    places = np.rint((corners * _SUPERSAMPLING - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(fine, [places], 255, cv2.LINE_8, 4)
    coarse = cv2.resize(fine, size[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(coarse, np.uint8)
