"""What data sets there are, and what one of them holds."""

from __future__ import annotations

from engine.api.datasets import DatasetCard, DatasetFacts, DescribeDataset
from engine.data.datasets.dataset import DATASETS
from engine.data.datasets.opening import OpenOptions, open_dataset


def list_datasets() -> tuple[DatasetCard, ...]:
    """Return every data set and layout, sorted by title."""
    return tuple(DATASETS)


def describe_dataset(request: DescribeDataset) -> DatasetFacts:
    """Open one split and return its facts; raises DatasetError where it cannot be used."""
    options = OpenOptions(format=request.format)
    return open_dataset(request.data, request.split, request.task, options).facts
