"""DeconvNet: VGG16 down to a single column of features, and its mirror image back up.

Noh, Hong, Han, Learning Deconvolution Network for Semantic Segmentation, ICCV 2015,
https://arxiv.org/abs/1505.04366

Axes: B pictures, C channels, H and W of the picture, K classes, F channels of the first stage, N of
the hidden layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from torch import Tensor, nn
from torch.nn import functional

from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.api.segmentation import SegmentationConfig
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.layers.convolution_block import Normalisation, normalisation_layer
from engine.layers.max_unpooling import max_pool_with_indices, max_unpool
from engine.layers.vgg_stages import VGG16_CONVOLUTIONS, vgg_stages, vgg_widths
from engine.losses.class_weights import ClassWeighting
from engine.losses.segmentation_choices import (
    SegmentationLoss,
    class_weights_parameter,
    loss_parameter,
)


@dataclass(frozen=True, slots=True)
class DeconvnetConfig(Parameters):
    """Architecture of the network; `paper_config` has the one of the paper."""

    in_channels: int = parameter(3, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    classes: int = parameter(7, low=2, high=255, note="from the data")
    base_channels: int = parameter(16, low=4, high=64, unit="channels", note="64 in the paper")
    depth: int = parameter(3, low=1, high=5, unit="halvings", note="5 in the paper")
    hidden_channels: int = parameter(
        128, low=8, high=4096, unit="channels", note="of the bottleneck; 4096 in the paper"
    )
    bottleneck_kernel: Literal["3", "7"] = parameter(
        "3", note="side of the grid that one column of the bottleneck sees; 7 in the paper"
    )
    normalisation: Normalisation = parameter("batch")
    loss: SegmentationLoss = loss_parameter()
    class_weights: ClassWeighting = class_weights_parameter()


def paper_config(in_channels: int = 3, classes: int = 21) -> DeconvnetConfig:
    """Return the network of the paper: 224 x 224 pixels to 1 x 1 x 4096 and back."""
    return DeconvnetConfig(
        in_channels=in_channels,
        classes=classes,
        base_channels=64,
        depth=5,
        hidden_channels=4096,
        bottleneck_kernel="7",
    )


class DeconvnetOutput(NamedTuple):
    """What one forward pass yields."""

    logits: Tensor  # (B, K, H, W)


@MODELS.register(
    ModelCard(
        key="deconvnet",
        title="DeconvNet",
        task="segmentation",
        family="encoder-decoder",
        paper="https://arxiv.org/abs/1505.04366",
        summary="Squeezes the picture into one column of features and unfolds it again, "
        "putting each maximum back where it was.",
        config_type=DeconvnetConfig,
        options_type=SegmentationConfig,
        paper_config=paper_config(),
        is_trainable=True,
        objective="segmentation",
        recipe=TrainConfig(
            epochs=8, batch_size=16, learning_rate=3e-3, schedule="one-cycle", augment="none"
        ),
    )
)
class Deconvnet(nn.Module):
    """Images (B, C, H, W) in [0, 1] to logits of the same height and width, whatever they are.

    Pictures smaller than the bottleneck's grid are padded; in larger ones the bottleneck slides.
    """

    def __init__(self, config: DeconvnetConfig) -> None:
        super().__init__()
        self.config = config
        widths = vgg_widths(config.base_channels, config.depth)
        counts = VGG16_CONVOLUTIONS[: config.depth]
        norm, hidden = config.normalisation, config.hidden_channels
        side = int(config.bottleneck_kernel)
        self.encoder = vgg_stages(config.in_channels, widths, norm)
        self.bottleneck = nn.Sequential(
            _normalised(nn.Conv2d(widths[-1], hidden, side, bias=norm == "none"), hidden, norm),
            _normalised(nn.Conv2d(hidden, hidden, 1, bias=norm == "none"), hidden, norm),
            _normalised(
                nn.ConvTranspose2d(hidden, widths[-1], side, bias=norm == "none"), widths[-1], norm
            ),
        )
        leaves = [widths[0], *widths[:-1]]
        self.decoder = nn.ModuleList(
            nn.Sequential(*(_deconvolution(x, y, norm) for x, y in pairwise([a] * n + [b])))
            for a, b, n in reversed(list(zip(widths, leaves, counts, strict=True)))
        )
        self.head = nn.Conv2d(widths[0], config.classes, 1)

    def forward(self, images: Tensor) -> DeconvnetOutput:
        """Segment images."""
        height, width = images.shape[-2:]
        least = int(self.config.bottleneck_kernel) * 2**self.config.depth
        padding = (0, max(0, least - width), 0, max(0, least - height))
        features = functional.pad(images, padding, mode="replicate")
        remembered: list[tuple[Tensor, tuple[int, int]]] = []
        for stage in self.encoder:
            features = stage(features)  # as wide as the stage, same height and width
            size = (features.shape[-2], features.shape[-1])
            features, indices = max_pool_with_indices(features)  # half the height and width
            remembered.append((indices, size))
        features = self.bottleneck(features)  # through (B, N, 1, 1) where the grid is its kernel
        for stage in self.decoder:
            features = stage(max_unpool(features, *remembered.pop()))  # the size before pooling
        return DeconvnetOutput(self.head(features)[..., :height, :width])  # (B, K, H, W)


def _deconvolution(
    in_channels: int, out_channels: int, normalisation: Normalisation
) -> nn.Sequential:
    """3 x 3 transposed convolution (B, in, H, W) -> (B, out, H, W), normalised, ReLU."""
    layer = nn.ConvTranspose2d(
        in_channels, out_channels, 3, padding=1, bias=normalisation == "none"
    )
    return _normalised(layer, out_channels, normalisation)


def _normalised(layer: nn.Module, channels: int, normalisation: Normalisation) -> nn.Sequential:
    return nn.Sequential(layer, normalisation_layer(normalisation, channels), nn.ReLU(inplace=True))
