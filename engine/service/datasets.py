"""Handlers of requests about data sets."""

from __future__ import annotations

from engine.api.augmentation import PreviewAugmentation
from engine.api.datasets import (
    CheckDataset,
    DatasetCard,
    DatasetFacts,
    DatasetReport,
    DescribeDataset,
    ListDatasets,
)
from engine.api.pictures import Picture
from engine.api.tasks import TaskContext
from engine.service.dispatch import answer


@answer.register
def _list_datasets(request: ListDatasets, context: TaskContext) -> tuple[DatasetCard, ...]:
    from engine.data.datasets.listing import list_datasets

    return list_datasets()


@answer.register
def _describe_dataset(request: DescribeDataset, context: TaskContext) -> DatasetFacts:
    from engine.data.datasets.listing import describe_dataset

    return describe_dataset(request)


@answer.register
def _check_dataset(request: CheckDataset, context: TaskContext) -> DatasetReport:
    from engine.data.dataset_check import check_dataset

    return check_dataset(request, context)


@answer.register
def _preview_augmentation(request: PreviewAugmentation, context: TaskContext) -> Picture:
    from engine.data.augmentation_preview import preview_augmentation

    return preview_augmentation(request, context)
