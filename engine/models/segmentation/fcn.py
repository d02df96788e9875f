"""FCN-32s, FCN-16s, FCN-8s: a classifier slid over the picture, its coarse answer enlarged.

Long, Shelhamer, Darrell, Fully Convolutional Networks for Semantic Segmentation, CVPR 2015,
https://arxiv.org/abs/1411.4038

Axes: B pictures, C channels, H and W of the picture, K classes, F channels of the first stage, N of
the hidden layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from torch import Tensor, nn
from torch.nn import functional

from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.api.segmentation import SegmentationConfig
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.layers.bilinear_kernel import bilinear_enlargement
from engine.layers.convolution_block import Normalisation
from engine.layers.vgg16_weights import convolutions, fully_connected, is_vgg
from engine.layers.vgg_stages import VGG16_CONVOLUTIONS, vgg_stages, vgg_widths
from engine.losses.class_weights import ClassWeighting
from engine.losses.segmentation_choices import (
    SegmentationLoss,
    class_weights_parameter,
    loss_parameter,
)


@dataclass(frozen=True, slots=True)
class FcnConfig(Parameters):
    """Architecture of the network; `paper_config` has the one of the paper."""

    in_channels: int = parameter(3, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    classes: int = parameter(7, low=2, high=255, note="from the data")
    base_channels: int = parameter(16, low=4, high=64, unit="channels", note="64 in the paper")
    hidden_channels: int = parameter(
        128, low=8, high=4096, unit="channels", note="of the former fully connected layers; 4096"
    )
    first_kernel: Literal["3", "7"] = parameter(
        "3", note="side of the first former fully connected layer; 7 in the paper"
    )
    normalisation: Normalisation = parameter("batch", note="none in the paper")
    dropout: float = parameter(0.0, low=0.0, high=0.9, note="0.5 in the paper")
    loss: SegmentationLoss = loss_parameter()
    class_weights: ClassWeighting = class_weights_parameter()


def paper_config(in_channels: int = 3, classes: int = 21) -> FcnConfig:
    """Return the network on VGG16: 134 million weights."""
    return FcnConfig(
        in_channels=in_channels,
        classes=classes,
        base_channels=64,
        hidden_channels=4096,
        first_kernel="7",
        normalisation="none",
        dropout=0.5,
    )


class FcnOutput(NamedTuple):
    """What one forward pass yields."""

    logits: Tensor  # (B, K, H, W)


class Fcn(nn.Module):
    """Images (B, C, H, W) in [0, 1] to logits of the same height and width, whatever they are.

    Pictures are padded to multiples of 32 pixels instead of by 100, as the original has it: the
    grids of all stages then lie upon one another without cropping.
    """

    skips: tuple[int, ...] = ()
    """Indices of the stages whose features are scored too, from coarse to fine."""

    def __init__(self, config: FcnConfig) -> None:
        super().__init__()
        self.config = config
        widths = vgg_widths(config.base_channels)
        norm, hidden = config.normalisation, config.hidden_channels
        self.stages = vgg_stages(config.in_channels, widths, norm)
        side = int(config.first_kernel)
        self.first = nn.Conv2d(widths[-1], hidden, side, padding=side // 2)
        self.second = nn.Conv2d(hidden, hidden, 1)
        self.dropout = nn.Dropout2d(config.dropout)
        self.score = nn.Conv2d(hidden, config.classes, 1)
        self.skip_scores = nn.ModuleList(
            nn.Conv2d(widths[stage], config.classes, 1) for stage in self.skips
        )
        for layer in self.skip_scores:
            assert isinstance(layer, nn.Conv2d)
            assert layer.bias is not None
            nn.init.zeros_(layer.weight)  # at first the answer is the coarse one, as in the paper
            nn.init.zeros_(layer.bias)
        self.twice = nn.ModuleList(bilinear_enlargement(config.classes, 2) for _ in self.skips)
        self.enlarge = bilinear_enlargement(config.classes, 32 // 2 ** len(self.skips))

    def from_backbone(self, found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return torchvision's VGG16 by the names that its layers have here, others as they are.

        The convolutions, and the first two fully connected layers as convolutions.
        """
        if not is_vgg(found):
            return found
        named: dict[str, Tensor] = {}
        places = [(s, c) for s, count in enumerate(VGG16_CONVOLUTIONS) for c in range(count)]
        for (stage, place), layer in zip(places, convolutions(found), strict=False):
            for name, tensor in layer.items():
                part = f"1.{name[5:]}" if name.startswith("norm.") else f"0.{name}"
                named[f"stages.{stage}.{place}.{part}"] = tensor
        side = int(self.config.first_kernel)
        for layer_name, layer in zip(
            ("first", "second"), fully_connected(found, side), strict=False
        ):
            named |= {f"{layer_name}.{name}": tensor for name, tensor in layer.items()}
        return named

    def forward(self, images: Tensor) -> FcnOutput:
        """Segment images: score the coarsest grid, add finer scores, enlarge to the pictures."""
        height, width = images.shape[-2:]
        # From here on H and W are the next multiples of 32.
        features = functional.pad(images, (0, -width % 32, 0, -height % 32), mode="replicate")
        pooled = []
        for stage in self.stages:
            features = functional.max_pool2d(stage(features), 2)
            pooled.append(features)  # (B, F, H/2, W/2), …, (B, 8 F, H/32, W/32)
        features = self.dropout(functional.relu(self.first(features)))  # (B, N, H/32, W/32)
        features = self.dropout(functional.relu(self.second(features)))  # (B, N, H/32, W/32)
        scores = self.score(features)  # (B, K, H/32, W/32)
        for index, twice, score in zip(self.skips, self.twice, self.skip_scores, strict=True):
            scores = twice(scores) + score(pooled[index])  # (B, K, H/16, W/16), then H/8, W/8
        return FcnOutput(self.enlarge(scores)[..., :height, :width])  # (B, K, H, W), cut


def _card(key: str, title: str, summary: str) -> ModelCard:
    return ModelCard(
        key=key,
        title=title,
        task="segmentation",
        family="fully convolutional",
        paper="https://arxiv.org/abs/1411.4038",
        summary=summary,
        config_type=FcnConfig,
        options_type=SegmentationConfig,
        paper_config=paper_config(),
        is_trainable=True,
        objective="segmentation",
        recipe=TrainConfig(
            epochs=8, batch_size=16, learning_rate=2e-3, schedule="one-cycle", augment="none"
        ),
    )


@MODELS.register(_card("fcn32s", "FCN-32s", "Enlarges the coarse answer 32 times, in one go."))
class Fcn32s(Fcn):
    """No skips: blobs where things are."""


@MODELS.register(_card("fcn16s", "FCN-16s", "Adds scores of stride 16 to the coarse answer."))
class Fcn16s(Fcn):
    """One skip, from the fourth stage."""

    skips = (3,)


@MODELS.register(_card("fcn8s", "FCN-8s", "Adds scores of strides 16 and 8 to the coarse answer."))
class Fcn8s(Fcn):
    """Two skips, from the fourth and the third stage."""

    skips = (3, 2)
