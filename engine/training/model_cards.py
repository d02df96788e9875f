"""The model card of trained weights: what they are, what they reach, and how they were made."""

from __future__ import annotations

import datetime
import json
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from torch import nn

from engine.api.datasets import DatasetFacts
from engine.api.regular_files import read_regular
from engine.core.checkpoint import save_weights
from engine.core.files import write_text
from engine.core.json_text import parse_json
from engine.training.objective import EvaluationScores, ObjectiveCard
from engine.training.start_weights import plain_start

_LIBRARIES = ("torch", "torchvision", "numpy")
_NOT_MEASURED = "the run stopped before its first validation"


@dataclass(frozen=True, slots=True)
class CardWriter:
    """Writes best weights with their card.

    Attributes:
        settings: of the run, as in config.json.
        seen: facts of what was trained on; `scored` of what the metric was measured on.
        circumstances: device, precision, number of processes.
    """

    weights: Path
    card: Path
    settings: Mapping[str, Any]
    objective: ObjectiveCard
    seen: DatasetFacts
    scored: DatasetFacts | None
    circumstances: Mapping[str, Any]

    def write(
        self,
        model: nn.Module,
        scores: EvaluationScores | None,
        position: Mapping[str, float],
    ) -> None:
        """Write weights and card; without scores the card says that nothing was measured."""
        card = self._card(model, scores, position)
        save_weights(self.weights, model.state_dict(), {"card": json.dumps(card)})
        write_text(self.card, json.dumps(card, indent=2) + "\n")

    def complete(self, **facts: Any) -> None:
        """Add to a card that is there what is known only at the end of the run."""
        card = parse_json(read_regular(self.card))
        write_text(self.card, json.dumps({**card, **facts}, indent=2) + "\n")

    def _card(
        self, model: nn.Module, scores: EvaluationScores | None, position: Mapping[str, float]
    ) -> dict[str, Any]:
        config = self.settings["train_config"]
        found = scores.numbers if scores else {}
        numbers = {name: v if math.isfinite(v) else None for name, v in found.items()}
        return {
            "model": self.settings["model"],
            "task": self.seen.task,
            "data": self.settings["about_data"] or _plain_name(self.settings["data"]),
            "credit": self.seen.credit,
            "licence": "MIT",
            "metric": {
                "name": self.objective.metric,
                "value": numbers.get(self.objective.metric),
                "on": _scored_on(self.scored, scores) if scores else _NOT_MEASURED,
                "protocol": self.objective.protocol,
            },
            "numbers": numbers,
            "per_class": scores.fields.get("per_class") if scores else None,
            "classes": list(self.seen.classes),
            "channels": self.seen.channels,
            "size": self.seen.size,
            "trained_on": self.seen.count * _rounds(self.seen, position),
            "parameters": sum(p.numel() for p in model.parameters()),
            **position,
            "seed": config["seed"],
            **self.circumstances,
            "recipe": {
                **self.settings,
                "data": _plain_name(self.settings["data"]),
                "train_config": plain_start(config),
            },
            "versions": {
                "python": platform.python_version(),
                **{name: metadata.version(name) for name in _LIBRARIES},
            },
            "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        }


def _rounds(seen: DatasetFacts, position: Mapping[str, float]) -> int:
    """How often other samples were seen: once, or in each epoch begun."""
    return max(1, int(position.get("epoch", 1))) if seen.is_renewed else 1


def _plain_name(data: str) -> str:
    """A folder goes by its name: where it lies on this machine is nobody else's business."""
    return Path(data).name or data


def _scored_on(facts: DatasetFacts | None, scores: EvaluationScores) -> str:
    split = facts.split if facts else "train"
    return f"{split} split, {scores.images} pictures"
