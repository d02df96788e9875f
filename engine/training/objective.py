"""What the loop asks of a family of models: losses, a score, a picture to look at.

A new family is one file in engine/training/objectives: a class derived from Objective, registered
in OBJECTIVES under the key that its models' cards name. With one optimiser it says its `losses`;
with several, as of adversarial networks, it has `optimisers` and a `train_step` of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import SGD, Adagrad, Adam, AdamW, Optimizer

from engine.api.datasets import DatasetFacts, DataTask
from engine.api.training import EvaluationResult, TrainConfig
from engine.core.registry import Registry

BatchT = TypeVar("BatchT", bound=tuple[Any, ...])
Losses = dict[str, Tensor]
"""Scalars by name; `loss` is the one that is minimised, the others are only shown."""


@dataclass(frozen=True, slots=True)
class ObjectiveCard:
    """What is known of an objective without building it.

    Attributes:
        task: which samples it trains on.
        metric: name of the number, among those of `evaluate`, that picks the best weights.
        is_higher_better: of that number.
        protocol: how the numbers are made, one sentence for people.
    """

    key: str
    title: str
    task: DataTask
    metric: str
    is_higher_better: bool
    protocol: str


class Update(Protocol[BatchT]):
    """Does one update of parameters; the loop brings it, see engine/training/updates.py."""

    def __call__(
        self, optimiser: str, losses_of: Callable[[BatchT], Losses], batch: BatchT
    ) -> Losses:
        """Move the parameters of an optimiser down the gradient of `losses_of(batch)["loss"]`.

        The batch may be given to `losses_of` in parts. Returns the mean losses, detached.
        """


def _same(module: nn.Module) -> nn.Module:
    return module


@dataclass(frozen=True, slots=True)
class Setup:
    """What an objective works with.

    Attributes:
        wrap: makes a module whose gradients are averaged over processes; whatever is called in
            `losses` and `train_step` must be wrapped by it.
        total: sums a tensor over processes.
        samples: yields the training samples, as they are without augmentation; nothing where
            nothing is trained.
    """

    facts: DatasetFacts
    config: TrainConfig
    wrap: Callable[[nn.Module], nn.Module] = _same
    total: Callable[[Tensor], Tensor] = lambda tensor: tensor
    samples: Callable[[], Iterable[Any]] = tuple


class Objective(ABC, Generic[BatchT]):
    """How one family of models learns.

    Attributes:
        model: what is saved; `losses` calls `network`, the same wrapped for several processes.
        progress: share of all updates that are done, in [0, 1), for losses that change on the way;
            who trains sets it before each update.
    """

    card: ClassVar[ObjectiveCard]
    progress = 0.0

    def __init__(self, model: nn.Module, setup: Setup) -> None:
        self.model = model
        self.setup = setup
        self.network = setup.wrap(model)

    def optimisers(self) -> dict[str, Optimizer]:
        """Return the optimisers by name; one for the whole model unless a family needs more."""
        return {"model": make_optimiser(self.model, self.setup.config)}

    def train_step(self, batch: BatchT, update: Update[BatchT]) -> Losses:
        """Learn from a batch on the device, by one call of `update` for each optimiser."""
        return update("model", self.losses, batch)

    def losses(self, batch: BatchT) -> Losses:
        """Return the loss of a batch on the device, and its parts by name, each a curve.

        A family whose `train_step` is its own need not have it.
        """
        raise NotImplementedError(f"{type(self).__name__} has neither losses nor a train_step")

    def state(self) -> dict[str, Any]:
        """Return what has been gathered beside weights and optimisers; it goes into checkpoints.

        Tensors, numbers, texts, and lists and dictionaries of such.
        """
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with what `state` returned when the run was interrupted.

        Raises:
            LookupError: something is missing in it.
        """

    @abstractmethod
    def evaluate(self, model: nn.Module, batches: Iterable[BatchT]) -> EvaluationScores:
        """Score a model, in evaluation mode and without gradients, on batches on the device."""

    @abstractmethod
    def samples(self, model: nn.Module, batch: BatchT) -> NDArray[np.uint8]:
        """Draw what the model makes of a batch: RGB (H, W, 3)."""


@dataclass(frozen=True, slots=True)
class EvaluationScores:
    """What `evaluate` found.

    Attributes:
        numbers: by name, written to metrics.jsonl: the card's metric among them, and `loss` where
            it can be measured on pictures that were held out.
        images: pictures scored, over all processes.
        fields: further fields of EvaluationResult by name: `miou`, `per_class`, `confusion`, …
        chance: what the card's metric is for always answering the commonest class; None where
            there are no classes.
    """

    numbers: Mapping[str, float]
    images: int
    fields: Mapping[str, Any]
    chance: float | None = None

    def result(self, **about: Any) -> EvaluationResult:
        """Return them with what is known about the run: model, weights, data, split, protocol."""
        return EvaluationResult(
            images=self.images, numbers=dict(self.numbers), **about, **self.fields
        )


OBJECTIVES: Registry[ObjectiveCard] = Registry("objective", "engine.training.objectives")


def make_optimiser(module: nn.Module, config: TrainConfig, scale: float = 1.0) -> Optimizer:
    """Return the optimiser of the settings; biases and normalisation are not decayed.

    Args:
        module: whose parameters are trained.
        config: has the kind, the learning rate and the decay.
        scale: of the learning rate, for families with several optimisers.
    """
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    groups = [
        {
            "params": [parameter for parameter in trained if parameter.ndim > 1],
            "weight_decay": config.weight_decay,
        },
        {
            "params": [parameter for parameter in trained if parameter.ndim <= 1],
            "weight_decay": 0.0,
        },
    ]
    rate = config.learning_rate * scale
    # One pass over all parameters: a fifth of the time of one operation after the other.
    is_fused = all(parameter.device.type in ("cpu", "cuda") for parameter in trained)
    if config.optimiser == "sgd":
        return SGD(groups, lr=rate, momentum=config.momentum, fused=is_fused)
    kinds: dict[str, type[AdamW] | type[Adam] | type[Adagrad]] = {
        "adamw": AdamW,
        "adam": Adam,
        "adagrad": Adagrad,
    }
    return kinds[config.optimiser](groups, lr=rate, fused=is_fused)
