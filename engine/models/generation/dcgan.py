"""DCGAN: the forger paints coarse to fine with transposed convolutions, the critic looks back.

Radford, Metz, Chintala, Unsupervised Representation Learning with Deep Convolutional Generative
Adversarial Networks, ICLR 2016, https://arxiv.org/abs/1511.06434

Axes: B pictures, C channels, S side of the square picture, Z latent axes.
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
class DcganConfig:
    """Sizes of generator and discriminator."""

    in_channels: int = parameter(1, low=1, high=3, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    latent_dimensions: int = parameter(64, low=1, high=512, unit="axes", note="numbers of noise")
    base_channels: int = parameter(
        32, low=4, high=256, unit="channels", note="at half the side; doubled at each halving"
    )

    def __post_init__(self) -> None:
        validate(self)


def paper_config() -> DcganConfig:
    """Return the network of the paper's figure 1: 64 x 64 in colour, 100 axes, 128 to 1024."""
    return DcganConfig(in_channels=3, image_size=64, latent_dimensions=100, base_channels=128)


class DcganOutput(NamedTuple):
    """What one forward pass yields."""

    scores: Tensor  # (B,), probability that a picture is real, as the discriminator sees it


@MODELS.register(
    ModelCard(
        key="dcgan",
        title="DCGAN",
        task="generation",
        family="adversarial",
        paper="https://arxiv.org/abs/1511.06434",
        summary="A forger that paints coarse to fine, and a critic that looks fine to coarse.",
        config_type=DcganConfig,
        paper_config=paper_config(),
        is_trainable=True,
        objective="adversarial",
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
class Dcgan(nn.Module):
    """Latents of the unit Gaussian to pictures; the paper's are uniform."""

    prior: Prior = "gaussian"
    label_count = 0

    def __init__(self, config: DcganConfig) -> None:
        super().__init__()
        self.config = config
        self.latent_dimensions = config.latent_dimensions
        size = (config.in_channels, config.image_size, config.base_channels)
        self.generator = ConvolutionalGenerator(config.latent_dimensions, *size)
        self.discriminator = ConvolutionalDiscriminator(*size)

    def make(self, network: nn.Module, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) in [0, 1] that a generator makes of latents (B, Z)."""
        pictures: Tensor = network(latents)
        return (pictures + 1) / 2

    def judge(self, network: nn.Module, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the logit (B,) of "real" that a discriminator gives images (B, C, S, S)."""
        logits: Tensor = network(2 * images - 1)
        return logits

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) in [0, 1] of latents (B, Z)."""
        return self.make(self.generator, latents, labels)

    def growth(self, latents: Tensor) -> list[Tensor]:
        """Return what each stage of the generator makes of latents (B, Z), coarsest first.

        The last is the picture, values in [-1, 1]; the others are feature maps, 0 and above.
        """
        return self.generator.growth(latents)

    def draw(self, count: int, generator: Generator | None = None) -> Tensor:
        """Return latents (count, Z) from the unit Gaussian."""
        return torch.randn(count, self.latent_dimensions, generator=generator)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> DcganOutput:
        """Judge images (B, C, S, S)."""
        return DcganOutput(self.judge(self.discriminator, images, labels).sigmoid())
