"""Convolution, normalisation, rectifier: the brick of most networks here."""

from __future__ import annotations

from typing import Literal

from torch import nn

Normalisation = Literal["batch", "group", "none"]


def convolution_block(
    in_channels: int,
    out_channels: int,
    stride: int = 1,
    padding: int = 1,
    normalisation: Normalisation = "batch",
) -> nn.Sequential:
    """3 x 3 convolution (B, in, H, W) -> (B, out, H / stride, W / stride), normalised, ReLU.

    Without normalisation the convolution has a bias; with it the bias would be taken out again.
    """
    convolution = nn.Conv2d(
        in_channels, out_channels, 3, stride, padding, bias=normalisation == "none"
    )
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
    parts: list[nn.Module] = [convolution]
    if normalisation != "none":
        parts.append(normalisation_layer(normalisation, out_channels))
    return nn.Sequential(*parts, nn.ReLU(inplace=True))


def normalisation_layer(normalisation: Normalisation, channels: int) -> nn.Module:
    """Batch normalisation, or group normalisation in groups of eight channels where it divides.

    Group normalisation does not mix pictures: it suits small batches and several processes.
    """
    if normalisation == "none":
        return nn.Identity()
    if normalisation == "batch":
        return nn.BatchNorm2d(channels)
    return nn.GroupNorm(max(1, channels // 8) if channels % 8 == 0 else 1, channels)
