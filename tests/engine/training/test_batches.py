from itertools import chain

import numpy as np
import pytest
import torch

from engine.api.errors import ConfigError
from engine.data.datasets.augmentation import augmentation
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.prepared import Preparation
from engine.training.batches import BatchPlan, TrainingBatches, validation_batches

CPU = torch.device("cpu")


def test_every_epoch_has_each_sample_at_most_once_in_another_order() -> None:
    plan = BatchPlan(count=23, batch_size=4, seed=3)
    epochs = [list(chain(*plan.keys(epoch, 0))) for epoch in range(3)]
    assert [len(keys) for keys in epochs] == [20, 20, 20]
    orders = [[index for _, index in keys] for keys in epochs]
    assert all(len(set(order)) == 20 for order in orders)
    assert orders[0] != orders[1] != orders[2]


def test_a_plan_continues_at_any_batch() -> None:
    plan = BatchPlan(count=50, batch_size=8, seed=0)
    assert list(plan.keys(4, 0))[3:] == list(plan.keys(4, 3))
    assert list(plan.keys(4, plan.batches)) == []


def test_processes_share_the_very_batches_of_one() -> None:
    whole = list(BatchPlan(30, 8, seed=1).keys(2, 0))
    shares = [list(BatchPlan(30, 8, seed=1, rank=rank, ranks=2).keys(2, 0)) for rank in range(2)]
    assert [left + right for left, right in zip(*shares, strict=True)] == whole


def test_a_batch_that_does_not_divide_among_processes_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"batch_size = 9 .* multiple of 2"):
        BatchPlan(30, 9, seed=1, ranks=2)


def test_a_data_set_smaller_than_a_batch_is_one_batch() -> None:
    plan = BatchPlan(count=5, batch_size=8, seed=0)
    assert (plan.batches, plan.whole_batch) == (1, 5)
    shared = BatchPlan(count=5, batch_size=8, seed=0, rank=1, ranks=2)
    assert [len(keys) for keys in shared.keys(0, 0)] == [2]


def test_augmentation_depends_on_seed_epoch_and_sample_alone() -> None:
    dataset = open_dataset("digits")
    plan = BatchPlan(len(dataset), 64, seed=5)

    def read(epoch: int, first: int, change: str = "full") -> list[torch.Tensor]:
        batches = TrainingBatches(dataset, plan, augmentation(change), 0, CPU)  # type: ignore[arg-type]
        return [batch.pixels for batch in batches.epoch(epoch, first)]

    whole = read(1, 0)
    for again, before in zip(read(1, 12), whole[12:], strict=True):
        assert torch.equal(again, before)
    assert not torch.equal(whole[0], read(1, 0, "none")[0])


def test_reading_a_batch_leaves_the_models_randomness_alone() -> None:
    batches = TrainingBatches(
        open_dataset("digits"), BatchPlan(1259, 64, 0), augmentation("full"), 0, CPU
    )
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    next(batches.epoch(0, 0))
    assert torch.equal(torch.rand(3), expected)


def test_processes_validate_on_every_sample_once() -> None:
    dataset = open_dataset("digits", "test")
    shares = [
        np.concatenate([b.pixels.numpy() for b in validation_batches(dataset, 50, CPU, rank, 3)])
        for rank in range(3)
    ]
    whole = np.stack([dataset[index].pixels for index in range(len(dataset))])
    for rank in range(3):
        np.testing.assert_array_equal(shares[rank], whole[rank::3])


def test_each_epoch_draws_scenes_of_its_own() -> None:
    options = OpenOptions(samples=4, preparation=Preparation(image_size=32))
    scenes = open_dataset("shapes", "train", "segmentation", options)
    seen = [scenes.in_epoch(epoch, index).pixels for epoch in range(3) for index in range(4)]
    assert len({pixels.tobytes() for pixels in seen}) == 12
    assert np.array_equal(seen[5], scenes.in_epoch(1, 1).pixels)


def test_data_that_is_not_endless_is_the_same_in_each_epoch() -> None:
    digits = open_dataset("digits")
    assert np.array_equal(digits.in_epoch(3, 7).pixels, digits[7].pixels)
