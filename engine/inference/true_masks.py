"""The true classes of a picture's pixels: from a mask file beside it, or from drawn shapes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from skimage.draw import polygon

from engine.api.datasets import IGNORED
from engine.api.errors import DatasetError
from engine.api.segmentation import ClassMask, DrawTruth, ReadTruth
from engine.data.datasets.mask_folder import MASK_FOLDERS
from engine.data.datasets.mask_pictures import (
    MASK_SUFFIXES,
    mask_classes,
    read_class_names,
    read_mask,
)

_BACKGROUND = ("background", "__background__")


def read_truth(request: ReadTruth) -> ClassMask | None:
    """Read a mask and give its classes the numbers that the segmenter gives them.

    Where `classes.txt` lies beside the folder of masks, values go by its names: classes that the
    segmenter does not know count for nothing. Otherwise values are the segmenter's own numbers.

    Raises:
        DatasetError: the mask cannot be read, has another size, or has values beyond the classes.
    """
    mask_file = request.mask or (request.picture and mask_beside(request.picture))
    if mask_file is None:
        return None
    values = read_mask(mask_file)
    if values.shape != request.size:
        raise DatasetError(
            f"{mask_file}: {values.shape[1]} x {values.shape[0]}, but the picture is "
            f"{request.size[1]} x {request.size[0]}; choose the mask of this picture"
        )
    names_file = mask_file.parent.parent / "classes.txt"
    table = np.arange(256, dtype=np.uint8)
    if os.path.isfile(names_file):
        known = mask_classes(read_class_names(names_file))
        numbers = [_number(name, request.classes) for name in known.names]
        by_name = np.array([*numbers, *[IGNORED] * (256 - len(numbers))], np.uint8)
        table = by_name[known.table]
    else:
        table[len(request.classes) :] = IGNORED
        _check_values(mask_file, values, len(request.classes))
    return table[values]


def mask_beside(picture: Path) -> Path | None:
    """Return the mask of a picture by where the layouts of data sets keep it; None without one.

    Looked for in `NAMEannot` beside the picture's folder NAME (CamVid), and in `masks`, `labels`,
    `annotations` or `SegmentationClass` beside it.
    """
    folder = picture.parent
    candidates = [folder.with_name(f"{folder.name}annot")]
    candidates += [folder.with_name(name) for name in MASK_FOLDERS if name != folder.name]
    for place in candidates:
        for suffix in MASK_SUFFIXES:
            found = place / f"{picture.stem}{suffix}"
            if os.path.isfile(found):
                return found
    return None


def draw_truth(request: DrawTruth) -> ClassMask:
    """Fill the shapes, later ones over earlier ones.

    Raises:
        DatasetError: no shape is of a class that the segmenter knows.
    """
    shapes = [s for s in request.shapes if _number(s.label, request.classes) != IGNORED]
    if not shapes:
        some = ", ".join(request.classes[:6])
        raise DatasetError(
            f"none of the {len(request.shapes)} shapes is of a class that this network knows; "
            f"name them {some} …"
        )
    numbers = (_number(name, request.classes) for name in _BACKGROUND)
    ground = next((number for number in numbers if number != IGNORED), IGNORED)
    mask = np.full(request.size, ground, np.uint8)
    for shape in shapes:
        x1, y1, x2, y2 = shape.box_xyxy
        corners = ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
        points = np.array(corners if shape.kind == "box" else shape.points, np.float64)
        # A pixel belongs to a shape when its centre does. OpenCV would fill the whole border too.
        rows, columns = points[:, 1] - 0.5, points[:, 0] - 0.5
        inside = polygon(rows, columns, request.size)  # type: ignore[no-untyped-call]
        mask[inside] = _number(shape.label, request.classes)
    return mask


def _number(name: str, classes: tuple[str, ...]) -> int:
    lower = [each.casefold() for each in classes]
    return lower.index(name.casefold()) if name.casefold() in lower else IGNORED


def _check_values(file: Path, values: ClassMask, classes: int) -> None:
    used = values[values != IGNORED]
    # One value more is what many sets write for void.
    if used.size and int(used.max()) > classes:
        raise DatasetError(
            f"{file}: value {int(used.max())}, but the network knows {classes} classes; choose "
            "weights trained on these classes, or put classes.txt beside the folder of masks"
        )
