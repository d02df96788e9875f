"""Conditional GAN: generator and discriminator are both conditioned on the class.

Mirza, Osindero, Conditional Generative Adversarial Nets, 2014, https://arxiv.org/abs/1411.1784;
the networks are those of DCGAN.

Axes: B pictures, C channels, S side of the square picture, Z latent axes, K classes, E numbers
that a class is embedded as.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.layers.adversarial_model import AdversarialModel
from engine.models.generation.dcgan import DcganDiscriminator, DcganGenerator


@dataclass(frozen=True, slots=True)
class ConditionalGanConfig(Parameters):
    """Sizes of generator and discriminator."""

    in_channels: int = parameter(1, low=1, high=3, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    classes: int = parameter(10, low=2, high=255, note="from the data")
    latent_dimensions: int = parameter(64, low=1, high=512, unit="axes", note="numbers of noise")
    embedding: int = parameter(16, low=1, high=256, unit="numbers", note="that stand for a class")
    base_channels: int = parameter(
        32, low=4, high=256, unit="channels", note="at half the side; doubled at each halving"
    )


class _Generator(nn.Module):
    """Latents (B, Z) and classes (B,) to pictures, values in [-1, 1]."""

    def __init__(self, config: ConditionalGanConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.classes, config.embedding)
        size = (config.in_channels, config.image_size, config.base_channels)
        self.network = DcganGenerator(config.latent_dimensions + config.embedding, *size)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        inputs = torch.cat([latents, self.embedding(labels)], dim=1)  # (B, Z + E)
        pictures: Tensor = self.network(inputs)  # (B, C, S, S)
        return pictures


class _Discriminator(nn.Module):
    """Pictures and classes (B,) to logits (B,); the class comes as a further channel."""

    def __init__(self, config: ConditionalGanConfig) -> None:
        super().__init__()
        side = config.image_size
        self.class_map = nn.Embedding(config.classes, side**2)
        self.network = DcganDiscriminator(config.in_channels + 1, side, config.base_channels)

    def forward(self, pictures: Tensor, labels: Tensor) -> Tensor:
        maps = self.class_map(labels).view(len(pictures), 1, *pictures.shape[2:])  # (B, 1, S, S)
        logits: Tensor = self.network(torch.cat([pictures, maps], dim=1))  # (B,)
        return logits


@MODELS.register(
    ModelCard(
        key="conditional-gan",
        title="Conditional GAN",
        task="generation",
        family="adversarial",
        paper="https://arxiv.org/abs/1411.1784",
        summary="Makes the class that is asked for, since the discriminator knows it too.",
        config_type=ConditionalGanConfig,
        is_trainable=True,
        objective="conditional-adversarial",
        recipe=TrainConfig(
            epochs=40,
            batch_size=64,
            learning_rate=2e-4,
            optimiser="adam",
            schedule="constant",
            weight_decay=0.0,
            precision="float32",
        ),
    )
)
class ConditionalGan(AdversarialModel):
    """DCGAN conditioned on a class; where none is given, class 0 is meant."""

    def __init__(self, config: ConditionalGanConfig) -> None:
        super().__init__()
        self.config = config
        self.latent_dimensions = config.latent_dimensions
        self.label_count = config.classes
        self.generator = _Generator(config)
        self.discriminator = _Discriminator(config)

    def make(self, network: nn.Module, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) in [0, 1] that a generator makes of latents (B, Z)."""
        pictures: Tensor = network(latents, _given(labels, latents))  # in [-1, 1]
        return (pictures + 1) / 2

    def judge(self, network: nn.Module, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the logit (B,) of "real, and of this class" for images (B, C, S, S)."""
        logits: Tensor = network(2 * images - 1, _given(labels, images))
        return logits


def _given(labels: Tensor | None, like: Tensor) -> Tensor:
    if labels is None:
        return torch.zeros(len(like), dtype=torch.int64, device=like.device)
    return labels.clamp(min=0)
