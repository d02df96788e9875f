"""Data sets: what there is, what a folder may look like, and the facts of an opened one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

DataTask = Literal["classification", "segmentation", "detection", "pictures", "pairs"]
"""What comes with each picture: a class, a class per pixel, boxes, nothing, another picture."""

IGNORED = 255
"""Value of a mask pixel that counts neither for nor against."""


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """One data set by name, or one folder layout that is recognised by its path.

    Attributes:
        key: given to `--data` (a name), or to `--format` (a layout).
        tasks: what it can be used for; `pictures` is always possible.
        layout: what the folder looks like; empty for data sets that go by their name.
        credit: authors and licence; empty for layouts, whose data is the person's own.
        is_endless: whether any number of samples can be drawn.
        download_bytes: size of the download where there is one, else 0.
        order: layouts are tried in this order; the more particular comes first.
    """

    key: str
    title: str
    summary: str
    tasks: tuple[DataTask, ...]
    layout: str = ""
    credit: str = ""
    is_endless: bool = False
    download_bytes: int = 0
    order: int = 100


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What is known of an opened data set, one split of it.

    Attributes:
        name: as given by the person: a name or the path of a folder.
        key: of the data set or layout.
        split: `train`, `validation`, `test` or `all`.
        classes: names by class index, without those that are ignored; empty for pictures alone.
        channels: 1 (grey) or 3 (RGB).
        size: height and width in pixels that all pictures share; None where they differ.
        count: samples in the split.
    """

    name: str
    key: str
    task: DataTask
    split: str
    classes: tuple[str, ...]
    channels: int
    size: tuple[int, int] | None
    count: int
    credit: str = ""


@dataclass(frozen=True, slots=True)
class ListDatasets:
    """Ask for every data set and layout; answers `tuple[DatasetCard, ...]`, sorted by title."""

    caption: ClassVar[str] = "Listing data sets"


@dataclass(frozen=True, slots=True)
class DescribeDataset:
    """Open a data set and answer its `DatasetFacts`; raises DatasetError where it cannot be used.

    Attributes:
        data: a name or a path.
        task: None for the first that the data set offers.
        format: key of a layout; None to recognise it.
    """

    data: str
    split: str = "train"
    task: DataTask | None = None
    format: str | None = None

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Opening {self.data}"
