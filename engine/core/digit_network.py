"""The shipped digit classifier as a judge of made digits: what they are, and features to compare.

Distances in its features are named after it: they are not comparable with those of Inception.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from engine.api.errors import ConfigError, WeightsError
from engine.core.loaded_models import LoadedModel, open_model

_KEY, _WEIGHTS = "classifier-small", "classifier-small-mnist"
SIDE_PX = 28


class Judgement(NamedTuple):
    """What the network says of pictures."""

    probabilities: Tensor  # (B, 10)
    features: Tensor  # (B, F)


class DigitNetwork:
    """Grey digits (B, 1, 28, 28), light on dark, values in [0, 1].

    Attributes:
        classes: names of the digits, by class index.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        self._model: Any = loaded.model
        self.classes = loaded.trained.classes

    @torch.no_grad()
    def judge(self, images: Tensor) -> Judgement:
        """Say what digits the images are."""
        output = self._model(images.float().clamp(0, 1))
        return Judgement(output.logits.softmax(dim=1), output.features)


def digit_network(
    channels: int, size: tuple[int, int] | None, classes: Sequence[str], device: torch.device
) -> DigitNetwork | None:
    """Return the network where pictures of this kind are its digits, else None.

    Args:
        channels: of the pictures; `size` their height and width.
        classes: of the data set that the pictures belong to.
        device: where to judge.
    """
    if channels != 1 or size != (SIDE_PX, SIDE_PX):
        return None
    try:
        network = open_model(_KEY, _WEIGHTS, str(device)).once(DigitNetwork)
    except (ConfigError, WeightsError):
        return None  # not in this installation
    return network if network.classes == tuple(classes) else None
