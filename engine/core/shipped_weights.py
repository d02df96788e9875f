"""Weights that come with the project: `assets/weights/<name>.safetensors` with a `.json` card.

The card is the one that a training run writes, see engine/training/model_cards.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from engine.api.metric_names import metric_name
from engine.api.models import WeightsCard
from engine.api.regular_files import read_regular
from engine.core.json_text import parse_json

FOLDER = Path(__file__).parents[2] / "assets" / "weights"


@cache
def _cards(folder: Path) -> dict[str, tuple[WeightsCard, ...]]:
    found: dict[str, tuple[WeightsCard, ...]] = {}
    for path in sorted(folder.glob("*.json")):
        card = parse_json(read_regular(path))
        file = path.with_suffix(".safetensors")
        if file.is_file():
            key = card["model"]
            found[key] = (*found.get(key, ()), _weights_card(file, card))
    return found


def shipped_weights(model_key: str, folder: Path = FOLDER) -> tuple[WeightsCard, ...]:
    """Return what ships for a model, by name; empty where nothing does."""
    return _cards(folder).get(model_key, ())


def shipped_file(name: str, folder: Path = FOLDER) -> Path | None:
    """Return the file of shipped weights, or None where no weights of that name ship."""
    path = folder / f"{name}.safetensors"
    return path if path.is_file() else None


def best_shipped(data: str, folder: Path = FOLDER) -> tuple[str, str] | None:
    """Return model key and name of the weights with the highest metric; None where none ship.

    Args:
        data: how the name of the data that they were trained on begins.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        card = parse_json(read_regular(path))
        if card["data"].startswith(data) and path.with_suffix(".safetensors").is_file():
            found.append((float(card["metric"]["value"] or 0), str(card["model"]), path.stem))
    return max(found)[1:] if found else None


def metric_line(metric: dict[str, Any]) -> str:
    """Return what a card tells of its metric, as a person reads it."""
    value, name = metric.get("value"), str(metric.get("name", ""))
    reached = "not measured" if value is None else f"{value:.4g}"
    return f"{metric_name(name)} {reached} ({metric.get('on', '')})"


def config_of(card: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the architecture that a card tells of; empty where it tells none."""
    recipe = card.get("recipe")
    found = recipe.get("model_config") if isinstance(recipe, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _weights_card(file: Path, card: dict[str, Any]) -> WeightsCard:
    return WeightsCard(
        name=file.stem,
        origin="shipped",
        data=card["data"],
        metric=metric_line(card["metric"]),
        bytes=file.stat().st_size,
        licence=card["licence"],
        config=config_of(card),
    )
