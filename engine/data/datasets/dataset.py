"""What a data set is, what is asked of one, and the table of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from engine.api.annotations import Finding
from engine.api.datasets import DatasetCard, DatasetFacts, DataTask
from engine.api.errors import DatasetError
from engine.core.registry import Registry
from engine.data.datasets.samples import Sample


class Dataset(ABC):
    """Samples by index, and the facts about them. Reading an index twice gives the same sample.

    Attributes:
        findings: what did not match when it was opened.
    """

    facts: DatasetFacts
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return self.facts.count

    @abstractmethod
    def __getitem__(self, index: int) -> Sample:
        """Return a sample of the type that the task has."""

    def in_epoch(self, epoch: int, index: int) -> Sample:
        """Return the sample that a training sees at an index in an epoch counted from 0."""
        return self[index]

    def file_of(self, index: int) -> Path | None:
        """Return the file of the picture of a sample; None where it has none of its own."""
        return None


@dataclass(frozen=True, slots=True)
class DatasetRequest:
    """What is wanted of a data set.

    Attributes:
        name: as the person gave it.
        path: the folder or file; None for data sets that go by their name.
        split: one of SPLITS; None for the one held out: validation, else test, else all.
        samples: of an endless data set, how many.
        image_size: wished side of drawn pictures in pixels; None for the data set's own. Pictures
            that come from files are brought to it afterwards.
    """

    name: str
    task: DataTask
    split: str | None = "train"
    path: Path | None = None
    samples: int = 3000
    image_size: int | None = None
    may_download: bool = False


class DatasetSource(ABC):
    """One data set or folder layout: how to recognise a path, and how to open it."""

    @staticmethod
    def recognises(path: Path) -> bool:
        """Whether a path looks like this layout. Data sets that go by their name never do."""
        return False

    @staticmethod
    def has(path: Path, task: DataTask) -> bool:
        """Whether a recognised path has data for one of the tasks of the card."""
        return True

    @abstractmethod
    def open(self, request: DatasetRequest) -> Dataset:
        """Open one split; raises DatasetError where it is missing or does not hold together."""


DATASETS: Registry[DatasetCard] = Registry("data set", "engine.data.datasets")


class MissingSplitError(DatasetError):
    """A data set does not have the split that is asked for."""


def choose_split(wanted: str | None, available: tuple[str, ...], name: str) -> str:
    """Return the wanted split, or without a wish the one held out: validation, test, else all.

    Raises:
        MissingSplitError: the data set does not have it.
    """
    if wanted is None:
        return next(split for split in ("validation", "test", *available) if split in available)
    if wanted not in available:
        there = ", ".join(available)
        raise MissingSplitError(f"{name}: there is no split {wanted!r}; it has {there}")
    return wanted
