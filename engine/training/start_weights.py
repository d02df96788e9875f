"""Weights to begin a training with: of another run, or of a network that a model is built on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from engine.api.errors import ConfigError, WeightsError
from engine.api.paths import expanded
from engine.core.state_dicts import check_finite, read_state_dict

_BEST = "best.safetensors"


def begin_with(model: nn.Module, source: str) -> str:
    """Put weights into a model where name and shape fit; the others keep their random values.

    Args:
        model: its class may have `from_backbone`, which gives parameters of another network the
            names they have here.
        source: a file, or the folder of a run.

    Returns:
        One line about how many were taken.

    Raises:
        ConfigError: there is no such file.
        WeightsError: it cannot be read, or none of it fits.
    """
    path = weights_file(source)
    own = model.state_dict()
    fitting = {
        name: tensor
        for name, tensor in _translated(model, read_state_dict(path)).items()
        if name in own and own[name].shape == tensor.shape
    }
    check_finite(fitting, path)
    if not fitting:
        raise WeightsError(
            f"{path.name}: none of its parameters fits {type(model).__name__} in name and shape; "
            "choose weights of the same architecture, or leave start_weights empty"
        )
    model.load_state_dict(fitting, strict=False)
    return f"began with {len(fitting)} of {len(own)} parameters from {path.name}"


def weights_file(source: str) -> Path:
    """Return the file of weights that a file or the folder of a run stands for.

    Raises:
        ConfigError: there is no such file.
    """
    path = expanded(source)
    path = path / _BEST if os.path.isdir(path) else path
    if not os.path.isfile(path):
        raise ConfigError(f"start_weights {source}: no such file, and no folder of a finished run")
    return path


def _translated(model: nn.Module, found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    translate: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]] | None
    translate = getattr(model, "from_backbone", None)
    return found if translate is None else translate(found)


def plain_start(train_config: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with the name of the file alone: where it lies is nobody else's business."""
    start = train_config.get("start_weights")
    return {**train_config, "start_weights": Path(start).name} if start else dict(train_config)
