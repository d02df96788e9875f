"""Which samples make which batch, and reading them: all a function of seed, epoch and position.

Nothing random is kept between batches, so a run continues at any batch as if it had never stopped,
and neither the number of reading processes nor that of training ones changes what is trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from engine.api.errors import ConfigError
from engine.data.datasets.augmentation import Augmentation
from engine.data.datasets.dataset import Dataset
from engine.data.datasets.samples import Batch, Sample, collate, to_device

Key = tuple[int, int]  # epoch and index of a sample


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The batches of every epoch.

    Attributes:
        count: samples in the data set.
        batch_size: of the whole batch; each process takes its share of it.
    """

    count: int
    batch_size: int
    seed: int
    rank: int = 0
    ranks: int = 1

    def __post_init__(self) -> None:
        if self.batch_size % self.ranks or self.count < self.ranks:
            raise ConfigError(
                f"batch_size = {self.batch_size} and {self.count} samples do not divide among "
                f"{self.ranks} processes; choose a multiple of {self.ranks}"
            )

    @property
    def whole_batch(self) -> int:
        """Pictures an update over all processes: fewer than asked for where the data has fewer."""
        return min(self.batch_size, self.count // self.ranks * self.ranks)

    @property
    def batches(self) -> int:
        """Batches an epoch. A rest that does not fill a batch waits for another epoch's order."""
        return self.count // self.whole_batch

    def order(self, epoch: int) -> list[int]:
        """Return the samples in the order of an epoch."""
        order: list[int] = (
            np.random.default_rng([self.seed, epoch]).permutation(self.count).tolist()
        )
        return order

    def keys(self, epoch: int, first_batch: int) -> Iterator[list[Key]]:
        """Yield this process's share of each batch from `first_batch` on."""
        order = self.order(epoch)
        share = self.whole_batch // self.ranks
        for batch in range(first_batch, self.batches):
            start = batch * self.whole_batch + self.rank * share
            yield [(epoch, index) for index in order[start : start + share]]


class _Keyed:
    """A data set that is read by epoch and index, so that augmentation can depend on both."""

    def __init__(self, dataset: Dataset, augmentation: Augmentation | None, seed: int) -> None:
        self._dataset = dataset
        self._augmentation = augmentation
        self._seed = seed

    def __getitem__(self, key: Key) -> Sample:
        epoch, index = key
        sample = self._dataset.in_epoch(epoch, index)
        if self._augmentation is None:
            return sample
        return self._augmentation(sample, np.random.default_rng([self._seed, epoch, index]))


class _Keys:
    """What the loader reads next; set before each epoch."""

    def __init__(self) -> None:
        self.upcoming: Iterator[list[Key]] = iter(())

    def __iter__(self) -> Iterator[list[Key]]:
        return self.upcoming


class TrainingBatches:
    """Reads the batches of a plan, in this process or in others."""

    def __init__(
        self,
        dataset: Dataset,
        plan: BatchPlan,
        augmentation: Augmentation | None,
        workers: int,
        device: torch.device,
    ) -> None:
        self.plan = plan
        self.dataset = dataset
        self._device = device
        self._keys = _Keys()
        keyed: Any = _Keyed(dataset, augmentation, plan.seed)
        self._loader = DataLoader(
            keyed,
            batch_sampler=self._keys,
            collate_fn=collate,
            num_workers=workers,
            # Forking a process that has threads, as the window has, may hang.
            multiprocessing_context="forkserver" if workers else None,
            persistent_workers=workers > 0,
            pin_memory=device.type == "cuda",
            # Else each epoch would draw its seed from the generator of the model.
            generator=torch.Generator(),
        )

    def epoch(self, epoch: int, first_batch: int) -> Iterator[Batch]:
        """Yield batches on the device."""
        self._keys.upcoming = self.plan.keys(epoch, first_batch)
        for batch in self._loader:
            yield to_device(batch, self._device)


def validation_batches(
    dataset: Dataset, batch_size: int, device: torch.device, rank: int = 0, ranks: int = 1
) -> Iterator[Batch]:
    """Yield this process's share of a data set in order, on the device."""
    indices = range(rank, len(dataset), ranks)
    for start in range(0, len(indices), batch_size):
        yield fixed_batch(dataset, indices[start : start + batch_size], device)


def fixed_batch(dataset: Dataset, indices: Sequence[int], device: torch.device) -> Batch:
    """Return the samples at these indices as one batch on the device."""
    return to_device(collate([dataset[index] for index in indices]), device)
