"""A short training in memory: the objective, batches and updates of a run, and nothing written.

For networks that learn while a person waits, such as the small ones that a trace looks into.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from engine.api.datasets import DatasetFacts, DataTask
from engine.api.tasks import TaskContext
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.data.datasets.dataset import Dataset
from engine.data.datasets.samples import Batch, Sample
from engine.training.batches import BatchPlan, TrainingBatches
from engine.training.distributed import Group
from engine.training.objective import OBJECTIVES, Objective, Setup
from engine.training.settings import trainable_card
from engine.training.updates import Updater

_CPU = torch.device("cpu")


class Samples(Dataset):
    """A data set of samples that are there already, all of one size."""

    def __init__(
        self, name: str, task: DataTask, samples: Sequence[Sample], classes: tuple[str, ...] = ()
    ) -> None:
        height, width, channels = samples[0].pixels.shape
        size, count = (height, width), len(samples)
        self.facts = DatasetFacts(name, name, task, "train", classes, channels, size, count)
        self._samples = samples

    def __getitem__(self, index: int) -> Sample:
        """Return a sample."""
        return self._samples[index]


def train_in_memory(
    model_key: str,
    model_config: object,
    dataset: Dataset,
    config: TrainConfig,
    updates: int,
    context: TaskContext,
) -> nn.Module:
    """Train a fresh model on the CPU by its objective; returns it in evaluation mode.

    First weights, batches and noise depend on the seed of `config` alone; of its other fields
    those count that say how an update is made.

    Args:
        model_key: of a model that can be trained.
        model_config: of its config type; it suits the data.
        dataset: what it learns from, again and again.
        config: batch size, optimiser, learning rate and its schedule, seed.
        updates: how many batches are learned from.
        context: told about progress; cancels between batches.

    Raises:
        ConfigError: the model cannot be trained.
        TaskCancelled: cancelled.
    """
    card = trainable_card(model_key)
    with _one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model: nn.Module = MODELS.build(card.key, model_config)
        setup = Setup(dataset.facts, config, samples=lambda: _in_order(dataset))
        objective: Objective[Batch] = OBJECTIVES.factory(card.objective)(model, setup)
        updater = Updater(objective.optimisers(), config, "float32", _CPU, Group())
        model.train()
        for number, batch in enumerate(_batches(dataset, config, updates)):
            context.raise_if_cancelled()
            context.report(number / updates, "training a small network")
            updater.set_learning_rate(number, updates)
            objective.progress = number / updates
            objective.train_step(batch, updater)
    return model.eval()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Batches so small keep several threads waiting for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _batches(dataset: Dataset, config: TrainConfig, count: int) -> Iterator[Batch]:
    plan = BatchPlan(len(dataset), config.batch_size, config.seed)
    batches = TrainingBatches(dataset, plan, None, 0, _CPU)
    for epoch in range(-(-count // plan.batches)):
        for number, batch in enumerate(batches.epoch(epoch, 0)):
            if epoch * plan.batches + number < count:
                yield batch


def _in_order(dataset: Dataset) -> Iterator[Sample]:
    return (dataset[index] for index in range(len(dataset)))
