"""Penn-Fudan pedestrians: pictures with masks of instances, from which boxes follow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.api.datasets import DatasetCard, DatasetFacts
from engine.api.errors import DatasetError
from engine.data.datasets.dataset import DATASETS, Dataset, DatasetRequest, DatasetSource
from engine.data.datasets.mask_pictures import pair_files, read_mask
from engine.data.datasets.samples import BoxSample, MaskSample, boxes_around
from engine.data.datasets.splits import choose_part, common_size, sizes_of
from engine.data.picture_loader import load_picture

_CARD = DatasetCard(
    key="pennfudan",
    title="Penn-Fudan pedestrians",
    summary="Streets with people; a mask numbers them, so there are boxes and outlines of each.",
    tasks=("detection", "segmentation"),
    layout="images/ with masks/ (or PNGImages/ with PedMasks/), 0 background, 1 to N the people",
    credit="Wang, Shi, Song, Shen 2007",
    order=28,
)
_FOLDERS = (("images", "masks"), ("PNGImages", "PedMasks"))
_EVERY = 4
_PICTURE_NAMES = ("FudanPed*", "PennPed*")


@DATASETS.register(_CARD)
class PennFudan(DatasetSource):
    """Every fourth picture is held out, in the order of the names.

    Any folder of instance masks of one class can be read so when the format is given.
    """

    @staticmethod
    def recognises(path: Path) -> bool:
        """Whether the folders are there and the pictures are called as the authors called them.

        Nothing else tells masks of instances from masks of classes.
        """
        folders = _folders(path)
        return folders is not None and any(
            True for pattern in _PICTURE_NAMES for _ in folders[0].glob(pattern)
        )

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        assert request.path is not None
        folders = _folders(request.path)
        if folders is None:
            raise DatasetError(f"{request.path}: expected {_CARD.layout}")
        masks = _without_suffix(folders[0], folders[1])
        parts = _parts(len(masks))
        split, chosen = choose_part(parts, request, len(masks))
        pairs = [masks[index] for index in chosen]
        facts = DatasetFacts(
            name=request.name,
            key=_CARD.key,
            task=request.task,
            split=split,
            classes=("person",) if request.task == "detection" else ("background", "person"),
            channels=3,
            size=common_size(sizes_of([picture for picture, _ in pairs])),
            count=len(pairs),
            credit=_CARD.credit,
        )
        return InstancePictures(pairs, facts)


def _parts(count: int) -> dict[str, list[int]]:
    """Of so few pictures a tenth would say little; two of them are one for each part."""
    held_out = list(range(0, count, _EVERY)) if count > 1 else []
    return {"train": sorted(set(range(count)) - set(held_out)), "validation": held_out}


def _folders(path: Path) -> tuple[Path, Path] | None:
    for pictures, masks in _FOLDERS:
        if (path / pictures).is_dir() and (path / masks).is_dir():
            return path / pictures, path / masks
    return None


def _without_suffix(pictures: Path, masks: Path) -> list[tuple[Path, Path]]:
    """Pair by name; in the authors' own folders masks are called `<picture>_mask.png`."""
    if masks.name != "PedMasks":
        return pair_files(pictures, masks)
    found = [(p, masks / f"{p.stem}_mask.png") for p in sorted(pictures.glob("*.png"))]
    missing = [picture.name for picture, mask in found if not mask.is_file()]
    if missing:
        raise DatasetError(f"{masks}: {len(missing)} pictures have no mask ({missing[0]}, …)")
    return found


@dataclass(slots=True)
class InstancePictures(Dataset):
    """Pictures with masks of numbered instances of one class."""

    pairs: list[tuple[Path, Path]]
    facts: DatasetFacts

    def file_of(self, index: int) -> Path:
        """Return the file of the picture of a sample."""
        return self.pairs[index][0]

    def __getitem__(self, index: int) -> BoxSample | MaskSample:
        picture_file, mask_file = self.pairs[index]
        pixels, numbers = load_picture(picture_file).pixels, read_mask(mask_file)
        if numbers.shape != pixels.shape[:2]:
            raise DatasetError(
                f"{mask_file}: {numbers.shape[1]} x {numbers.shape[0]}, but its picture "
                f"{picture_file.name} is {pixels.shape[1]} x {pixels.shape[0]}"
            )
        if self.facts.task == "segmentation":
            return MaskSample(pixels, (numbers > 0).astype(np.uint8))
        present = np.unique(numbers[numbers > 0])
        masks = numbers == present.reshape(-1, 1, 1)  # (N, H, W)
        return BoxSample(pixels, boxes_around(masks), np.zeros(len(present), np.int64), masks)
