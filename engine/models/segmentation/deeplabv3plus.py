"""DeepLabv3+: atrous convolutions see far at a fine grid; a small decoder sharpens the borders.

Chen, Zhu, Papandreou, Schroff, Adam, Encoder-Decoder with Atrous Separable Convolution for
Semantic Image Segmentation, ECCV 2018, https://arxiv.org/abs/1802.02611

Axes: B pictures, C channels, H and W of the picture, K classes; F, A, L channels of the first
stage, the ASPP and the low-level features; shapes are those of output stride 16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.api.segmentation import SegmentationConfig
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.layers.atrous_spatial_pyramid_pooling import (
    AtrousSpatialPyramidPooling,
    pointwise,
    separable_convolution,
)
from engine.layers.convolution_block import Normalisation
from engine.layers.residual_backbone import RESNET_101, BackboneLayout, ResidualBackbone
from engine.losses.class_weights import ClassWeighting
from engine.losses.segmentation_choices import (
    SegmentationLoss,
    class_weights_parameter,
    loss_parameter,
)

_RATES = {16: (6, 12, 18), 8: (12, 24, 36)}  # section 4 of the paper, for pictures of 513 pixels


@dataclass(frozen=True, slots=True)
class Deeplabv3plusConfig(Parameters):
    """Architecture of the network; `paper_config` has the one with ResNet-101."""

    in_channels: int = parameter(3, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    classes: int = parameter(7, low=2, high=255, note="from the data")
    backbone: Literal["small", "resnet-101"] = parameter("small", note="what finds the features")
    base_channels: int = parameter(32, low=8, high=128, unit="channels", note="of the small one")
    aspp_channels: int = parameter(64, low=8, high=512, unit="channels", note="256 in the paper")
    low_level_channels: int = parameter(
        24, low=4, high=256, unit="channels", note="of the fine features; 48 in the paper"
    )
    output_stride: Literal["8", "16"] = parameter(
        "16", note="pixels between the coarsest features; 8 is finer and slower"
    )
    rates: Literal["paper", "half", "small"] = parameter(
        "half", note="paper: 6, 12, 18 at stride 16; half: 3, 6, 9; small: 1, 2, 4; twice at 8"
    )
    normalisation: Normalisation = parameter("batch")
    dropout: float = parameter(0.0, low=0.0, high=0.9, note="after the ASPP")
    loss: SegmentationLoss = loss_parameter()
    class_weights: ClassWeighting = class_weights_parameter()


def paper_config(in_channels: int = 3, classes: int = 21) -> Deeplabv3plusConfig:
    """Return the network of the paper with ResNet-101 (table 3)."""
    return Deeplabv3plusConfig(
        in_channels=in_channels,
        classes=classes,
        backbone="resnet-101",
        aspp_channels=256,
        low_level_channels=48,
        rates="paper",
        dropout=0.5,
    )


class Deeplabv3plusOutput(NamedTuple):
    """What one forward pass yields."""

    logits: Tensor  # (B, K, H, W)


@MODELS.register(
    ModelCard(
        key="deeplabv3plus",
        title="DeepLabv3+",
        task="segmentation",
        family="atrous convolution",
        paper="https://arxiv.org/abs/1802.02611",
        summary="Looks at several distances at once, then sharpens borders with fine features.",
        config_type=Deeplabv3plusConfig,
        options_type=SegmentationConfig,
        paper_config=paper_config(),
        is_trainable=True,
        objective="segmentation",
        recipe=TrainConfig(
            epochs=8, batch_size=16, learning_rate=3e-3, schedule="one-cycle", augment="none"
        ),
    )
)
class Deeplabv3plus(nn.Module):
    """Images (B, C, H, W) in [0, 1] to logits of the same height and width, whatever they are."""

    def __init__(self, config: Deeplabv3plusConfig) -> None:
        super().__init__()
        self.config = config
        layout = _layout(config)
        wide, norm = config.aspp_channels, config.normalisation
        self.backbone = ResidualBackbone(
            config.in_channels, layout, int(config.output_stride), norm
        )
        self.aspp = AtrousSpatialPyramidPooling(
            layout.widths[-1], wide, aspp_rates(config), norm, config.dropout
        )
        self.low_level = pointwise(layout.widths[0], config.low_level_channels, norm)
        self.decoder = nn.Sequential(
            separable_convolution(wide + config.low_level_channels, wide, 1, norm),
            separable_convolution(wide, wide, 1, norm),
        )
        self.head = nn.Conv2d(wide, config.classes, kernel_size=1)

    def forward(self, images: Tensor) -> Deeplabv3plusOutput:
        """Segment images; the logits of stride 4 are enlarged to the pictures' size."""
        low, deep = self.backbone(images)  # (B, F, H/4, W/4) and (B, 4 F, H/16, W/16)
        fine = self.low_level(low)  # (B, L, H/4, W/4)
        context = _enlarged(self.aspp(deep), fine)  # (B, A, H/16, W/16) -> (B, A, H/4, W/4)
        features = self.decoder(torch.cat([context, fine], dim=1))  # (B, A + L, …) -> (B, A, …)
        logits = self.head(features)  # (B, K, H/4, W/4)
        # One class after the other from here on: cheap to sort while the planes are small.
        return Deeplabv3plusOutput(_enlarged(logits.contiguous(), images))


def aspp_rates(config: Deeplabv3plusConfig) -> tuple[int, ...]:
    """Return the rates of the ASPP, in pixels of its own grid."""
    stride = int(config.output_stride)
    if config.rates == "small":
        return tuple(rate * 16 // stride for rate in (1, 2, 4))
    return tuple(rate // (2 if config.rates == "half" else 1) for rate in _RATES[stride])


def _layout(config: Deeplabv3plusConfig) -> BackboneLayout:
    if config.backbone == "resnet-101":
        return RESNET_101
    base = config.base_channels
    return BackboneLayout(base, (base, 2 * base, 4 * base), (1, 2, 3))


def _enlarged(features: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(
        features, size=like.shape[-2:], mode="bilinear", align_corners=False
    )
