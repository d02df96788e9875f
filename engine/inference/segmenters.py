"""Segmenters: which weights, which classes, which size of picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.api.errors import ConfigError, WeightsError
from engine.core.loaded_models import LoadedModel, open_model
from engine.core.registry import MODELS

_WARM_UP_PX = 64


@dataclass(frozen=True, slots=True)
class Segmenter:
    """A network in evaluation mode on its device.

    Attributes:
        network: answers with `logits` (B, K, H, W) to images (B, C, H, W) in [0, 1].
        side: shorter side of the pictures that it was trained on, in pixels; None where unknown.
        channels: C, 1 for grey or 3 for colour.
    """

    model_key: str
    network: nn.Module
    name: str
    trained_on: str
    classes: tuple[str, ...]
    side: int | None
    channels: int
    device: torch.device

    def probabilities(self, images: Tensor) -> Tensor:
        """Return the probability of each class, (B, K, H, W), for RGB images (B, 3, H, W)."""
        if self.channels == 1:
            images = images.mean(dim=1, keepdim=True)
        placed = images.to(self.device).contiguous(memory_format=torch.channels_last)
        logits: Tensor = self.network(placed).logits
        return logits.float().softmax(dim=1)


def open_segmenter(model_key: str, weights: str | Path | None, device: str) -> Segmenter:
    """Return a segmenter with these weights.

    Raises:
        ConfigError: no such model, or no segmenter.
        WeightsError: the weights are not here, unsafe, or of another architecture.
        DeviceError: no such device.
    """
    card = MODELS.card(model_key)
    if card.task != "segmentation":
        raise ConfigError(f"{card.key} is made for {card.task}, not for segmentation")
    return open_model(card.key, weights, device).once(_as_segmenter)


def _as_segmenter(loaded: LoadedModel) -> Segmenter:
    trained = loaded.trained
    config: Any = loaded.model.config
    if trained.classes and len(trained.classes) != config.classes:
        raise WeightsError(
            f"{trained.name}: its card names {len(trained.classes)} classes and the network has "
            f"{config.classes}; choose weights with a card of their own"
        )
    segmenter = Segmenter(
        model_key=loaded.card.key,
        network=loaded.model,
        name=trained.name,
        trained_on=str(trained.about.get("data", "")),
        classes=trained.classes or tuple(f"class {index}" for index in range(config.classes)),
        side=trained.side,
        channels=int(config.in_channels),
        device=loaded.device,
    )
    if loaded.device.type != "cpu":
        # The first pass on an accelerator loads its kernels: seconds of loading, not of looking.
        with torch.inference_mode():
            segmenter.probabilities(torch.zeros(1, 3, _WARM_UP_PX, _WARM_UP_PX))
    return segmenter
