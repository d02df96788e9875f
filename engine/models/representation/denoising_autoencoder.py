"""Denoising autoencoder: shown a spoilt picture, asked for the clean one.

Vincent, Larochelle, Bengio, Manzagol, Extracting and Composing Robust Features with Denoising
Autoencoders, ICML 2008, https://www.cs.toronto.edu/~larocheh/publications/icml-2008-denoising-autoencoders.pdf

Axes: B pictures, C channels, S side of the square picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor

from engine.api.models import ModelCard
from engine.api.parameters import parameter
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.models.representation.autoencoder import Autoencoder, AutoencoderConfig

Corruption = Literal["gaussian", "masking", "salt-and-pepper"]


@dataclass(frozen=True, slots=True)
class DenoisingAutoencoderConfig(AutoencoderConfig):
    """Architecture, and how pictures are spoilt."""

    latent_dimensions: int = parameter(32, low=1, high=512, unit="axes", note="length of the code")
    corruption: Corruption = parameter(
        "gaussian", note="masking: pixels set to 0; salt-and-pepper: to 0 or 1"
    )
    amount: float = parameter(
        0.5, low=0.0, high=1.0, note="standard deviation, or the share of pixels"
    )


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
class DenoisingAutoencoder(Autoencoder):
    """The autoencoder itself; the objective spoils its input by `corrupted`."""

    config: DenoisingAutoencoderConfig

    def __init__(self, config: DenoisingAutoencoderConfig) -> None:
        super().__init__(config)

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
