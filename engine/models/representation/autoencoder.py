"""Autoencoders: a picture becomes a few numbers, and a picture again.

Hinton, Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 2006,
https://www.cs.toronto.edu/~hinton/absps/science.pdf. The layout `course` is that of Fleuret's
lecture notes, https://fleuret.org/dlc/

Axes: B pictures, C channels, S side of the square picture, Z latent axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Generator, Tensor, nn

from engine.api.errors import ConfigError
from engine.api.models import ModelCard
from engine.api.parameters import parameter
from engine.api.training import TrainConfig
from engine.core.latent_model import Prior
from engine.core.registry import MODELS
from engine.layers.latent_networks import (
    Layout,
    NetworkShape,
    PictureCodeConfig,
    PictureDecoder,
    PictureEncoder,
)


@dataclass(frozen=True, slots=True)
class AutoencoderConfig(PictureCodeConfig):
    """Architecture of the autoencoder."""

    latent_dimensions: int = parameter(8, low=1, high=512, unit="axes", note="length of the code")
    layout: Layout = parameter(
        "convolutional",
        note="linear: no rectifier anywhere; course: 1-32-32-32-32 without padding, 28 px",
    )


class AutoencoderOutput(NamedTuple):
    """What one forward pass yields."""

    reconstruction: Tensor  # (B, C, S, S), about [0, 1]
    latents: Tensor  # (B, Z)


@MODELS.register(
    ModelCard(
        key="autoencoder",
        title="Autoencoder",
        task="representation",
        family="autoencoder",
        paper="https://www.cs.toronto.edu/~hinton/absps/science.pdf",
        summary="Squeezes a picture through a few numbers, and learns to undo it.",
        config_type=AutoencoderConfig,
        is_trainable=True,
        objective="reconstruction",
        recipe=TrainConfig(
            epochs=30,
            batch_size=64,
            learning_rate=3e-3,
            schedule="one-cycle",
            weight_decay=0.0,
            precision="float32",
        ),
    )
)
class Autoencoder(nn.Module):
    """An encoder, a code, and the mirror image of the encoder."""

    prior: Prior = "none"
    label_count = 0

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.latent_dimensions = config.latent_dimensions
        shape = NetworkShape.of(config)
        self.encoder = PictureEncoder(shape, config.latent_dimensions)
        self.decoder = PictureDecoder(shape, config.latent_dimensions)

    def forward(self, images: Tensor) -> AutoencoderOutput:
        """Encode and decode images (B, C, S, S)."""
        latents = self.encode(images)  # (B, Z)
        return AutoencoderOutput(self.decode(latents), latents)

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the codes (B, Z) of images (B, C, S, S) in [0, 1]."""
        codes: Tensor = self.encoder(images)
        return codes

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) of codes (B, Z); values may leave [0, 1] a little."""
        pictures: Tensor = self.decoder(latents)
        return pictures

    def draw(self, count: int, generator: Generator | None = None) -> Tensor:
        """Raise ConfigError: nothing shapes these latents; fit a Gaussian to encoded pictures."""
        raise ConfigError(
            "an autoencoder has no prior to draw from; fit a Gaussian or a mixture to its latents"
        )
