"""Denoising autoencoder: shown a spoilt picture, asked for the clean one.

Vincent, Larochelle, Bengio, Manzagol, Extracting and Composing Robust Features with Denoising
Autoencoders, ICML 2008, https://www.cs.toronto.edu/~larocheh/publications/icml-2008-denoising-autoencoders.pdf

Axes: B pictures, C channels, S side of the square picture, Z latent axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
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

Corruption = Literal["gaussian", "masking", "salt-and-pepper"]


@dataclass(frozen=True, slots=True)
class DenoisingAutoencoderConfig:
    """Architecture, and how pictures are spoilt."""

    in_channels: int = parameter(1, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    latent_dimensions: int = parameter(32, low=1, high=512, unit="axes", note="length of the code")
    corruption: Corruption = parameter(
        "gaussian", note="masking: pixels set to 0; salt-and-pepper: to 0 or 1"
    )
    amount: float = parameter(
        0.5, low=0.0, high=1.0, note="standard deviation, or the share of pixels"
    )
    layout: Layout = parameter("convolutional")
    base_channels: int = parameter(32, low=4, high=128, unit="channels", note="convolutional only")
    hidden_units: int = parameter(400, low=8, high=4096, unit="units", note="fully connected only")
    normalisation: Normalisation = parameter("batch", note="convolutional only")

    def __post_init__(self) -> None:
        validate(self)
        check_layout(self.layout, self.image_size)


class DenoisingAutoencoderOutput(NamedTuple):
    """What one forward pass yields."""

    reconstruction: Tensor  # (B, C, S, S), about [0, 1]
    latents: Tensor  # (B, Z)


@MODELS.register(
    ModelCard(
        key="denoising-autoencoder",
        title="Denoising autoencoder",
        task="representation",
        family="autoencoder",
        paper="https://www.cs.toronto.edu/~larocheh/publications/icml-2008-denoising-autoencoders.pdf",
        summary="Learns what pictures look like by repairing spoilt ones.",
        config_type=DenoisingAutoencoderConfig,
        is_trainable=True,
        objective="denoising",
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
class DenoisingAutoencoder(nn.Module):
    """An autoencoder that takes pictures as they come; the objective spoils them by `corrupted`."""

    prior: Prior = "none"
    label_count = 0

    def __init__(self, config: DenoisingAutoencoderConfig) -> None:
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

    def corrupted(self, images: Tensor, generator: Generator | None = None) -> Tensor:
        """Return images (B, C, S, S) spoilt as the config says.

        Args:
            images: values in [0, 1]; Gaussian noise may leave that range.
            generator: on the CPU; None for the global one.
        """
        amount = self.config.amount
        if self.config.corruption == "gaussian":
            noise = torch.randn(images.shape, generator=generator).to(images.device)
            return images + amount * noise
        # A pixel is spoilt in all its channels at once.
        size = (len(images), 1, *images.shape[2:])
        dice = torch.rand(size, generator=generator).to(images.device)
        spoilt = torch.where(dice < amount, torch.zeros_like(images), images)
        if self.config.corruption == "salt-and-pepper":
            spoilt = torch.where(dice < amount / 2, torch.ones_like(images), spoilt)
        return spoilt

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the codes (B, Z) of images (B, C, S, S)."""
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

    def forward(self, images: Tensor) -> DenoisingAutoencoderOutput:
        """Encode and decode images (B, C, S, S) as they are."""
        latents = self.encode(images)
        return DenoisingAutoencoderOutput(self.decode(latents), latents)
