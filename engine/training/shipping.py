"""Best weights of a run put where programs find them by name, whole or in half precision.

In half precision the metric is measured again, on the weights as they are stored: it is the number
of what ships, not of what was trained.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.api.errors import ConfigError, WeightsError
from engine.api.regular_files import read_regular
from engine.api.tasks import TaskContext
from engine.api.training import Evaluate
from engine.core.checkpoint import load_weights, save_weights
from engine.core.files import write_text
from engine.core.json_text import parse_json
from engine.core.latent_codes import latents_beside
from engine.core.shipped_weights import FOLDER
from engine.training.evaluation import evaluate
from engine.training.run_folder import RunFolder, read_settings


def ship_weights(
    run_folder: Path, name: str, is_half: bool, context: TaskContext, target: Path = FOLDER
) -> Path:
    """Copy best weights, their card, and their codes where there are any; returns the weights.

    Args:
        run_folder: of a run that was scored.
        name: of the weights from now on.
        is_half: store matrices and kernels in float16, score again on the run's data, and write
            that number and `"stored": "float16"` into the card.
        target: the folder; what is there under the name is replaced.

    Raises:
        ConfigError: the run has no weights yet, or they were never scored.
        WeightsError: the weights are unreadable, or too large for half precision.
        DatasetError: the run's data is not there any more to score on.
    """
    folder = RunFolder(run_folder)
    if not folder.weights.is_file() or not folder.card.is_file():
        raise ConfigError(f"{run_folder}: holds no best weights with a card; train to the end")
    tensors, _ = load_weights(folder.weights)
    card = parse_json(read_regular(folder.card))
    if card["metric"]["value"] is None:
        raise ConfigError(f"{run_folder}: {card['metric']['on']}; go on with it first")
    if is_half:
        tensors = halved(tensors, folder.weights)
        settings = read_settings(folder.path / "config.json")
        data = settings["data"], settings.get("format")
        card = _scored_again({**card, "stored": "float16"}, tensors, *data, context)
    weights = target / f"{name}.safetensors"
    save_weights(weights, tensors, {"card": json.dumps(card)})
    if folder.latents.is_file():
        save_weights(latents_beside(weights), *load_weights(folder.latents))
    write_text(weights.with_suffix(".json"), json.dumps(card, indent=2) + "\n")
    return weights


def score_again(weights: Path, data: str, context: TaskContext) -> None:
    """Measure shipped weights anew, after a number of their objective was mended.

    Args:
        weights: the safetensors file; its card lies beside it and inside, both are replaced.
        data: a name or a folder, with the same held-out pictures as at the run.
        context: told about progress.

    Raises:
        WeightsError: the weights are unreadable.
        DatasetError: the data cannot be used.
    """
    tensors, _ = load_weights(weights)
    beside = weights.with_suffix(".json")
    card = json.loads(read_regular(beside))
    card = _scored_again(card, tensors, data, card["recipe"]["format"], context)
    save_weights(weights, tensors, {"card": json.dumps(card)})
    write_text(beside, json.dumps(card, indent=2) + "\n")


def halved(tensors: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Return tensors with matrices and kernels in float16.

    Vectors stay as they are: biases and the statistics of normalisations weigh nothing, and half
    precision would lose small variances.

    Raises:
        WeightsError: a value of the file `path` lies beyond what half precision holds.
    """
    half = {name: t.half() if _is_large(t) else t for name, t in tensors.items()}
    for name, values in half.items():
        if not bool(torch.isfinite(values).all()):
            largest = float(tensors[name].abs().max())
            raise WeightsError(
                f"{path}: {name} reaches {largest:.3g}, and half precision ends at "
                f"{torch.finfo(torch.float16).max:.0f}; ship these weights whole"
            )
    return half


def _is_large(values: Tensor) -> bool:
    return values.is_floating_point() and values.ndim > 1


def _scored_again(
    card: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    data: str,
    layout: str | None,
    context: TaskContext,
) -> dict[str, Any]:
    """Return the card with what the tensors reach on the held-out pictures of the data."""
    with tempfile.TemporaryDirectory() as temporary:
        weights = Path(temporary) / "scored.safetensors"
        save_weights(weights, tensors, {"card": json.dumps(card)})
        request = Evaluate(card["model"], data, weights, layout, device="cpu")
        found = evaluate(request, context)
    numbers = {name: v if math.isfinite(v) else None for name, v in found.numbers.items()}
    metric = {
        **card["metric"],
        "value": numbers[card["metric"]["name"]],
        "on": f"{found.split} split, {found.images} pictures",
        "protocol": found.protocol,
    }
    per_class = dict(found.per_class) if found.per_class else card["per_class"]
    return {**card, "metric": metric, "numbers": numbers, "per_class": per_class}
