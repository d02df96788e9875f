"""Models with trained weights: found, built of the config that the weights fix, and filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.api.errors import ConfigError, WeightsError
from engine.api.models import ModelCard
from engine.api.regular_files import read_regular
from engine.api.wording import one_line
from engine.core.registry import MODELS
from engine.core.state_dicts import (
    StoredParameters,
    check_finite,
    check_match,
    read_parameters,
)
from engine.core.weights import WeightsSource, choose_weights
from engine.core.weights_cards import checked_card, read_card

_CARD, _CARD_OF_RUN = "card", "best.json"
_MOST_CARD_BYTES = 2**24
_SHOWN = 200  # characters of what a file says


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
    path = source.path
    tensors, about = _read(card, path)
    if about.get("model", card.key) != card.key:
        raise WeightsError(
            f"{path.name}: was trained as {one_line(about['model'])[:_SHOWN]}, not {card.key}; "
            "choose that model"
        )
    model = _built(card, about.get("recipe", {}).get("model_config", {}), path)
    expected = model.state_dict()
    check_match(expected, tensors, path, card.key)
    known = {name: values for name, values in tensors.items() if name in expected}
    check_finite(known, path)
    model.load_state_dict(known, strict=False)  # counters of batches may lack, see check_match
    trained = TrainedModel(_placed(model, device), source.name, path, about)
    if trained.classes and hasattr(model, "categories"):
        model.categories = trained.classes
    return trained


def _built(card: ModelCard, values: Mapping[str, Any], path: Path) -> Any:
    """Build a model of the architecture that the card of its weights states."""
    try:
        config = card.config_type(**values)
    except (TypeError, ConfigError) as error:
        raise WeightsError(
            f"{path.name}: its card's recipe.model_config does not fit {card.key} "
            f"({one_line(str(error))[:_SHOWN]})"
        ) from error
    return MODELS.build(card.key, config)


def _placed(model: Any, device: torch.device) -> Any:
    """Put a network on its device, channels last: there convolutions are up to twice as fast."""
    if not isinstance(model, nn.Module):
        return model
    return model.to(device).to(memory_format=torch.channels_last).eval()


def _read(card: ModelCard, path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return parameters and card of a run, or of a file that a library published."""
    found = read_parameters(path)
    adopt = getattr(MODELS.factory(card.key), "adopt", None)
    if adopt is None or _CARD in found.texts or found.settings:
        return found.tensors, _about(path, found)
    adopted: tuple[dict[str, Tensor], dict[str, Any]] = adopt(found.tensors, path)
    return adopted


def _about(path: Path, found: StoredParameters) -> dict[str, Any]:
    """Read the card inside the file, or the one beside it; a checkpoint has its settings."""
    if _CARD in found.texts:
        return read_card(found.texts[_CARD], path)
    about: dict[str, Any] = {}
    for sidecar in (path.with_suffix(".json"), path.with_name(_CARD_OF_RUN)):
        if sidecar.is_file() and (found.settings or sidecar.stem == path.stem):
            about = _beside(sidecar)
            break
    if found.settings:
        model = found.settings.get("model")
        about = checked_card({**about, "model": model, "recipe": found.settings}, path)
    return about


def _beside(sidecar: Path) -> dict[str, Any]:
    """Read the card beside a file; a plain list of class names is none."""
    try:
        content = read_regular(sidecar, _MOST_CARD_BYTES)
    except OSError as error:
        raise WeightsError(f"{sidecar.name}: cannot be read ({error.strerror})") from error
    return {} if content.lstrip()[:1] == b"[" else read_card(content, sidecar)
