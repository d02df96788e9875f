"""Data sets: what there is, what a folder may look like, and the facts of an opened one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from engine.api.annotations import Finding
from engine.api.errors import ConfigError

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
        count: samples in the split, or of an epoch where they are renewed.
        is_renewed: whether each epoch of a training sees samples of its own.
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
    is_renewed: bool = False


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


@dataclass(frozen=True, slots=True)
class CheckDataset:
    """Look a data set over before training; answers `DatasetReport`, whatever is wrong with it.

    Reports progress, and can be cancelled between two samples.

    Attributes:
        data: a name or a path.
        task: None for the first that the data set offers.
        format: key of a layout; None to recognise it.
        sample_limit: of each split so many samples are looked at, spread over all of it.
        seconds: looking ends after this time; what was seen is reported.
        shown: samples in the grid picture.
        may_download: whether a data set that is not on this machine may be fetched.
    """

    data: str
    task: DataTask | None = None
    format: str | None = None
    sample_limit: int = 2000
    seconds: float = 30.0
    shown: int = 16
    may_download: bool = False

    def __post_init__(self) -> None:
        if self.sample_limit < 1 or not self.seconds > 0 or not 0 <= self.shown <= 64:
            raise ConfigError(
                f"sample_limit = {self.sample_limit}, seconds = {self.seconds:g}, shown = "
                f"{self.shown}: need 1 or more, above 0, and 0 to 64"
            )

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Checking {self.data}"


@dataclass(frozen=True, slots=True)
class SplitReport:
    """What was seen of one split.

    Attributes:
        count: samples there are; looked_at: samples read.
        unreadable: of those, how many could not be.
        class_counts: by class index, in the unit that DatasetReport names; of the samples read.
        smallest: width and height in pixels of the smallest picture by area; largest likewise;
            None where none was read.
        objects: boxes in the samples read; 0 for other tasks.
    """

    split: str
    count: int
    looked_at: int
    unreadable: int
    class_counts: tuple[int, ...]
    smallest: tuple[int, int] | None
    largest: tuple[int, int] | None
    objects: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class DatasetReport:
    """What a data set is, and what is wrong with it.

    Attributes:
        key, title: of the data set or layout; empty where none was recognised.
        task: None where it could not be opened.
        unit: what `class_counts` count: `pictures`, `pixels` or `boxes`; empty without classes.
        findings: errors first; kinds as in Finding, and `unusable`, `empty class`,
            `class imbalance`, `no held-out split`, `not looked at`, `mask values`.
        grid: samples with their ground truth drawn in, RGB uint8 (H, W, 3); None where none
            could be read.
        is_usable: whether training can start: there is something to train and to validate on, and
            every sample looked at could be read.
        summary: one line for people.
    """

    data: str
    key: str
    title: str
    task: DataTask | None
    classes: tuple[str, ...]
    unit: str
    splits: tuple[SplitReport, ...]
    findings: tuple[Finding, ...]
    grid: NDArray[np.uint8] | None
    is_usable: bool
    summary: str
