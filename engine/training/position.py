"""Where a run stands: everything beside tensors that it needs to go on as if never stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from engine.api.checked_values import checked


@dataclass(slots=True)
class Position:
    """Plain numbers, saved in every checkpoint.

    Attributes:
        epoch: epochs completed; batch: batches done of the next one.
        step: updates done, a batch each; so it is called in metrics.jsonl.
        best: the best score so far; stale: validations since it.
        parts: a batch is taken in so many, see Updater.
        seconds: spent training, pauses left out.
        lines: of metrics.jsonl written.
        sums: of losses by name since the last logged line; counts: how many each adds up.
        typical_loss: running mean; watched: how many updates it has seen.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    best: float | None = None
    stale: int = 0
    parts: int = 1
    seconds: float = 0.0
    lines: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    typical_loss: float = 0.0
    watched: int = 0

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take the values of a checkpoint.

        Raises:
            ValueError: one of them is not what it should be.
        """
        taken = checked(Position, saved, "position")
        counts = (taken.epoch, taken.batch, taken.step, taken.stale, taken.lines, taken.watched)
        if min(counts) < 0 or taken.parts < 1 or taken.sums.keys() != taken.counts.keys():
            raise ValueError("position counts what cannot be counted")
        for field_ in fields(self):
            setattr(self, field_.name, getattr(taken, field_.name))

    def for_people(self) -> dict[str, float]:
        """Return what a model card tells of it."""
        return {
            "epoch": self.epoch + 1,
            "step": self.step,
            "minutes": round(self.seconds / 60, 2),
        }
