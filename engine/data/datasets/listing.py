"""What data sets there are, and what one of them holds."""

from __future__ import annotations

from engine.api.datasets import DatasetCard, DatasetFacts, DescribeDataset
from engine.data.datasets.opening import OpenOptions, load_datasets, open_dataset


def list_datasets() -> tuple[DatasetCard, ...]:
    """Return every data set and layout, sorted by title."""
    return tuple(load_datasets())


def describe_dataset(request: DescribeDataset) -> DatasetFacts:
    """Open one split and return its facts; raises DatasetError where it cannot be used."""
    options = OpenOptions(format=request.format)
    return open_dataset(request.data, request.split, request.task, options).facts
