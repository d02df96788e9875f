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
from engine.api.parameters import parameter, validate
from engine.api.training import TrainConfig
from engine.core.latent_model import Prior
from engine.core.registry import MODELS
from engine.layers.convolution_block import Normalisation
from engine.layers.latent_networks import (
    Layout,
    NetworkShape,
    PictureDecoder,
    PictureEncoder,
    check_layout,
)


@dataclass(frozen=True, slots=True)
class AutoencoderConfig:
    """Architecture of the autoencoder."""

    in_channels: int = parameter(1, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    latent_dimensions: int = parameter(8, low=1, high=512, unit="axes", note="length of the code")
    layout: Layout = parameter(
        "convolutional",
        note="linear: no rectifier anywhere; course: 1-32-32-32-32 without padding, 28 px",
    )
    base_channels: int = parameter(32, low=4, high=128, unit="channels", note="convolutional only")
    hidden_units: int = parameter(400, low=8, high=4096, unit="units", note="fully connected only")
    normalisation: Normalisation = parameter("batch", note="convolutional only")

    def __post_init__(self) -> None:
        validate(self)
        check_layout(self.layout, self.image_size)


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
        shape = NetworkShape(
            config.layout,
            config.in_channels,
            config.image_size,
            config.base_channels,
            config.hidden_units,
            config.normalisation,
        )
        self.encoder = PictureEncoder(shape, config.latent_dimensions)
        self.decoder = PictureDecoder(shape, config.latent_dimensions)

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

    def forward(self, images: Tensor) -> AutoencoderOutput:
        """Encode and decode images (B, C, S, S)."""
        latents = self.encode(images)
        return AutoencoderOutput(self.decode(latents), latents)
