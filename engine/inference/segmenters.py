"""Segmenters, loaded once and kept: which weights, which classes, which size of picture."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.api.errors import ConfigError
from engine.core.cancellation import make_cancellable
from engine.core.devices import resolve
from engine.core.registry import MODELS
from engine.core.trained_models import TrainedModel, load_trained
from engine.inference.folding import fold_normalisation

_KEPT = 2  # two models side by side


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


class SegmenterCache:
    """Keeps the last two segmenters; several lanes may ask at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Any, Segmenter] = {}

    def get(self, model_key: str, weights: str | Path | None, device: str) -> Segmenter:
        """Return a segmenter, loaded where it is not among those kept, or its file has changed."""
        key = (model_key, weights, device, _version(weights))
        with self._lock:
            found = self._kept.pop(key, None)
            while len(self._kept) >= _KEPT:  # first, as the new one may need the memory
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = found or _load(model_key, weights, device)
            return self._kept[key]

    def clear(self) -> None:
        """Forget the segmenters and free their memory."""
        with self._lock:
            self._kept.clear()


CACHE = SegmenterCache()


def open_segmenter(model_key: str, weights: str | Path | None, device: str) -> Segmenter:
    """Return a segmenter with these weights.

    Raises:
        ConfigError: no such model, or no segmenter.
        WeightsError: the weights are not here, unsafe, or of another architecture.
        DeviceError: no such device.
    """
    return CACHE.get(model_key, weights, device)


def _load(model_key: str, weights: str | Path | None, device_key: str) -> Segmenter:
    card = MODELS.card(model_key)
    if card.task != "segmentation":
        raise ConfigError(f"{card.key} is made for {card.task}, not for segmentation")
    device = resolve(device_key)
    trained = load_trained(card, weights, device)
    fold_normalisation(trained.model)
    trained.model.to(memory_format=torch.channels_last)  # the folded weights too
    make_cancellable(trained.model)
    config: Any = trained.model.config
    classes = trained.classes or tuple(f"class {index}" for index in range(config.classes))
    return Segmenter(
        model_key=card.key,
        network=trained.model,
        name=trained.name,
        trained_on=str(trained.about.get("data", "")),
        classes=classes,
        side=_side(trained),
        channels=int(config.in_channels),
        device=device,
    )


def _side(trained: TrainedModel) -> int | None:
    chosen = trained.train_config.get("image_size")
    size = trained.about.get("size")
    return chosen or (min(size) if size else None)


def _version(weights: str | Path | None) -> tuple[int, ...]:
    """What tells a file or a run that was written again from its former self."""
    if weights is None:
        return ()
    path = Path(weights)
    path = path / "best.safetensors" if path.is_dir() else path
    if not path.is_file():
        return ()
    status = path.stat()
    return (status.st_mtime_ns, status.st_size)
