"""The layout of CamVid's 11-class split: `train` with `trainannot`, and so for each part."""

from __future__ import annotations

from pathlib import Path

from engine.api.datasets import DatasetCard
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
)
from engine.data.datasets.splits import SPLIT_NAMES, SPLIT_ORDER, subfolders

_CARD = DatasetCard(
    key="camvid",
    title="CamVid layout",
    summary="Street scenes, or any pictures, with a class mask for each.",
    tasks=("segmentation",),
    layout="train/ with trainannot/, val/ with valannot/, and classes.txt",
    order=20,
)
_MASKS = "annot"


@DATASETS.register(_CARD)
class Camvid(DatasetSource):
    """Masks hold the line number of the class in classes.txt, counted from 0."""

    @staticmethod
    def recognises(path: Path) -> bool:
        """Whether a part and its masks lie there."""
        return bool(_parts(path))

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        folder = request.path
        assert folder is not None
        parts = _parts(folder)
        if not parts:
            raise DatasetError(f"{folder}: no trainannot, valannot or testannot in it")
        split = choose_split(request.split, (*parts, "all"), request.name)
        names = read_class_names(folder / "classes.txt")
        pairs = []
        for part in parts if split == "all" else [split]:
            masks = parts[part]
            pictures = folder / masks.name.removesuffix(_MASKS)
            if not pictures.is_dir():
                raise DatasetError(f"{pictures}: the folder of pictures is missing")
            pairs += pair_files(pictures, masks)
        return MaskPictures(pairs, mask_classes(names), request, split, _CARD)


def _parts(folder: Path) -> dict[str, Path]:
    """Return the folders of masks by split."""
    found: dict[str, Path] = {}
    for each in subfolders(folder):
        split = SPLIT_NAMES.get(each.name.removesuffix(_MASKS).lower())
        if each.name.endswith(_MASKS) and split is not None:
            found.setdefault(split, each)
    return {split: found[split] for split in SPLIT_ORDER if split in found}
