"""Detectors that are ready for pictures of any size; those of a library wait for no torch."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.api.errors import ConfigError
from engine.api.models import ModelCard
from engine.core.detector import Detector
from engine.core.devices import resolve
from engine.core.registry import MODELS
from engine.core.weights import choose_weights

if TYPE_CHECKING:
    from engine.core.loaded_models import LoadedModel


def detector_card(model_key: str) -> ModelCard:
    """Return the card of a detector.

    Raises:
        ConfigError: no such model, or one for another task.
    """
    card = MODELS.card(model_key)
    if card.task != "detection":
        raise ConfigError(f"{card.key} is made for {card.task}, not for detection")
    return card


def checked_options(card: ModelCard, options: Any) -> Any:
    """Return options of a model, its defaults for None.

    Raises:
        ConfigError: they are of another model.
    """
    if options is None:
        return card.options_type()
    if type(options) is not card.options_type:
        wanted, given = card.options_type.__name__, type(options).__name__
        raise ConfigError(f"{card.key} takes {wanted}, not {given}")
    return options


class OpenDetector(NamedTuple):
    """A detector that is ready, the name of its weights, and the key of the device it runs on.

    Attributes:
        loaded: what keeps what is found out about it; None for one of a library.
    """

    detector: Detector
    weights: str
    device: str
    loaded: LoadedModel | None = None


def open_detector(model_key: str, weights: str | Path | None, device: str) -> OpenDetector:
    """Return a detector with these weights.

    Raises:
        ConfigError: no such model, no detector, or no such weights.
        WeightsError: the weights are not here, unsafe, or of another architecture.
        DeviceError: no such device.
    """
    card = detector_card(model_key)
    if card.is_of_library:
        if device not in ("auto", "cpu"):
            resolve(device)  # says so where there is none
        return OpenDetector(_of_library(card.key), choose_weights(card, weights).name, "cpu")
    from engine.core.loaded_models import open_model
    from engine.inference.box_networks import as_detector

    loaded = open_model(card.key, weights, device)
    detector = loaded.once(as_detector)
    return OpenDetector(detector, loaded.trained.name, str(loaded.device), loaded)


def forget_detectors() -> None:
    """Free the memory of all that is kept."""
    _of_library.cache_clear()
    if "engine.core.loaded_models" in sys.modules:
        from engine.core.loaded_models import CACHE

        CACHE.clear()


@cache
def _of_library(model_key: str) -> Detector:
    detector: Detector = MODELS.build(model_key, MODELS.card(model_key).config_type())
    return detector
