"""Weights of a network that is small enough for a test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch

from engine.core.checkpoint import save_weights
from engine.models.segmentation.unet import Unet, UnetConfig

SMALL = {"in_channels": 3, "classes": 3, "base_channels": 4, "depth": 1, "normalisation": "none"}


def save_tiny_unet(
    path: Path, classes: Sequence[str], size: tuple[int, int], seed: int = 0
) -> Path:
    """A U-Net with random weights for these classes, as a run writes them.

    Args:
        size: height and width of the pictures that it is said to be trained on.
    """
    torch.manual_seed(seed)
    config = SMALL | {"classes": len(classes)}
    card = {
        "model": "unet",
        "classes": list(classes),
        "size": list(size),
        "channels": 3,
        "data": "a test",
        "recipe": {"model_config": config, "train_config": {}},
    }
    model = Unet(UnetConfig(**config))  # type: ignore[arg-type]
    save_weights(path, model.state_dict(), {"card": json.dumps(card)})
    return path
