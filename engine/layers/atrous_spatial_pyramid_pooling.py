"""Atrous separable convolutions, and atrous spatial pyramid pooling (ASPP), several rates at once.

Chen, Papandreou, Schroff, Adam, https://arxiv.org/abs/1706.05587 (ASPP, image pooling);
Chen et al., ECCV 2018, https://arxiv.org/abs/1802.02611 (separable).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.layers.convolution_block import Normalisation, normalisation_layer


def separable_convolution(
    in_channels: int, out_channels: int, rate: int = 1, normalisation: Normalisation = "batch"
) -> nn.Sequential:
    """3 x 3 with holes in each channel, then 1 x 1 across: (B, in, H, W) -> (B, out, H, W).

    A rate of r leaves r - 1 pixels between taps: the reach is 2 r + 1 pixels.
    """
    bias = normalisation == "none"
    depthwise = nn.Conv2d(
        in_channels, in_channels, 3, padding=rate, dilation=rate, groups=in_channels, bias=bias
    )
    return nn.Sequential(
        depthwise,
        normalisation_layer(normalisation, in_channels),
        nn.ReLU(inplace=True),
        *pointwise(in_channels, out_channels, normalisation),
    )


def pointwise(
    in_channels: int, out_channels: int, normalisation: Normalisation = "batch"
) -> nn.Sequential:
    """1 x 1 convolution (B, in, H, W) -> (B, out, H, W), normalised, ReLU."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, bias=normalisation == "none"),
        normalisation_layer(normalisation, out_channels),
        nn.ReLU(inplace=True),
    )


class AtrousSpatialPyramidPooling(nn.Module):
    """Several rates side by side, and the picture's mean: (B, in, H, W) -> (B, out, H, W)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        rates: tuple[int, ...],
        normalisation: Normalisation = "batch",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            [
                pointwise(in_channels, out_channels, normalisation),
                *(
                    separable_convolution(in_channels, out_channels, rate, normalisation)
                    for rate in rates
                ),
            ]
        )
        # One value a channel and picture: too few to normalise over in a small batch.
        self.image_pooling = pointwise(in_channels, out_channels, "none")
        joined = (len(rates) + 2) * out_channels
        self.project = nn.Sequential(
            pointwise(joined, out_channels, normalisation), nn.Dropout(dropout)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Look at every scale and mix what they say."""
        scales = [branch(features) for branch in self.branches]  # each (B, out, H, W)
        pooled = self.image_pooling(features.mean(dim=(2, 3), keepdim=True))  # (B, out, 1, 1)
        scales.append(pooled.expand(-1, -1, *features.shape[-2:]))  # (B, out, H, W)
        answer: Tensor = self.project(torch.cat(scales, dim=1))  # (B, out, H, W)
        return answer
