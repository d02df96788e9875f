"""The parts of a run, put together by start.py and used by the loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from engine.api.training import TrainConfig
from engine.data.datasets.samples import Batch
from engine.training.batches import TrainingBatches
from engine.training.distributed import Group
from engine.training.model_cards import CardWriter
from engine.training.objective import Objective
from engine.training.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Run:
    """Everything a loop works with, prepared by start.py.

    Attributes:
        validation: yields the batches to score on, from the first on at each call.
        fixed: the batch that is drawn as the model improves.
        finish: what remains to be done with the best weights, once at the end.
        notes: what a person should know of how it began.
    """

    objective: Objective[Any]
    config: TrainConfig
    batches: TrainingBatches
    validation: Callable[[], Iterator[Batch]]
    fixed: Batch
    folder: RunFolder
    cards: CardWriter
    group: Group
    device: torch.device
    precision: str
    settings: dict[str, Any]
    finish: Callable[[nn.Module], None] | None = None
    notes: tuple[str, ...] = ()
