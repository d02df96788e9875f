"""What the network answers for a picture, and two ways to estimate a gradient from draws.

Axes: M draws, Z latent axes, S side of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import parameter, validate
from engine.traces.small_models import SOURCE_NOTE, Learned, Source

Floats = NDArray[np.float64]

SHOWN = 6
NUDGE = 1e-4
BIG_NUDGE = 0.5


@dataclass(frozen=True, slots=True)
class ReparameterisationConfig:
    """Which picture and axis, and how many draws."""

    picture: int = parameter(0, low=0, high=1258, note="number of the digit; not for a picture")
    axis: int = parameter(1, low=1, high=512, note="of the code, counted from 1")
    draws: int = parameter(10000, low=100, high=100000, note="for the estimates of gradients")
    weights: Source = parameter("shipped", note=SOURCE_NOTE)
    seed: int = parameter(0, low=0, high=9999, note="of the noise, and of a small network")

    def __post_init__(self) -> None:
        validate(self)


class Slopes(NamedTuple):
    """Derivative of the loss of one draw by each mean, in two ways, (Z,)."""

    by_chain_rule: Floats
    by_difference: Floats


class Facts(NamedTuple):
    """What the network answers; M is SHOWN."""

    mean: Floats  # (Z,)
    deviation: Floats  # (Z,)
    noise: Floats  # (M, Z)
    decoded: Floats  # (M, S, S)
    moved: Floats  # (M, S, S): with the mean of the chosen axis moved
    loss: float
    slopes: Slopes


def pathwise(mean: float, deviation: float, noise: Floats) -> Floats:
    """Return d z^2 / d mean and d z^2 / d deviation, (M, 2), through z = mean + deviation noise."""
    codes = mean + deviation * noise
    return np.stack([2 * codes, 2 * codes * noise], axis=1)


def score_function(mean: float, deviation: float, noise: Floats) -> Floats:
    """Return z^2 times the derivatives of log q(z) by mean and deviation, (M, 2)."""
    codes = mean + deviation * noise
    slopes = np.stack([noise / deviation, (noise**2 - 1) / deviation], axis=1)
    return np.asarray(codes[:, None] ** 2 * slopes)


def ask(vae: Learned, grey: Floats, config: ReparameterisationConfig) -> Facts:
    """Ask the network, in double precision for the difference quotients."""
    import copy

    import torch
    from torch.nn import functional

    model = copy.deepcopy(vae.model).double()
    image = torch.from_numpy(grey)[None, None]
    with torch.no_grad():
        mean, log_variance = (part[0] for part in model.posterior(image))
        deviation = (0.5 * log_variance).exp()
        generator = torch.Generator().manual_seed(config.seed)
        noise = torch.randn(SHOWN, len(mean), generator=generator, dtype=torch.float64)
        there = torch.zeros_like(mean)
        there[config.axis - 1] = BIG_NUDGE
        decoded = model.decode(mean + deviation * noise)[:, 0]
        moved = model.decode(mean + there + deviation * noise)[:, 0]

    def loss(means: torch.Tensor) -> torch.Tensor:
        logits = model.decode_logits(means + deviation * noise[0])
        return functional.binary_cross_entropy_with_logits(
            logits, image.expand_as(logits), reduction="none"
        ).sum(dim=(1, 2, 3))

    free = mean.clone()[None].requires_grad_()
    value = loss(free)
    (slope,) = torch.autograd.grad(value.sum(), free)
    with torch.no_grad():
        nudges = NUDGE * torch.eye(len(mean), dtype=torch.float64)
        difference = (loss(mean + nudges) - loss(mean - nudges)) / (2 * NUDGE)
    return Facts(
        mean.numpy(),
        deviation.numpy(),
        noise.numpy(),
        decoded.numpy(),
        moved.numpy(),
        float(value.detach()),
        Slopes(slope[0].numpy(), difference.numpy()),
    )
