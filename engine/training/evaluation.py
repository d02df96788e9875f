"""Scoring trained weights on a data set with ground truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from engine.api.datasets import DatasetFacts
from engine.api.errors import ConfigError, DatasetError
from engine.api.tasks import TaskContext
from engine.api.training import Evaluate, EvaluationResult, TrainConfig
from engine.core.devices import memory_guard, resolve, thread_share
from engine.core.registry import MODELS
from engine.core.trained_models import TrainedModel, load_trained
from engine.data.datasets.dataset import Dataset
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.prepared import Preparation
from engine.data.datasets.samples import Batch
from engine.training.batches import validation_batches
from engine.training.objective import OBJECTIVES, EvaluationScores, ObjectiveCard, Setup
from engine.training.start import needs_squares

_PIXELS_AT_ONCE = 2**21


def evaluate(request: Evaluate, context: TaskContext) -> EvaluationResult:
    """Score a model, in float32, on every picture of a split.

    Raises:
        ConfigError: nothing scores this model, or there are no such weights.
        DatasetError: the data cannot be used, or has other classes than the model.
        WeightsError: the weights cannot be loaded.
    """
    card = MODELS.card(request.model_key)
    if not card.objective:
        raise ConfigError(f"{card.key}: there is no evaluation for this model yet")
    source: Any = OBJECTIVES.factory(card.objective)
    objective_card: ObjectiveCard = source.card
    device = resolve(request.device)
    context.report(None, "loading the weights and opening the data")
    trained = load_trained(card, request.weights, device)
    dataset = _opened(request, objective_card, trained, needs_squares(card))
    _check_fit(trained, dataset.facts)
    batch_size = _batch_size(request.batch_size, dataset.facts)
    setup = Setup(dataset.facts, TrainConfig())
    objective = source(trained.model, setup)
    cure = "choose a smaller batch size, or the CPU"
    with thread_share(), torch.inference_mode(), memory_guard(device, cure):
        batches = _watched(dataset, batch_size, device, context)
        scores: EvaluationScores = objective.evaluate(trained.model, batches)
    return scores.result(
        model=card.key,
        weights=trained.name,
        data=request.data,
        split=dataset.facts.split,
        protocol=_protocol(objective_card, dataset.facts, trained),
    )


def _opened(
    request: Evaluate, objective: ObjectiveCard, trained: TrainedModel, is_square: bool
) -> Dataset:
    options = OpenOptions(
        format=request.format,
        may_download=request.may_download,
        preparation=Preparation(
            image_size=_side(trained),
            in_channels=trained.about.get("channels"),
            is_square=is_square,
            keeps_targets=True,
        ),
    )
    return open_dataset(request.data, request.split, objective.task, options)


def _side(trained: TrainedModel) -> int | None:
    """Return the side that the pictures of the run were brought to, or that the model is built for.

    None where the model takes pictures as they are.
    """
    built_for: int | None = getattr(trained.model.config, "image_size", None)
    side: int | None = trained.train_config.get("image_size")
    return side or built_for


def _batch_size(wanted: int, facts: DatasetFacts) -> int:
    """Return how many pictures go at once: one by one where they differ in size."""
    if wanted < 1:
        raise ConfigError(f"batch_size = {wanted}: must be 1 or more")
    if facts.size is None:
        return 1
    height, width = facts.size
    return max(1, min(wanted, _PIXELS_AT_ONCE // (height * width)))


def _check_fit(trained: TrainedModel, facts: DatasetFacts) -> None:
    if not trained.classes or not facts.classes or trained.classes == facts.classes:
        return
    known, found = (", ".join(names[:4]) for names in (trained.classes, facts.classes))
    raise DatasetError(
        f"{facts.name}: has the classes {found} …, but {trained.name} knows {known} …; "
        "choose weights that were trained on these classes"
    )


def _watched(
    dataset: Dataset, batch_size: int, device: torch.device, context: TaskContext
) -> Iterator[Batch]:
    done = 0
    for batch in validation_batches(dataset, batch_size, device):
        context.raise_if_cancelled()
        context.report(done / len(dataset), f"evaluating: {done} of {len(dataset)} pictures")
        yield batch
        done += len(batch.pixels)


def _protocol(objective: ObjectiveCard, facts: DatasetFacts, trained: TrainedModel) -> str:
    side = _side(trained)
    size = f"; pictures brought to {side} px on the shorter side" if side else ""
    return f"{objective.protocol}; {facts.split} split{size}; float32"
