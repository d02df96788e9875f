"""Conditional GAN: forger and critic are both told which class is asked for.

Mirza, Osindero, Conditional Generative Adversarial Nets, 2014, https://arxiv.org/abs/1411.1784;
the networks are those of DCGAN.

Axes: B pictures, C channels, S side of the square picture, Z latent axes, K classes, E numbers
that a class is embedded as.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from engine.api.models import ModelCard
from engine.api.parameters import parameter, validate
from engine.api.training import TrainConfig
from engine.core.latent_model import Prior
from engine.core.registry import MODELS
from engine.layers.adversarial_networks import ConvolutionalDiscriminator, ConvolutionalGenerator


@dataclass(frozen=True, slots=True)
class ConditionalGanConfig:
    """Sizes of generator and discriminator."""

    in_channels: int = parameter(1, low=1, high=3, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    classes: int = parameter(10, low=2, high=255, note="from the data")
    latent_dimensions: int = parameter(64, low=1, high=512, unit="axes", note="numbers of noise")
    embedding: int = parameter(16, low=1, high=256, unit="numbers", note="that stand for a class")
    base_channels: int = parameter(
        32, low=4, high=256, unit="channels", note="at half the side; doubled at each halving"
    )

    def __post_init__(self) -> None:
        validate(self)


class ConditionalGanOutput(NamedTuple):
    """What one forward pass yields."""

    scores: Tensor  # (B,), probability that a picture is real and of its class


class _Forger(nn.Module):
    """Latents (B, Z) and classes (B,) to pictures, values in [-1, 1]."""

    def __init__(self, config: ConditionalGanConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.classes, config.embedding)
        size = (config.in_channels, config.image_size, config.base_channels)
        self.network = ConvolutionalGenerator(config.latent_dimensions + config.embedding, *size)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        pictures: Tensor = self.network(torch.cat([latents, self.embedding(labels)], dim=1))
        return pictures


class _Critic(nn.Module):
    """Pictures and classes (B,) to logits (B,); the class comes as a further channel."""

    def __init__(self, config: ConditionalGanConfig) -> None:
        super().__init__()
        side = config.image_size
        self.class_map = nn.Embedding(config.classes, side**2)
        self.network = ConvolutionalDiscriminator(
            config.in_channels + 1, side, config.base_channels
        )

    def forward(self, pictures: Tensor, labels: Tensor) -> Tensor:
        maps = self.class_map(labels).view(len(pictures), 1, *pictures.shape[2:])
        logits: Tensor = self.network(torch.cat([pictures, maps], dim=1))
        return logits


@MODELS.register(
    ModelCard(
        key="conditional-gan",
        title="Conditional GAN",
        task="generation",
        family="adversarial",
        paper="https://arxiv.org/abs/1411.1784",
        summary="Makes the class that is asked for, since the critic knows what was asked.",
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
class ConditionalGan(nn.Module):
    """DCGAN with a class; where none is told, class 0 is meant."""

    prior: Prior = "gaussian"

    def __init__(self, config: ConditionalGanConfig) -> None:
        super().__init__()
        self.config = config
        self.latent_dimensions = config.latent_dimensions
        self.label_count = config.classes
        self.generator = _Forger(config)
        self.discriminator = _Critic(config)

    def make(self, network: nn.Module, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) in [0, 1] that a generator makes of latents (B, Z)."""
        pictures: Tensor = network(latents, _told(labels, latents))
        return (pictures + 1) / 2

    def judge(self, network: nn.Module, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the logit (B,) of "real, and of this class" for images (B, C, S, S)."""
        logits: Tensor = network(2 * images - 1, _told(labels, images))
        return logits

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) in [0, 1] of latents (B, Z) and classes (B,)."""
        return self.make(self.generator, latents, labels)

    def draw(self, count: int, generator: Generator | None = None) -> Tensor:
        """Return latents (count, Z) from the unit Gaussian."""
        return torch.randn(count, self.latent_dimensions, generator=generator)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> ConditionalGanOutput:
        """Judge images (B, C, S, S) of classes (B,)."""
        return ConditionalGanOutput(self.judge(self.discriminator, images, labels).sigmoid())


def _told(labels: Tensor | None, like: Tensor) -> Tensor:
    if labels is None:
        return torch.zeros(len(like), dtype=torch.int64, device=like.device)
    return labels.clamp(min=0)
