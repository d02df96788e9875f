"""Models with weights that a training run wrote: found, built as the card says, and filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.api.errors import ConfigError, WeightsError
from engine.api.models import ModelCard
from engine.core.checkpoint import load_weights
from engine.core.json_text import parse_json
from engine.core.registry import MODELS
from engine.core.shipped_weights import shipped_file
from engine.core.state_dicts import check_match, read_state_dict
from engine.core.weights import choose_weights

_BEST = "best.safetensors"
_CARD = "card"


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model in evaluation mode on its device.

    Attributes:
        name: of the weights.
        path: of their file.
        about: their model card, see engine/training/model_cards.py; empty where there is none.
    """

    model: nn.Module
    name: str
    path: Path
    about: Mapping[str, Any]

    @property
    def train_config(self) -> Mapping[str, Any]:
        """Settings that it was trained with; empty where nothing is known."""
        settings: Mapping[str, Any] = self.about.get("recipe", {}).get("train_config", {})
        return settings

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of its classes; empty where nothing is known."""
        return tuple(self.about.get("classes", ()))


def load_trained(card: ModelCard, weights: str | Path | None, device: torch.device) -> TrainedModel:
    """Build a model and load weights into it.

    Args:
        card: of the model.
        weights: a name from the card, a run folder, a safetensors file that a run wrote, a file of
            the library where the model is one of a library's, or None for the first of the card.
        device: where the model goes.

    Raises:
        ConfigError: there are no such weights.
        WeightsError: the file is unreadable, or belongs to another model.
    """
    path = _find(card, weights)
    tensors, about = _read(card, path)
    if about.get("model", card.key) != card.key:
        raise WeightsError(
            f"{path}: was trained as {about['model']}, not {card.key}; choose that model"
        )
    values = about.get("recipe", {}).get("model_config", {})
    try:
        config = card.config_type(**values)
    except TypeError as error:
        raise WeightsError(f"{path}: its card does not fit {card.key} ({error})") from error
    model: nn.Module = MODELS.build(card.key, config)
    check_match(model.state_dict(), tensors, path, card.key)
    model.load_state_dict(tensors)
    placed = model.to(device).to(memory_format=torch.channels_last).eval()
    name = path.stem if path.name != _BEST else path.parent.name
    return TrainedModel(placed, name, path, about)


def _read(card: ModelCard, path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return parameters and card of a run, or of a file that a library published."""
    adopt = getattr(MODELS.factory(card.key), "adopt", None)
    if path.suffix == ".safetensors" or adopt is None:
        tensors, metadata = load_weights(path)
        if adopt is None or _CARD in metadata:
            return tensors, _about(path, metadata)
    found: tuple[dict[str, Tensor], dict[str, Any]] = adopt(read_state_dict(path), path)
    return found


def _find(card: ModelCard, weights: str | Path | None) -> Path:
    if weights is None and card.weights and card.weights[0].origin == "shipped":
        weights = card.weights[0].name
    if isinstance(weights, str):
        shipped = shipped_file(weights)
        if shipped is not None and any(weights == each.name for each in card.weights):
            return shipped
    if weights is not None and Path(weights).is_dir():
        best = Path(weights) / _BEST
        if not best.is_file():
            raise ConfigError(f"{weights}: holds no {_BEST}; it is no folder of a finished run")
        return best
    if weights is not None and Path(weights).is_file():
        return Path(weights)
    found = choose_weights(card, weights).path
    if found is None:
        raise WeightsError(f"{card.key}: these weights are part of a library, not of a run")
    return found


def _about(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Read the card inside the file, or the one beside it."""
    sidecar = path.with_suffix(".json")
    text = metadata.get(_CARD)
    if text is None and sidecar.is_file():
        text = sidecar.read_text(encoding="utf-8")
    try:
        about = parse_json(text or "{}")
    except ValueError as error:
        raise WeightsError(f"{path}: its card is no JSON ({error})") from error
    return about if isinstance(about, dict) else {}
