"""U-Net: down to a coarse grid and up again, with the fine features handed across.

Ronneberger, Fischer, Brox, U-Net: Convolutional Networks for Biomedical Image Segmentation,
MICCAI 2015, https://arxiv.org/abs/1505.04597

Axes: B pictures, C channels, H and W of the picture, K classes; F channels of the
first stage, D halvings, S and T height and width of what the network itself is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.api.segmentation import SegmentationConfig
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.layers.convolution_block import Normalisation, convolution_block
from engine.losses.class_weights import ClassWeighting
from engine.losses.segmentation_choices import (
    SegmentationLoss,
    class_weights_parameter,
    loss_parameter,
)


@dataclass(frozen=True, slots=True)
class UnetConfig(Parameters):
    """Architecture of the network; `paper_config` has the one of figure 1."""

    in_channels: int = parameter(3, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    classes: int = parameter(7, low=2, high=255, note="from the data")
    base_channels: int = parameter(16, low=4, high=128, unit="channels", note="64 in the paper")
    depth: int = parameter(4, low=1, high=5, unit="halvings")
    convolutions: Literal["padded", "valid"] = parameter(
        "padded", note="valid: no border is invented, as in the paper; pictures are mirrored around"
    )
    normalisation: Normalisation = parameter("batch", note="none in the paper")
    dropout: float = parameter(0.0, low=0.0, high=0.9, note="at the end of the way down")
    loss: SegmentationLoss = loss_parameter()
    class_weights: ClassWeighting = class_weights_parameter()


def paper_config(in_channels: int = 1, classes: int = 2) -> UnetConfig:
    """Return the network of the paper's figure 1: 31 million parameters."""
    return UnetConfig(
        in_channels=in_channels,
        classes=classes,
        base_channels=64,
        convolutions="valid",
        normalisation="none",
        dropout=0.5,
    )


class UnetOutput(NamedTuple):
    """What one forward pass yields."""

    logits: Tensor  # (B, K, H, W)


@MODELS.register(
    ModelCard(
        key="unet",
        title="U-Net",
        task="segmentation",
        family="encoder-decoder",
        paper="https://arxiv.org/abs/1505.04597",
        summary="Goes down to see what is there, up again to say where, with shortcuts across.",
        config_type=UnetConfig,
        options_type=SegmentationConfig,
        paper_config=paper_config(),
        is_trainable=True,
        objective="segmentation",
        recipe=TrainConfig(
            epochs=8, batch_size=16, learning_rate=3e-3, schedule="one-cycle", augment="none"
        ),
    )
)
class Unet(nn.Module):
    """Images (B, C, H, W) in [0, 1] to logits of the same height and width, whatever they are."""

    def __init__(self, config: UnetConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.base_channels * 2**level for level in range(config.depth + 1)]
        self.down = nn.ModuleList(
            self._pair(a, b) for a, b in pairwise([config.in_channels, *widths])
        )
        self.dropout = nn.Dropout(config.dropout)
        self.enlarge = nn.ModuleList(
            nn.ConvTranspose2d(coarse, fine, kernel_size=2, stride=2)
            for fine, coarse in pairwise(widths)
        )
        self.up = nn.ModuleList(self._pair(2 * width, width) for width in widths[:-1])
        self.head = nn.Conv2d(widths[0], config.classes, kernel_size=1)

    def forward(self, images: Tensor) -> UnetOutput:
        """Segment images; what the network cannot take is mirrored around the border and cut."""
        height, width = images.shape[-2:]
        size = (self.input_side(height), self.input_side(width))
        before = ((size[0] - height) // 2, (size[1] - width) // 2)
        logits = self.network(_mirrored(images, before, size))
        top, left = ((logits.shape[-2] - height) // 2, (logits.shape[-1] - width) // 2)
        return UnetOutput(logits[..., top : top + height, left : left + width])

    def network(self, images: Tensor) -> Tensor:
        """Map (B, C, S, T) to logits: of that size when padded, smaller by a margin when valid.

        572 x 572 gives 388 x 388 with four halvings. Sides must halve evenly on every level.
        """
        skips = []
        features = images  # (B, C, S, T)
        for level, block in enumerate(self.down):  # l = level
            if level:
                features = functional.max_pool2d(features, 2)  # (B, 2^(l-1) F, S/2^l, T/2^l)
            features = block(features)  # (B, 2^l F, S/2^l, T/2^l)
            skips.append(features)
        features = self.dropout(skips.pop())  # the coarsest grid: (B, 2^D F, S/2^D, T/2^D)
        for block, enlarge in zip(reversed(self.up), reversed(self.enlarge), strict=True):
            larger = enlarge(features)  # half the channels on twice the grid
            joined = torch.cat([_centre(skips.pop(), larger), larger], dim=1)  # twice the channels
            features = block(joined)  # at last (B, F, S, T)
        logits: Tensor = self.head(features)  # (B, K, S, T)
        return logits

    def input_side(self, side: int) -> int:
        """Return the smallest side, in pixels, whose output covers `side` pixels evenly."""
        lost = 0 if self.config.convolutions == "padded" else 4  # by the two convolutions
        coarse = 1
        while (answer := self._grown(coarse, lost))[0] < side:
            coarse += 1
        return answer[1]

    def _grown(self, coarse: int, lost: int) -> tuple[int, int]:
        """Return the sides of output and input, where the coarsest grid ends up `coarse` wide."""
        output, needed = coarse, coarse + lost
        for _ in range(self.config.depth):
            output, needed = 2 * output - lost, 2 * needed + lost
        return output, needed

    def _pair(self, in_channels: int, out_channels: int) -> nn.Sequential:
        padding = 1 if self.config.convolutions == "padded" else 0
        normalisation = self.config.normalisation
        return nn.Sequential(
            convolution_block(
                in_channels, out_channels, padding=padding, normalisation=normalisation
            ),
            convolution_block(
                out_channels, out_channels, padding=padding, normalisation=normalisation
            ),
        )


def _centre(features: Tensor, like: Tensor) -> Tensor:
    """Cut the middle out of features, as large as `like`."""
    height, width = like.shape[-2:]
    top, left = (features.shape[-2] - height) // 2, (features.shape[-1] - width) // 2
    return features[..., top : top + height, left : left + width]


def _mirrored(images: Tensor, before: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """Extend images to height x width by mirrors at their borders, as often as it takes."""
    if images.shape[-2:] == size:
        return images
    rows = _mirror_indices(images.shape[-2], before[0], size[0], images.device)
    columns = _mirror_indices(images.shape[-1], before[1], size[1], images.device)
    return images[..., rows, :][..., columns]


def _mirror_indices(length: int, before: int, total: int, device: torch.device) -> Tensor:
    """0 1 2 3 2 1 0 1 …, so that the border pixel itself is not repeated."""
    period = max(1, 2 * (length - 1))
    position = (torch.arange(total, device=device) - before) % period
    return torch.minimum(position, period - position)
