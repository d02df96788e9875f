"""Where latents are drawn from when nothing was encoded.

The mixture and the roll are those of Makhzani, Shlens, Jaitly, Goodfellow, Frey, Adversarial
Autoencoders, 2015, https://arxiv.org/abs/1511.05644, figure 4. Both lie in the first two axes.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

COMPONENTS = 10
_RADIUS = 4.0
_LONG, _SHORT = 1.0, 0.2  # standard deviations away from the centre, and across
_TURNS = 1.5
_ROLL_RADIUS = 4.0
_ROLL_WIDTH = 0.1


def draw_gaussian(count: int, dimensions: int, generator: Generator | None = None) -> Tensor:
    """Return (count, dimensions) from the unit Gaussian, on the CPU."""
    return torch.randn(count, dimensions, generator=generator)


def draw_gaussian_mixture(components: Tensor, generator: Generator | None = None) -> Tensor:
    """Return a point (N, 2) of each component: ten Gaussians like petals around the origin.

    Args:
        components: (N,) int64 in [0, 10).
        generator: None for the global one.
    """
    noise = torch.randn(len(components), 2, generator=generator)
    along, across = _RADIUS + _LONG * noise[:, 0], _SHORT * noise[:, 1]
    angle = components * (2 * math.pi / COMPONENTS)
    return torch.stack(
        [
            along * angle.cos() - across * angle.sin(),
            along * angle.sin() + across * angle.cos(),
        ],
        dim=1,
    )


def draw_swiss_roll(components: Tensor, generator: Generator | None = None) -> Tensor:
    """Return a point (N, 2) of each tenth of a spiral, evenly along its length.

    Args:
        components: (N,) int64 in [0, 10): which tenth, counted from the inside.
        generator: None for the global one.
    """
    place = torch.rand(len(components), generator=generator)
    # The length of an Archimedean spiral grows about with the square of the angle.
    turn = ((components + place) / COMPONENTS).sqrt()
    angle, radius = turn * _TURNS * 2 * math.pi, turn * _ROLL_RADIUS
    noise = torch.randn(len(components), 2, generator=generator) * _ROLL_WIDTH
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1) + noise
