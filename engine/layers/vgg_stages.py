"""The convolutions of VGG16, in stages between which features are pooled.

Simonyan, Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015,
https://arxiv.org/abs/1409.1556, configuration D.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from engine.layers.convolution_block import Normalisation, convolution_block

VGG16_CONVOLUTIONS = (2, 2, 3, 3, 3)
"""In each stage."""

_WIDEST = 8  # times the first: the last two stages are as wide as each other


def vgg_widths(base_channels: int, depth: int = 5) -> list[int]:
    """Return the channels of each stage: doubled from one to the next, and equal in the last."""
    return [base_channels * min(2**level, _WIDEST) for level in range(depth)]


def vgg_stages(
    in_channels: int, widths: Sequence[int], normalisation: Normalisation
) -> nn.ModuleList:
    """Return the stages (B, in_channels, H, W) -> (B, widths[-1], H, W), without any pooling."""
    entries = pairwise([in_channels, *widths])
    return nn.ModuleList(
        convolutions([first] + [width] * count, normalisation)
        for (first, width), count in zip(entries, VGG16_CONVOLUTIONS, strict=False)
    )


def convolutions(channels: Sequence[int], normalisation: Normalisation) -> nn.Sequential:
    """Return convolution blocks one after the other, from each number of channels to the next."""
    return nn.Sequential(
        *(convolution_block(a, b, normalisation=normalisation) for a, b in pairwise(channels))
    )
