"""The way to a data set: by its name, or by a path whose layout is recognised."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.api.datasets import DatasetCard, DataTask
from engine.api.errors import ConfigError, DatasetError
from engine.api.paths import expanded, is_disk
from engine.data.datasets.dataset import DATASETS, Dataset, DatasetRequest
from engine.data.datasets.prepared import Preparation, PreparedDataset
from engine.data.datasets.samples import PictureSample, Sample
from engine.data.datasets.splits import SPLIT_NAMES

SPLITS = ("train", "validation", "test", "all")
DATA_VARIABLE = "VISION_WORKBENCH_DATA"
"""Environment variable: a folder of data sets, each of which then goes by its folder's name."""


def split_name(text: str | None) -> str | None:
    """Return the project's name of a split: `val` is `validation`.

    Raises:
        ConfigError: there is no such split.
    """
    if text is None:
        return None
    name = SPLIT_NAMES.get(text.lower(), text.lower())
    if name not in SPLITS:
        raise ConfigError(f"there is no split {text!r}; choose one of {', '.join(SPLITS)}")
    return name


def find_source(
    data: str, format_key: str | None = None, task: DataTask | None = None
) -> tuple[DatasetCard, Path | None]:
    """Return the data set of a name, or the layout of a path with the path.

    Of several layouts that fit a path, one that has data for the task comes first.

    Raises:
        DatasetError: neither a known name nor a folder of a known layout.
        ConfigError: no such format.
    """
    if format_key is not None:
        card = DATASETS.card(format_key)
        return card, _existing(data) if card.layout else None
    if data in DATASETS and not DATASETS.card(data).layout:
        return DATASETS.card(data), None
    path = _existing(data)
    layouts = sorted((card for card in DATASETS if card.layout), key=lambda card: card.order)
    first = None
    for card in layouts:
        source: Any = DATASETS.factory(card.key)
        if source.recognises(path):
            if task in (None, "pictures") or (task in card.tasks and source.has(path, task)):
                return card, path
            first = first or card
    if first is not None:
        return first, path
    known = ", ".join(card.title for card in layouts)
    raise DatasetError(
        f"{data}: no data set is recognised there; known layouts are {known}; "
        "if it is one of these, name its format"
    )


def located(data: str) -> str:
    """Return what stands for the same data in any working folder: a name, or an absolute path."""
    if data in DATASETS and not DATASETS.card(data).layout:
        return data
    try:
        return str(_existing(data).absolute())
    except DatasetError:
        return data


def _existing(data: str) -> Path:
    """Return a path that is there: as given, or in the folder that DATA_VARIABLE names."""
    path = expanded(data)
    if is_disk(path):
        raise DatasetError(f"{data}: is a whole disk; choose the folder of the data on it")
    if os.path.exists(path):
        return path
    folder = os.environ.get(DATA_VARIABLE)
    if folder and os.path.exists(expanded(folder) / data):
        return expanded(folder) / data
    if data in DATASETS:
        raise DatasetError(
            f"{data}: is not on this machine; give its path ({DATASETS.card(data).layout}), or put "
            f"it into a folder and name that in the environment variable {DATA_VARIABLE}"
        )
    names = ", ".join(sorted(card.key for card in DATASETS if not card.layout))
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
    card, path = find_source(data, options.format, task)
    task = task or card.tasks[0]
    inner = _task_of_source(data, card, task)
    request = DatasetRequest(
        name=data,
        task=inner,
        split=split_name(split),
        path=path,
        samples=options.samples,
        image_size=options.preparation.image_size,
        may_download=options.may_download,
    )
    source: Any = DATASETS.factory(card.key)()
    dataset: Dataset = source.open(request)
    if not len(dataset):
        raise DatasetError(f"{data}: the split {dataset.facts.split!r} has no pictures")
    if task == "pictures" and inner != "pictures":
        dataset = _PicturesOnly(dataset)
    return PreparedDataset(dataset, options.preparation)


def _task_of_source(data: str, card: DatasetCard, task: DataTask) -> DataTask:
    """Return what to ask of the source: pictures alone can be had of any."""
    inner: DataTask = card.tasks[0] if task == "pictures" else task
    if inner not in card.tasks:
        offered = ", ".join(card.tasks)
        raise DatasetError(f"{data}: {card.title} is not for {task}; its data is for {offered}")
    return inner


class _PicturesOnly(Dataset):
    """Leaves out the classes, masks or boxes."""

    def __init__(self, source: Dataset) -> None:
        self._source = source
        self.facts = replace(source.facts, task="pictures")
        self.findings = source.findings

    def file_of(self, index: int) -> Path | None:
        """Return the file of the picture of a sample; None where it has none of its own."""
        return self._source.file_of(index)

    def __getitem__(self, index: int) -> Sample:
        return PictureSample(self._source[index].pixels)

    def in_epoch(self, epoch: int, index: int) -> Sample:
        """Return the picture that a training sees at an index in an epoch."""
        return PictureSample(self._source.in_epoch(epoch, index).pixels)
