"""A plain folder of pictures, without anything said about them."""

from __future__ import annotations

import os
from pathlib import Path

from engine.api.datasets import DatasetCard, DatasetFacts
from engine.api.errors import DatasetError
from engine.api.pictures import PICTURE_SUFFIXES
from engine.data.datasets.dataset import DATASETS, Dataset, DatasetRequest, DatasetSource
from engine.data.datasets.samples import PictureSample
from engine.data.datasets.splits import (
    choose_part,
    common_size,
    parts_of,
    pictures_below,
    sizes_of,
)
from engine.data.picture_loader import load_picture

_CARD = DatasetCard(
    key="pictures",
    title="Pictures",
    summary="Any pictures, for models that learn from pictures alone.",
    tasks=("pictures",),
    layout="a folder of pictures, with or without subfolders; train/ and val/ are respected",
    order=80,
)


@DATASETS.register(_CARD)
class PictureFolder(DatasetSource):
    """Parts by folders called train and val; else a tenth of the pictures is held out by name."""

    @staticmethod
    def recognises(path: Path) -> bool:
        """Whether there is a picture anywhere below."""
        return path.is_dir() and any(
            Path(name).suffix.lower() in PICTURE_SUFFIXES
            for _, _, names in os.walk(path)
            for name in names
        )

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        folder = request.path
        assert folder is not None
        files = pictures_below(folder)
        if not files:
            raise DatasetError(f"{folder}: expected {_CARD.layout}")
        split, chosen = choose_part(parts_of(files, folder), request, len(files))
        return Pictures([files[index] for index in chosen], request, split)


class Pictures(Dataset):
    """Picture files alone."""

    def __init__(self, files: list[Path], request: DatasetRequest, split: str) -> None:
        self._files = files
        self.facts = DatasetFacts(
            name=request.name,
            key=_CARD.key,
            task="pictures",
            split=split,
            classes=(),
            channels=3,
            size=common_size(sizes_of(files)),
            count=len(files),
        )

    def file_of(self, index: int) -> Path:
        """Return the file of a sample."""
        return self._files[index]

    def __getitem__(self, index: int) -> PictureSample:
        return PictureSample(load_picture(self._files[index]).pixels)
