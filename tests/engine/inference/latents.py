"""Small models with known answers, saved as runs save them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from engine.api.latent import LatentSource
from engine.core.checkpoint import save_weights
from engine.core.latent_codes import LatentCodes, latents_beside, save_codes
from engine.core.registry import MODELS


def saved(folder: Path, key: str, codes: LatentCodes | None = None, **config: Any) -> LatentSource:
    """Build a model of a config, seeded, and save it with a card; returns how to ask for it."""
    card = MODELS.card(key)
    torch.manual_seed(0)
    model = MODELS.build(key, card.config_type(**config))
    about = {
        "model": key,
        "data": "drawn",
        "classes": [str(digit) for digit in range(10)],
        "channels": config.get("in_channels", 1),
        "metric": {"name": "mse", "value": 0.5, "on": "validation split, 3 pictures"},
        "recipe": {"data": "digits", "model_config": config, "train_config": {}},
    }
    path = folder / f"{key}.safetensors"
    save_weights(path, model.state_dict(), {"card": json.dumps(about)})
    if codes is not None:
        save_codes(latents_beside(path), codes)
    return LatentSource(key, path, "cpu")


def some_codes(dimensions: int, count: int = 60, has_posterior: bool = False) -> LatentCodes:
    """Codes of three classes, each around its own centre."""
    generator = torch.Generator().manual_seed(0)
    classes = torch.arange(count) % 3
    centres = 4 * torch.randn(3, dimensions, generator=generator)
    latents = centres[classes] + 0.3 * torch.randn(count, dimensions, generator=generator)
    variances = torch.full((count, dimensions), -2.0) if has_posterior else None
    return LatentCodes(latents, variances, classes, ("a", "b", "c"), f"{count} drawn codes")
