"""Models with trained weights: found, built of the config that the weights fix, and filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.api.errors import WeightsError
from engine.api.models import ModelCard
from engine.core.checkpoint import load_weights
from engine.core.json_text import parse_json
from engine.core.registry import MODELS
from engine.core.state_dicts import check_match, read_state_dict
from engine.core.weights import WeightsSource, choose_weights

_CARD = "card"


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model in evaluation mode on its device.

    Attributes:
        model: what the registry built; a network of torch, or what a library brings.
        name: of the weights.
        path: of their file; None where they are part of a library.
        about: their model card, see engine/training/model_cards.py; empty where there is none.
    """

    model: Any
    name: str
    path: Path | None
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

    @property
    def side(self) -> int | None:
        """Shorter side of the pictures that it was trained on, in pixels; None where unknown."""
        chosen: int | None = self.train_config.get("image_size")
        size = self.about.get("size")
        return chosen or (min(size) if size else None)


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
    return load_from(card, choose_weights(card, weights), device)


def load_from(card: ModelCard, source: WeightsSource, device: torch.device) -> TrainedModel:
    """Build a model and load weights that were found into it; raises as `load_trained` does."""
    if source.path is None:
        model = MODELS.build(card.key, card.config_type())
        return TrainedModel(_placed(model, device), source.name, None, {})
    tensors, about = _read(card, source.path)
    if about.get("model", card.key) != card.key:
        raise WeightsError(
            f"{source.path}: was trained as {about['model']}, not {card.key}; choose that model"
        )
    values = about.get("recipe", {}).get("model_config", {})
    try:
        config = card.config_type(**values)
    except TypeError as error:
        raise WeightsError(f"{source.path}: its card does not fit {card.key} ({error})") from error
    model = MODELS.build(card.key, config)
    check_match(model.state_dict(), tensors, source.path, card.key)
    model.load_state_dict(tensors, strict=False)  # counters of batches may lack, see check_match
    trained = TrainedModel(_placed(model, device), source.name, source.path, about)
    if trained.classes and hasattr(model, "categories"):
        model.categories = trained.classes
    return trained


def _placed(model: Any, device: torch.device) -> Any:
    """Put a network on its device, channels last: there convolutions are up to twice as fast."""
    if not isinstance(model, nn.Module):
        return model
    return model.to(device).to(memory_format=torch.channels_last).eval()


def _read(card: ModelCard, path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return parameters and card of a run, or of a file that a library published."""
    adopt = getattr(MODELS.factory(card.key), "adopt", None)
    if path.suffix == ".safetensors" or adopt is None:
        tensors, metadata = load_weights(path)
        if adopt is None or _CARD in metadata:
            return tensors, _about(path, metadata)
    found: tuple[dict[str, Tensor], dict[str, Any]] = adopt(read_state_dict(path), path)
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
