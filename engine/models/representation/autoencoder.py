"""A small convolutional autoencoder: a picture becomes a few numbers, and a picture again.

Hinton, Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 2006,
https://www.cs.toronto.edu/~hinton/absps/science.pdf

Axes: B pictures, C channels, S side of the square picture, Z latent axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

from engine.api.models import ModelCard
from engine.api.parameters import parameter, validate
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.layers.convolution_block import Normalisation, convolution_block


@dataclass(frozen=True, slots=True)
class AutoencoderConfig:
    """Architecture of the autoencoder."""

    in_channels: int = parameter(1, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    latent_dimensions: int = parameter(8, low=1, high=512, unit="axes", note="length of the code")
    base_channels: int = parameter(16, low=4, high=128, unit="channels")
    normalisation: Normalisation = parameter("batch")

    def __post_init__(self) -> None:
        validate(self)


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
    """Two halvings, a linear map to the code, and the mirror image of that."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        width, norm = config.base_channels, config.normalisation
        half = (config.image_size + 1) // 2
        self.grid = (half + 1) // 2
        self.encoder = nn.Sequential(
            convolution_block(config.in_channels, width, normalisation=norm),
            convolution_block(width, 2 * width, stride=2, normalisation=norm),
            convolution_block(2 * width, 4 * width, stride=2, normalisation=norm),
        )
        features = 4 * width * self.grid**2
        self.to_latents = nn.Linear(features, config.latent_dimensions)
        self.from_latents = nn.Linear(config.latent_dimensions, features)
        self.decoder = nn.Sequential(
            nn.Upsample(size=half, mode="nearest"),
            convolution_block(4 * width, 2 * width, normalisation=norm),
            nn.Upsample(size=config.image_size, mode="nearest"),
            convolution_block(2 * width, width, normalisation=norm),
            nn.Conv2d(width, config.in_channels, kernel_size=3, padding=1),
        )

    def encode(self, images: Tensor) -> Tensor:
        """Return the codes (B, Z) of images (B, C, S, S) in [0, 1]."""
        codes: Tensor = self.to_latents(self.encoder(images).flatten(1))
        return codes

    def decode(self, latents: Tensor) -> Tensor:
        """Return pictures (B, C, S, S) of codes (B, Z); values may leave [0, 1] a little."""
        features = functional.relu(self.from_latents(latents))
        pictures: Tensor = self.decoder(features.view(len(latents), -1, self.grid, self.grid))
        return pictures

    def forward(self, images: Tensor) -> AutoencoderOutput:
        """Encode and decode images (B, C, S, S)."""
        latents = self.encode(images)
        return AutoencoderOutput(self.decode(latents), latents)
