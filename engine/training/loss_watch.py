"""Adds up losses for the log, and stops a run whose loss is no number any more or explodes."""

from __future__ import annotations

import math

import torch

from engine.api.errors import TrainingError
from engine.training.objective import Losses
from engine.training.position import Position

_EXPLODED = 1000.0
_SMALLEST_TYPICAL = 1.0
_FORGETS = 0.02
_UPDATES_TO_JUDGE = 20


class LossWatch:
    """Collects losses of batches. Reading them waits for a GPU, so it happens every few batches."""

    def __init__(self, position: Position, interval: int) -> None:
        self._position = position
        self._interval = interval
        self._waiting: list[tuple[int, Losses]] = []

    def add(self, update: int, losses: Losses) -> None:
        """Take the losses of a batch."""
        self._waiting.append((update, losses))
        if len(self._waiting) >= self._interval:
            self.check()

    def check(self) -> None:
        """Look at what was taken since the last look.

        Raises:
            TrainingError: a loss is not finite, or a thousand times the usual; names the update.
        """
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        flat = torch.stack([v.float() for _, losses in waiting for v in losses.values()]).tolist()
        values = iter(flat)
        position = self._position
        for update, losses in waiting:
            for name in losses:
                value = next(values)
                if not math.isfinite(value):
                    raise TrainingError(_advice(update, name, f"is {value}"))
                if name == "loss":
                    self._judge(update, value)
                position.sums[name] = position.sums.get(name, 0.0) + value
                position.counts[name] = position.counts.get(name, 0) + 1

    def _judge(self, update: int, value: float) -> None:
        position = self._position
        usual = max(_SMALLEST_TYPICAL, abs(position.typical_loss))
        if position.watched >= _UPDATES_TO_JUDGE and abs(value) > _EXPLODED * usual:
            what = f"jumped to {value:.3g} from about {position.typical_loss:.3g}"
            raise TrainingError(_advice(update, "loss", what))
        position.watched += 1
        weight = max(_FORGETS, 1 / position.watched)
        position.typical_loss += weight * (value - position.typical_loss)


def _advice(update: int, name: str, what: str) -> str:
    return (
        f"update {update}: {name} {what}; the last good checkpoint is kept. "
        "Lower learning_rate, set gradient_clip = 1, or choose precision = float32"
    )
