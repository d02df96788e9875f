"""A folder of pictures beside a folder of masks, whole or with a folder for each part."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.api.annotations import Finding
from engine.api.datasets import IGNORED, DatasetCard
from engine.api.errors import DatasetError
from engine.data.datasets.dataset import (
    DATASETS,
    Dataset,
    DatasetRequest,
    DatasetSource,
    choose_split,
)
from engine.data.datasets.mask_pictures import (
    MaskClasses,
    MaskPictures,
    binary_classes,
    mask_classes,
    pair_files,
    read_class_names,
    read_mask,
)
from engine.data.datasets.splits import split_by_name, split_folders

_CARD = DatasetCard(
    key="mask",
    title="Pictures and masks",
    summary="A folder of pictures beside a folder of class masks of the same names.",
    tasks=("segmentation",),
    layout="images/ with masks/, whole or inside train/, val/, test/; classes.txt if there is one",
    order=30,
)
_PICTURES = ("images", "pictures", "imgs", "JPEGImages")
_BINARY = 2
MASK_FOLDERS = ("masks", "labels", "annotations", "SegmentationClass")


@DATASETS.register(_CARD)
class MaskFolder(DatasetSource):
    """Without folders for the parts, a tenth of the pictures is held out by name."""

    @staticmethod
    def recognises(path: Path) -> bool:
        """Whether there are a folder of pictures and one of masks."""
        return path.is_dir() and bool(_parts(path))

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        folder = request.path
        assert folder is not None
        parts = _parts(folder)
        if not parts:
            raise DatasetError(f"{folder}: expected {_CARD.layout}")
        pairs = {name: pair_files(*folders) for name, folders in parts.items()}
        every = [pair for part in pairs.values() for pair in part]
        names_file = folder / "classes.txt"
        values = _values(every) if _may_be_binary(names_file) else frozenset[int]()
        is_binary = values == {0, IGNORED}
        classes = _classes(names_file, values, is_binary)
        if set(pairs) == {"all"}:
            chosen_by_name = split_by_name([picture.name for picture, _ in every])
            pairs = {name: [every[i] for i in part] for name, part in chosen_by_name.items()}
        split = choose_split(request.split, (*pairs, "all"), request.name)
        chosen = every if split == "all" else pairs[split]
        dataset = MaskPictures(chosen, classes, request, split, _CARD)
        return dataset.with_findings((_binary_finding(folder, classes),)) if is_binary else dataset


def _parts(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Return the folders of pictures and masks by split; `all` where there are no parts."""
    whole = _folders(folder)
    if whole is not None:
        return {"all": whole}
    parts = {split: _folders(part) for split, part in split_folders(folder).items()}
    return {split: folders for split, folders in parts.items() if folders is not None}


def _folders(folder: Path) -> tuple[Path, Path] | None:
    pictures = next((folder / name for name in _PICTURES if (folder / name).is_dir()), None)
    masks = next((folder / name for name in MASK_FOLDERS if (folder / name).is_dir()), None)
    return None if pictures is None or masks is None else (pictures, masks)


def _may_be_binary(names_file: Path) -> bool:
    """Whether masks of 0 and 255 would be meant as background and object: two classes at most."""
    return not names_file.is_file() or len(read_class_names(names_file)) <= _BINARY


def _values(pairs: list[tuple[Path, Path]]) -> frozenset[int]:
    """Return the values that occur, which takes a look at every mask."""
    found: set[int] = set()
    for _, mask_file in pairs:
        found.update(np.unique(read_mask(mask_file)).tolist())
    return frozenset(found)


def _classes(names_file: Path, values: frozenset[int], is_binary: bool) -> MaskClasses:
    names = read_class_names(names_file) if names_file.is_file() else []
    if is_binary:
        return binary_classes(names if len(names) == _BINARY else ["background", "object"])
    highest = max(values - {IGNORED}, default=0)
    numbered = ["background", *(f"class {value}" for value in range(1, highest + 1))]
    return mask_classes(names or numbered)


def _binary_finding(folder: Path, classes: MaskClasses) -> Finding:
    text = (
        f"masks hold {IGNORED} and 0 only: {IGNORED} is read as the class {classes.names[1]!r}, "
        "not as pixels to ignore"
    )
    return Finding("mask values", str(folder), text, is_error=False)
