"""A folder of pictures beside a folder of masks, whole or with a folder for each part."""

from __future__ import annotations

from pathlib import Path

import numpy as np

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
    MaskPictures,
    mask_classes,
    pair_files,
    read_class_names,
    read_mask,
)
from engine.data.datasets.splits import split_by_name

_CARD = DatasetCard(
    key="mask",
    title="Pictures and masks",
    summary="A folder of pictures beside a folder of class masks of the same names.",
    tasks=("segmentation",),
    layout="images/ with masks/, whole or inside train/, val/, test/; classes.txt if there is one",
    order=30,
)
_PICTURES = ("images", "pictures", "imgs", "JPEGImages")
MASK_FOLDERS = ("masks", "labels", "annotations", "SegmentationClass")
_PARTS = {"train": "train", "val": "validation", "validation": "validation", "test": "test"}


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
        names = read_class_names(names_file) if names_file.is_file() else _numbered(every)
        if set(pairs) == {"all"}:
            chosen_by_name = split_by_name([picture.name for picture, _ in every])
            pairs = {name: [every[i] for i in part] for name, part in chosen_by_name.items()}
        split = choose_split(request.split, (*pairs, "all"), request.name)
        chosen = every if split == "all" else pairs[split]
        return MaskPictures(chosen, mask_classes(names), request, split, _CARD)


def _parts(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Return the folders of pictures and masks by split; `all` where there are no parts."""
    whole = _folders(folder)
    if whole is not None:
        return {"all": whole}
    found = {}
    for name, split in _PARTS.items():
        folders = _folders(folder / name)
        if folders is not None:
            found[split] = folders
    return found


def _folders(folder: Path) -> tuple[Path, Path] | None:
    pictures = next((folder / name for name in _PICTURES if (folder / name).is_dir()), None)
    masks = next((folder / name for name in MASK_FOLDERS if (folder / name).is_dir()), None)
    return None if pictures is None or masks is None else (pictures, masks)


def _numbered(pairs: list[tuple[Path, Path]]) -> list[str]:
    """Name the classes by their values, which takes a look at every mask."""
    highest = 0
    for _, mask_file in pairs:
        values = np.unique(read_mask(mask_file))
        highest = max(highest, int(values[values != IGNORED].max(initial=0)))
    return ["background", *(f"class {value}" for value in range(1, highest + 1))]
