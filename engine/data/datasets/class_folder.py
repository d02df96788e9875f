"""One folder a class: the name of the folder is the class of the pictures in it."""

from __future__ import annotations

from pathlib import Path

from engine.api.datasets import DatasetCard, DatasetFacts
from engine.api.errors import DatasetError
from engine.data.datasets.dataset import (
    DATASETS,
    Dataset,
    DatasetRequest,
    DatasetSource,
    choose_split,
)
from engine.data.datasets.samples import ClassSample
from engine.data.datasets.splits import (
    choose_part,
    common_size,
    pictures_in,
    sizes_of,
    split_by_name,
    split_folders,
    subfolders,
)
from engine.data.picture_loader import load_picture

_CARD = DatasetCard(
    key="classes",
    title="One folder a class",
    summary="Pictures sorted into folders that are called as their classes.",
    tasks=("classification",),
    layout="a folder for each class, whole or inside train/, val/, test/",
    order=60,
)
_LEAST_CLASSES = 2
_Entry = tuple[Path, str]


@DATASETS.register(_CARD)
class ClassFolder(DatasetSource):
    """Without folders for the parts, a tenth of each class is held out by name."""

    @staticmethod
    def recognises(path: Path) -> bool:
        """Whether there are two or more folders with pictures directly inside."""
        parts = split_folders(path)
        folder = parts.get("train", path) if parts else path
        filled = [each for each in subfolders(folder) if any(pictures_in(each))]
        return len(filled) >= _LEAST_CLASSES

    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split."""
        folder = request.path
        assert folder is not None
        roots = split_folders(folder)
        if len(roots) > 1:
            entries = {split: _entries(root) for split, root in roots.items()}
            split = choose_split(request.split, (*entries, "all"), request.name)
            every = [entry for part in entries.values() for entry in part]
            return ClassPictures(every if split == "all" else entries[split], every, request, split)
        every = _entries(roots.get("train", folder))
        parts: dict[str, list[int]] = {"train": [], "validation": []}
        for name in dict.fromkeys(name for _, name in every):
            own = [index for index, (_, each) in enumerate(every) if each == name]
            # By class, so that none is missing from a part.
            chosen = split_by_name([f"{name}/{every[index][0].name}" for index in own])
            for split, members in chosen.items():
                parts[split] += [own[member] for member in members]
        split, indices = choose_part(parts, request, len(every))
        return ClassPictures([every[index] for index in indices], every, request, split)


def _entries(folder: Path) -> list[_Entry]:
    """Return pictures with the names of their classes."""
    found = [(file, each.name) for each in subfolders(folder) for file in pictures_in(each)]
    if not found:
        raise DatasetError(f"{folder}: expected {_CARD.layout}")
    return found


class ClassPictures(Dataset):
    """Picture files with a class each; classes are numbered by name over all parts."""

    def __init__(
        self, entries: list[_Entry], every: list[_Entry], request: DatasetRequest, split: str
    ) -> None:
        self._entries = entries
        classes = tuple(dict.fromkeys(name for _, name in every))
        self._class_index = {name: index for index, name in enumerate(classes)}
        self.facts = DatasetFacts(
            name=request.name,
            key=_CARD.key,
            task="classification",
            split=split,
            classes=classes,
            channels=3,
            size=common_size(sizes_of([file for file, _ in entries])),
            count=len(entries),
        )

    def file_of(self, index: int) -> Path:
        """Return the file of a sample."""
        return self._entries[index][0]

    def __getitem__(self, index: int) -> ClassSample:
        file, name = self._entries[index]
        return ClassSample(load_picture(file).pixels, self._class_index[name])
