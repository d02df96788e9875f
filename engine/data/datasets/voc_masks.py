"""The segmentation part of Pascal VOC: the pictures that have a class mask.

Everingham et al., The Pascal Visual Object Classes Challenge: A Retrospective, IJCV 2015. Masks
are palette pictures whose values are classes; 255, the border of objects, counts for nothing.
"""

from __future__ import annotations

from pathlib import Path

from engine.api.datasets import DatasetCard
from engine.api.errors import DatasetError
from engine.api.pictures import PICTURE_SUFFIXES
from engine.data.datasets.dataset import Dataset, DatasetRequest
from engine.data.datasets.mask_pictures import (
    MASK_SUFFIXES,
    MaskPictures,
    mask_classes,
    read_class_names,
)
from engine.data.datasets.splits import choose_part, listed_parts, split_by_name

VOC_CLASSES = (
    *("background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat"),
    *("chair", "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant"),
    *("sheep", "sofa", "train", "tvmonitor"),
)
_PICTURES, _MASKS = "JPEGImages", "SegmentationClass"


def has_voc_masks(folder: Path) -> bool:
    """Whether a folder has VOC's pictures and class masks."""
    return (folder / _MASKS).is_dir() and (folder / _PICTURES).is_dir()


def open_voc_masks(request: DatasetRequest, card: DatasetCard) -> Dataset:
    """Open one split: by ImageSets/Segmentation, else a tenth is held out by name.

    Classes are those of VOC unless a `classes.txt` names others.

    Raises:
        DatasetError: there are no masks, or a mask has no picture.
    """
    folder = request.path
    assert folder is not None
    if not has_voc_masks(folder):
        raise DatasetError(f"{folder}: no {_MASKS} beside {_PICTURES}; it has boxes alone")
    pairs = _pairs(folder)
    names = [mask.stem for _, mask in pairs]
    parts = listed_parts(folder / "ImageSets" / "Segmentation", names) or split_by_name(names)
    split, chosen = choose_part(parts, request, len(pairs))
    names_file = folder / "classes.txt"
    classes = read_class_names(names_file) if names_file.is_file() else list(VOC_CLASSES)
    return MaskPictures([pairs[i] for i in chosen], mask_classes(classes), request, split, card)


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    pictures = {
        path.stem: path
        for path in (folder / _PICTURES).iterdir()
        if path.suffix.lower() in PICTURE_SUFFIXES
    }
    masks = sorted(p for p in (folder / _MASKS).iterdir() if p.suffix.lower() in MASK_SUFFIXES)
    missing = [mask.name for mask in masks if mask.stem not in pictures]
    if missing:
        few = ", ".join(missing[:3])
        raise DatasetError(
            f"{folder / _PICTURES}: {len(missing)} of {len(masks)} masks have no picture ({few}); "
            "add the pictures, or take the masks out"
        )
    return [(pictures[mask.stem], mask) for mask in masks]
