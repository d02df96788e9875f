"""The way to a data set: by its name, or by a path whose layout is recognised."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import engine.data.datasets
from engine.api.datasets import DatasetCard, DataTask
from engine.api.errors import ConfigError, DatasetError
from engine.core.registry import Registry, import_submodules
from engine.data.datasets.dataset import DATASETS, Dataset, DatasetRequest
from engine.data.datasets.prepared import Preparation, PreparedDataset
from engine.data.datasets.samples import PictureSample, Sample

SPLITS = ("train", "validation", "test", "all")
_OTHER_NAMES = {"val": "validation", "valid": "validation", "training": "train", "eval": "test"}


@cache
def load_datasets() -> Registry[DatasetCard]:
    """Import every file of this package once; returns the table."""
    import_submodules(engine.data.datasets)
    return DATASETS


def split_name(text: str | None) -> str | None:
    """Return the project's name of a split: `val` is `validation`.

    Raises:
        ConfigError: there is no such split.
    """
    if text is None:
        return None
    name = _OTHER_NAMES.get(text.lower(), text.lower())
    if name not in SPLITS:
        raise ConfigError(f"there is no split {text!r}; choose one of {', '.join(SPLITS)}")
    return name


def find_source(data: str, format_key: str | None = None) -> tuple[DatasetCard, Path | None]:
    """Return the data set of a name, or the layout of a path with the path.

    Raises:
        DatasetError: neither a known name nor a folder of a known layout.
        ConfigError: no such format.
    """
    table = load_datasets()
    if format_key is not None:
        return table.card(format_key), _existing(data)
    if data in table and not table.card(data).layout:
        return table.card(data), None
    path = _existing(data)
    layouts = sorted((card for card in table if card.layout), key=lambda card: card.order)
    for card in layouts:
        if table.factory(card.key).recognises(path):  # type: ignore[attr-defined]
            return card, path
    known = "; ".join(f"{card.key}: {card.layout}" for card in layouts)
    raise DatasetError(f"{data}: no data set is recognised there; known layouts: {known}")


def _existing(data: str) -> Path:
    path = Path(data).expanduser()
    if path.exists():
        return path
    names = ", ".join(sorted(card.key for card in load_datasets() if not card.layout))
    raise DatasetError(f"{data}: no such file or folder, and no data set of that name ({names})")


@dataclass(frozen=True, slots=True)
class OpenOptions:
    """How to open a data set, beyond which.

    Attributes:
        preparation: how samples are brought to one size and kept.
    """

    format: str | None = None
    samples: int = 3000
    may_download: bool = False
    preparation: Preparation = field(default_factory=Preparation)


def open_dataset(
    data: str,
    split: str | None = "train",
    task: DataTask | None = None,
    options: OpenOptions | None = None,
) -> Dataset:
    """Open one split of a data set by name or by path.

    Args:
        data: a name (`digits`) or a path, whose layout is recognised.
        split: see DatasetRequest.
        task: None for the first that the data set offers.
        options: None for the defaults.

    Raises:
        DatasetError: it cannot be found or used, or is not for this task.
        ConfigError: an unknown split or format.
    """
    options = options or OpenOptions()
    card, path = find_source(data, options.format)
    task = task or card.tasks[0]
    inner: DataTask = card.tasks[0] if task == "pictures" else task
    if inner not in card.tasks:
        offered = ", ".join(card.tasks)
        raise DatasetError(f"{data}: {card.title} has no data for {task}; it has {offered}")
    request = DatasetRequest(
        name=data,
        task=inner,
        split=split_name(split),
        path=path,
        samples=options.samples,
        image_size=options.preparation.image_size,
        may_download=options.may_download,
    )
    source: Any = load_datasets().factory(card.key)()
    dataset: Dataset = source.open(request)
    if not len(dataset):
        raise DatasetError(f"{data}: the split {dataset.facts.split!r} has no pictures")
    if task == "pictures" and inner != "pictures":
        dataset = _PicturesOnly(dataset)
    return PreparedDataset(dataset, options.preparation)


class _PicturesOnly(Dataset):
    """Leaves out the classes, masks or boxes."""

    def __init__(self, source: Dataset) -> None:
        self._source = source
        self.facts = replace(source.facts, task="pictures")

    def __getitem__(self, index: int) -> Sample:
        return PictureSample(self._source[index].pixels)
