"""What holds for every data set in the registry."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.api.datasets import IGNORED, CheckDataset, DatasetFacts, DataTask
from engine.api.tasks import TaskContext
from engine.data.dataset_check import check_dataset
from engine.data.datasets.augmentation import augmentation
from engine.data.datasets.dataset import DATASETS, Dataset
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.prepared import Preparation
from engine.data.datasets.samples import (
    BoxSample,
    ClassSample,
    FactorSample,
    MaskSample,
    PairSample,
    PictureSample,
    collate,
    take,
)
from tests.engine.data.datasets.twins import KEYS, twin

LOOKED_AT = 12
TYPES: dict[DataTask, tuple[type, ...]] = {
    "classification": (ClassSample,),
    "segmentation": (MaskSample,),
    "detection": (BoxSample,),
    "pairs": (PairSample,),
    "pictures": (PictureSample, FactorSample),
}


@pytest.fixture(params=KEYS)
def key(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def data(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return twin(key, tmp_path, monkeypatch)


def tasks(key: str) -> tuple[DataTask, ...]:
    return tuple(dict.fromkeys((*DATASETS.card(key).tasks, "pictures")))


def opened(data: str, task: DataTask, split: str | None) -> Dataset:
    return open_dataset(data, split, task, OpenOptions(samples=20))


def read(dataset: Dataset) -> list[Any]:
    return [dataset[index] for index in range(min(LOOKED_AT, len(dataset)))]


def test_every_data_set_has_a_twin_here() -> None:
    assert set(KEYS) == {card.key for card in DATASETS}


def test_a_layout_is_recognised_and_every_task_can_be_opened(key: str, data: str) -> None:
    for task in tasks(key):
        for split in ("train", None):
            facts = opened(data, task, split).facts
            assert (facts.key, facts.task, facts.name) == (key, task, data)
            assert facts.count > 0


def test_samples_are_what_the_facts_say(key: str, data: str) -> None:
    for task in tasks(key):
        dataset = opened(data, task, "train")
        for sample in read(dataset):
            assert isinstance(sample, TYPES[task])
            pixels = sample.pixels
            assert pixels.dtype == np.uint8
            assert pixels.ndim == 3
            assert pixels.shape[2] == dataset.facts.channels
            assert dataset.facts.size in (None, pixels.shape[:2])
            assert pixels.std() > 0
            check_target(sample, dataset.facts)


def check_target(sample: Any, facts: DatasetFacts) -> None:
    height, width = sample.pixels.shape[:2]
    classes = len(facts.classes)
    if isinstance(sample, ClassSample):
        assert 0 <= sample.class_index < classes
    elif isinstance(sample, MaskSample):
        assert sample.mask.dtype == np.uint8
        assert sample.mask.shape == (height, width)
        assert set(np.unique(sample.mask)) <= {*range(classes), IGNORED}
    elif isinstance(sample, PairSample):
        assert sample.target_pixels.dtype == np.uint8
        assert sample.target_pixels.shape == sample.pixels.shape
    elif isinstance(sample, BoxSample):
        check_boxes(sample, classes)


def check_boxes(sample: BoxSample, classes: int) -> None:
    height, width = sample.pixels.shape[:2]
    count = len(sample.boxes_xyxy)
    assert sample.boxes_xyxy.dtype == np.float32
    assert sample.boxes_xyxy.shape == (count, 4)
    x1, y1, x2, y2 = sample.boxes_xyxy.T
    assert np.all((x1 >= 0) & (y1 >= 0) & (x2 <= width) & (y2 <= height))
    assert np.all((x2 > x1) & (y2 > y1))
    assert sample.class_indices.dtype == np.int64
    assert sample.class_indices.shape == (count,)
    assert np.all((sample.class_indices >= 0) & (sample.class_indices < classes))
    if sample.masks is not None:
        assert sample.masks.dtype == bool
        assert sample.masks.shape == (count, height, width)
        for mask, box in zip(sample.masks, sample.boxes_xyxy, strict=True):
            rows, columns = np.nonzero(mask)
            tight = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert np.abs(tight - box).max() <= 1
    if sample.is_difficult is not None:
        assert sample.is_difficult.dtype == bool
        assert sample.is_difficult.shape == (count,)


def test_opening_again_gives_the_same_samples(key: str, data: str) -> None:
    for task in tasks(key):
        first, again = (read(opened(data, task, "train")) for _ in range(2))
        for one, two in zip(first, again, strict=True):
            for left, right in zip(one, two, strict=True):
                assert np.array_equal(left, right)


def test_a_data_set_can_be_sent_to_a_reading_process(key: str, data: str) -> None:
    for task in tasks(key):
        dataset = opened(data, task, "train")
        copy = pickle.loads(pickle.dumps(dataset))
        assert copy.facts == dataset.facts
        assert copy.file_of(1) == dataset.file_of(1)
        assert np.array_equal(copy[1].pixels, dataset[1].pixels)


def test_no_picture_is_in_two_splits(key: str, data: str) -> None:
    task = tasks(key)[0]
    parts = [opened(data, task, split) for split in ("train", None)]
    assert parts[0].facts.split == "train"
    assert parts[1].facts.split in ("validation", "test")
    contents = [{part[index].pixels.tobytes() for index in range(len(part))} for part in parts]
    assert not contents[0] & contents[1]
    numbers = [
        {part[index].factor_indices.tobytes() for index in range(len(part))}  # type: ignore[union-attr]
        for part in parts
        if isinstance(part[0], FactorSample)
    ]
    assert not numbers or not numbers[0] & numbers[1]


def test_samples_make_a_batch_also_augmented_and_in_parts(key: str, data: str) -> None:
    preparation = Preparation(image_size=16, is_square=True)
    change = augmentation("full")
    assert change is not None
    for task in tasks(key):
        options = OpenOptions(samples=20, preparation=preparation)
        dataset = open_dataset(data, "train", task, options)
        samples = [
            change(dataset[index], np.random.default_rng([0, 0, index])) for index in range(6)
        ]
        batch = collate(samples)
        assert batch.pixels.shape == (6, 16, 16, dataset.facts.channels)
        assert batch.pixels.dtype == torch.uint8
        for sample in samples:
            check_target(sample, dataset.facts)
        assert len(take(batch, 2, 5).pixels) == 3
        assert all(len(part) == 6 for part in batch)


def test_the_check_finds_nothing_that_forbids_training(key: str, data: str) -> None:
    request = CheckDataset(data, sample_limit=10, shown=4)
    report = check_dataset(request, TaskContext(lambda _: None))
    assert report.is_usable
    assert not [finding for finding in report.findings if finding.is_error]
    assert report.key == key
    assert report.grid is not None
    assert report.grid.dtype == np.uint8
    assert report.grid.ndim == 3
    assert report.splits[0].split == "train"
    assert all(0 < split.looked_at <= 10 for split in report.splits)
