"""The shipped digit classifier as a judge of made digits: what they are, and features to compare.

Distances in its features are named after it: they are not comparable with those of Inception.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from engine.api.errors import WeightsError
from engine.core.registry import MODELS
from engine.core.trained_models import load_trained

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

    def __init__(self, device: torch.device) -> None:
        trained = load_trained(MODELS.card(_KEY), _WEIGHTS, device)
        self._model: Any = trained.model
        self.classes = trained.classes

    @torch.no_grad()
    def judge(self, images: Tensor) -> Judgement:
        """Say what digits the images are."""
        output = self._model(images.float().clamp(0, 1))
        return Judgement(output.logits.softmax(dim=1), output.features)


@cache
def _loaded(device: torch.device) -> DigitNetwork | None:
    try:
        return DigitNetwork(device)
    except WeightsError:
        return None


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
    network = _loaded(device)
    return network if network is not None and network.classes == tuple(classes) else None
