"""A small convolutional classifier, in the manner of LeNet with today's parts.

LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition, 1998,
http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf

Axes: B pictures, C channels, H and W of the picture, K classes, F = 4 x base_channels features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, nn

from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.layers.convolution_block import Normalisation, convolution_block


@dataclass(frozen=True, slots=True)
class ClassifierSmallConfig(Parameters):
    """Architecture of the classifier."""

    in_channels: int = parameter(1, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    classes: int = parameter(10, low=2, high=10_000, note="from the data")
    base_channels: int = parameter(32, low=4, high=256, unit="channels")
    normalisation: Normalisation = parameter("batch")
    dropout: float = parameter(0.2, low=0.0, high=0.9, note="share of features left out at random")


class ClassifierOutput(NamedTuple):
    """What one forward pass yields."""

    logits: Tensor  # (B, K)
    features: Tensor  # (B, F), what the last layer sees


@MODELS.register(
    ModelCard(
        key="classifier-small",
        title="Small classifier",
        task="classification",
        family="convolutional classifier",
        paper="http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf",
        summary="Six convolutions, each pair followed by a halving, then an average and a vote.",
        config_type=ClassifierSmallConfig,
        is_trainable=True,
        objective="classification",
        recipe=TrainConfig(
            epochs=10,
            batch_size=64,
            learning_rate=3e-3,
            schedule="one-cycle",
            weight_decay=1e-2,
            augment="gentle",
        ),
    )
)
class ClassifierSmall(nn.Module):
    """Images (B, C, H, W) in [0, 1], sides of 8 pixels or more, to logits and features."""

    def __init__(self, config: ClassifierSmallConfig) -> None:
        super().__init__()
        self.config = config
        width = config.base_channels
        self.backbone = nn.Sequential(
            *self._pair(config.in_channels, width),
            nn.MaxPool2d(2),
            *self._pair(width, 2 * width),
            nn.MaxPool2d(2),
            *self._pair(2 * width, 4 * width),
        )
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(4 * width, config.classes)

    def forward(self, images: Tensor) -> ClassifierOutput:
        """Classify images; the average over positions accepts any size."""
        maps = self.backbone(2 * images - 1)  # (B, F, H/4, W/4)
        features = maps.mean(dim=(2, 3))  # (B, F)
        return ClassifierOutput(self.head(self.dropout(features)), features)  # (B, K)

    def _pair(self, in_channels: int, out_channels: int) -> tuple[nn.Module, nn.Module]:
        normalisation = self.config.normalisation
        return (
            convolution_block(in_channels, out_channels, normalisation=normalisation),
            convolution_block(out_channels, out_channels, normalisation=normalisation),
        )
