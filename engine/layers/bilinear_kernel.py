"""Transposed convolutions that begin as bilinear enlargement.

Long, Shelhamer, Darrell, CVPR 2015, https://arxiv.org/abs/1411.4038
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def bilinear_kernel(factor: int) -> Tensor:
    """Return the (2 f, 2 f) weights by which an even factor f enlarges bilinearly."""
    distance = (torch.arange(2 * factor) - (factor - 0.5)).abs() / factor
    line = 1 - distance
    return line[:, None] * line[None, :]


def bilinear_enlargement(channels: int, factor: int) -> nn.ConvTranspose2d:
    """(B, C, H, W) -> (B, C, f H, f W) for an even factor f, each channel for itself at first.

    Within half a factor of the border it darkens: there is nothing outside to mix with.
    """
    layer = nn.ConvTranspose2d(
        channels, channels, 2 * factor, stride=factor, padding=factor // 2, bias=False
    )
    with torch.no_grad():
        layer.weight.zero_()
        for channel in range(channels):
            layer.weight[channel, channel] = bilinear_kernel(factor)
    return layer
