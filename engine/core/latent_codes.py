"""Codes of pictures beside the weights that made them: a map needs no pictures to be drawn.

`<name>-latents.safetensors` beside `<name>.safetensors`. Axes: N pictures, Z latent axes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from engine.api.errors import WeightsError
from engine.core.checkpoint import load_weights, save_weights
from engine.core.json_text import parse_json


class LatentCodes(NamedTuple):
    """Codes of pictures, and what is known of these."""

    latents: Tensor  # (N, Z); the mean of the posterior where there is one
    log_variances: Tensor | None  # (N, Z)
    class_indices: Tensor  # (N,) int64, -1 where unknown
    classes: tuple[str, ...]
    about: str  # which pictures, in words


def latents_beside(weights: Path) -> Path:
    """Return where the codes lie that belong to a file of weights."""
    return weights.with_name(f"{weights.stem}-latents.safetensors")


def save_codes(path: Path, codes: LatentCodes) -> None:
    """Write codes, rounded to half precision: far finer than a map can show."""
    tensors = {"latents": codes.latents.half(), "class_indices": codes.class_indices.short()}
    if codes.log_variances is not None:
        tensors["log_variances"] = codes.log_variances.half()
    save_weights(path, tensors, {"classes": json.dumps(codes.classes), "about": codes.about})


def load_codes(path: Path) -> LatentCodes:
    """Read what `save_codes` wrote.

    Raises:
        WeightsError: the file is missing, damaged, or holds no codes.
    """
    tensors, texts = load_weights(path)
    try:
        latents, class_indices = tensors["latents"].float(), tensors["class_indices"].long()
        classes = tuple(str(name) for name in parse_json(texts["classes"]))
    except (KeyError, ValueError, TypeError) as error:
        raise WeightsError(f"{path}: holds no codes of pictures ({error})") from error
    variances = tensors.get("log_variances")
    if latents.ndim != 2 or class_indices.shape != latents.shape[:1]:
        shapes = f"{tuple(latents.shape)} and {tuple(class_indices.shape)}"
        raise WeightsError(f"{path}: codes and classes do not belong together ({shapes})")
    if class_indices.numel() and int(class_indices.max()) >= max(1, len(classes)):
        raise WeightsError(f"{path}: has classes beyond the {len(classes)} that it names")
    floats = None if variances is None else variances.to(torch.float32)
    return LatentCodes(latents, floats, class_indices, classes, texts.get("about", ""))
