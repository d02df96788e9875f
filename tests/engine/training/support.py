"""What the tests of training share: quick settings, a watcher, reading a run folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.api.tasks import Progress, TaskContext
from engine.api.training import TrainProgress, TrainReport
from engine.models.classification.classifier_small import ClassifierSmallConfig

TINY = ClassifierSmallConfig(base_channels=4)
QUICK: dict[str, Any] = {
    "epochs": 2,
    "batch_size": 64,
    "learning_rate": 3e-3,
    "log_interval": 5,
    "tensorboard": False,
    "sample_count": 2,
}

Start = Callable[..., TrainReport]


class Watcher:
    """A context that keeps what is reported, and does something at a step."""

    def __init__(self, at_step: int = -1, action: Callable[[], None] | None = None) -> None:
        self.progress: list[TrainProgress] = []
        self._at_step, self._action = at_step, action
        self.context = TaskContext(self._take)

    def _take(self, progress: Progress) -> None:
        if progress.detail is not None:  # before the run begins there is only a stage
            assert isinstance(progress.detail, TrainProgress)
            self.see(progress.detail)

    def see(self, progress: TrainProgress) -> None:
        self.progress.append(progress)
        if self._action is not None and progress.status.step >= self._at_step:
            action, self._action = self._action, None
            action()


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of metrics without the one number that depends on the clock."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        line.pop("samples_per_second", None)
    return lines


def status_of(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "status.json").read_text())
    return content
