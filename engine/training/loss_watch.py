"""Adds up losses for the log, and stops a run whose loss is no number any more or explodes."""

from __future__ import annotations

import math

import torch

from engine.api.errors import TrainingError
from engine.api.training import TrainConfig
from engine.training.objective import Losses
from engine.training.position import Position

_EXPLODED = 1000.0
_SMALLEST_TYPICAL = 1.0
_FORGETS = 0.02
_UPDATES_TO_JUDGE = 20
_GROWN = 10.0


class LossWatch:
    """Collects losses of batches. Reading them waits for a GPU, so it happens every few batches.

    Attributes:
        unlogged: the losses of each update since `log`, by name, those that ended the run last.
    """

    def __init__(self, position: Position, interval: int) -> None:
        self._position = position
        self._interval = interval
        self._waiting: list[tuple[int, Losses]] = []
        self._lowest = math.inf  # of the running mean
        self.unlogged: list[tuple[int, dict[str, float]]] = []

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
        for update, losses in waiting:
            self._take(update, {name: next(values) for name in losses})

    def _take(self, update: int, losses: dict[str, float]) -> None:
        position = self._position
        self.unlogged.append((update, losses))
        for name, value in losses.items():
            if not math.isfinite(value):
                raise TrainingError(f"update {update}: {name} is {value}")
            if name == "loss":
                self._judge(update, value)
            position.sums[name] = position.sums.get(name, 0.0) + value
            position.counts[name] = position.counts.get(name, 0) + 1

    def _judge(self, update: int, value: float) -> None:
        position = self._position
        usual = max(_SMALLEST_TYPICAL, abs(position.typical_loss))
        if position.watched >= _UPDATES_TO_JUDGE and abs(value) > _EXPLODED * usual:
            what = f"jumped to {value:.3g} from about {position.typical_loss:.3g}"
            raise TrainingError(f"update {update}: loss {what}")
        position.watched += 1
        weight = max(_FORGETS, 1 / position.watched)
        position.typical_loss += weight * (value - position.typical_loss)
        self._lowest = min(self._lowest, position.typical_loss)

    def warning(self) -> str:
        """Say that the loss grows instead of falling; empty where it does not."""
        typical, lowest = self._position.typical_loss, self._lowest
        if not typical > lowest + _GROWN * max(_SMALLEST_TYPICAL, abs(lowest)):
            return ""
        return f"the loss grows: about {typical:.3g}, and was {lowest:.3g}; lower learning_rate"


def cure(config: TrainConfig, precision: str) -> str:
    """Return which settings to change after a loss was no number, or exploded.

    Args:
        config: of the run that failed; what it has already is not advised.
        precision: that the run computed in.
    """
    ways = [f"lower learning_rate (now {config.learning_rate:g})"]
    if config.gradient_clip is None:
        ways.append("set gradient_clip = 1")
    elif config.gradient_clip > 1:
        ways.append(f"lower gradient_clip (now {config.gradient_clip:g})")
    if precision != "float32":
        ways.append("choose precision = float32")
    return ways[0] if len(ways) == 1 else f"{', '.join(ways[:-1])} or {ways[-1]}"
