"""SegNet: only the places of the maxima cross from encoder to decoder.

Badrinarayanan, Kendall, Cipolla, SegNet: A Deep Convolutional Encoder-Decoder Architecture for
Image Segmentation, PAMI 2017, https://arxiv.org/abs/1511.00561

Axes: B pictures, C channels, H and W of the picture, K classes, F channels of the first stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, nn

from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.api.segmentation import SegmentationConfig
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.layers.convolution_block import Normalisation
from engine.layers.max_unpooling import max_pool_with_indices, max_unpool
from engine.layers.vgg_stages import VGG16_CONVOLUTIONS, convolutions, vgg_stages, vgg_widths
from engine.losses.class_weights import ClassWeighting
from engine.losses.segmentation_choices import (
    SegmentationLoss,
    class_weights_parameter,
    loss_parameter,
)


@dataclass(frozen=True, slots=True)
class SegnetConfig(Parameters):
    """Architecture of the network; `paper_config` has the one of the paper."""

    in_channels: int = parameter(3, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    classes: int = parameter(7, low=2, high=255, note="from the data")
    base_channels: int = parameter(16, low=4, high=128, unit="channels", note="64 in the paper")
    depth: int = parameter(3, low=1, high=5, unit="halvings", note="5 in the paper")
    normalisation: Normalisation = parameter("batch")
    loss: SegmentationLoss = loss_parameter()
    class_weights: ClassWeighting = class_weights_parameter()


def paper_config(in_channels: int = 3, classes: int = 11) -> SegnetConfig:
    """Return the network of the paper: 13 convolutions of VGG16 and their mirror image."""
    return SegnetConfig(
        in_channels=in_channels,
        classes=classes,
        base_channels=64,
        depth=5,
        class_weights="median-frequency",
    )


class SegnetOutput(NamedTuple):
    """What one forward pass yields."""

    logits: Tensor  # (B, K, H, W)


@MODELS.register(
    ModelCard(
        key="segnet",
        title="SegNet",
        task="segmentation",
        family="encoder-decoder",
        paper="https://arxiv.org/abs/1511.00561",
        summary="Remembers where each maximum was, and puts it back there on the way up.",
        config_type=SegnetConfig,
        options_type=SegmentationConfig,
        paper_config=paper_config(),
        is_trainable=True,
        objective="segmentation",
        recipe=TrainConfig(
            epochs=8, batch_size=16, learning_rate=3e-3, schedule="one-cycle", augment="none"
        ),
    )
)
class Segnet(nn.Module):
    """Images (B, C, H, W) in [0, 1] to logits of the same height and width, whatever they are."""

    def __init__(self, config: SegnetConfig) -> None:
        super().__init__()
        self.config = config
        widths = vgg_widths(config.base_channels, config.depth)
        counts = VGG16_CONVOLUTIONS[: config.depth]
        norm = config.normalisation
        self.encoder = vgg_stages(config.in_channels, widths, norm)
        leaves = [widths[0], *widths[:-1]]
        stages = list(zip(widths, leaves, counts, strict=True))
        self.decoder = nn.ModuleList(
            convolutions([a] * count + [b], norm) for a, b, count in reversed(stages[1:])
        )
        first, _, count = stages[0]
        # The convolution to the classes is the last of the decoder's, neither normalised nor cut.
        self.decoder.append(convolutions([first] * count, norm))
        self.head = nn.Conv2d(first, config.classes, 3, padding=1)

    def forward(self, images: Tensor) -> SegnetOutput:
        """Segment images; odd sides are rounded up by pooling and restored by unpooling."""
        features = images  # (B, C, H, W)
        remembered: list[tuple[Tensor, tuple[int, int]]] = []
        for stage in self.encoder:
            features = stage(features)  # as wide as the stage, same height and width
            size = (features.shape[-2], features.shape[-1])
            features, indices = max_pool_with_indices(features)  # half the height and width
            remembered.append((indices, size))
        for stage in self.decoder:
            features = stage(max_unpool(features, *remembered.pop()))  # the size before pooling
        return SegnetOutput(self.head(features))  # (B, F, H, W) -> (B, K, H, W)
