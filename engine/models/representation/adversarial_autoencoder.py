"""Adversarial autoencoder: a discriminator of codes gives them the shape of any prior.

Makhzani, Shlens, Jaitly, Goodfellow, Frey, Adversarial Autoencoders, 2015,
https://arxiv.org/abs/1511.05644

Axes: B pictures, C channels, S side of the square picture, Z latent axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from engine.api.errors import ConfigError
from engine.api.models import ModelCard
from engine.api.parameters import parameter
from engine.api.training import TrainConfig
from engine.core.latent_model import Prior
from engine.core.registry import MODELS
from engine.layers.priors import (
    COMPONENTS,
    draw_gaussian,
    draw_gaussian_mixture,
    draw_swiss_roll,
)
from engine.models.representation.autoencoder import Autoencoder, AutoencoderConfig


@dataclass(frozen=True, slots=True)
class AdversarialAutoencoderConfig(AutoencoderConfig):
    """Architecture, and the cloud that the codes are to form."""

    latent_dimensions: int = parameter(2, low=1, high=512, unit="axes", note="length of the code")
    prior: Literal["gaussian", "gaussian-mixture", "swiss-roll"] = parameter(
        "gaussian-mixture", note="the mixture and the roll have two axes"
    )
    is_conditioned_on_class: bool = parameter(
        True, note="mixture and roll: each class has its own tenth of the prior"
    )
    discriminator_units: int = parameter(
        256, low=8, high=4096, unit="units", note="of each of the discriminator's two layers"
    )

    def __post_init__(self) -> None:
        AutoencoderConfig.__post_init__(self)
        if self.prior != "gaussian" and self.latent_dimensions != 2:
            raise ConfigError(
                f"latent_dimensions = {self.latent_dimensions}: the prior {self.prior} has 2; "
                "choose 2, or the prior gaussian"
            )


@MODELS.register(
    ModelCard(
        key="adversarial-autoencoder",
        title="Adversarial autoencoder",
        task="representation",
        family="autoencoder",
        paper="https://arxiv.org/abs/1511.05644",
        summary="A discriminator of codes presses them into a Gaussian, petals or a roll.",
        config_type=AdversarialAutoencoderConfig,
        is_trainable=True,
        objective="adversarial-autoencoder",
        recipe=TrainConfig(
            epochs=40,
            batch_size=64,
            learning_rate=1e-3,
            optimiser="adam",
            weight_decay=0.0,
            precision="float32",
        ),
    )
)
class AdversarialAutoencoder(Autoencoder):
    """An autoencoder, and a `discriminator` of codes (B, Z + 11) to logits (B, 1).

    The eleven further inputs are the class as one-hot, of which the last means "unknown".
    """

    config: AdversarialAutoencoderConfig

    def __init__(self, config: AdversarialAutoencoderConfig) -> None:
        super().__init__(config)
        self.prior: Prior = config.prior
        self.discriminator = nn.Sequential(
            nn.Linear(config.latent_dimensions + COMPONENTS + 1, config.discriminator_units),
            nn.LeakyReLU(0.2),
            nn.Linear(config.discriminator_units, config.discriminator_units),
            nn.LeakyReLU(0.2),
            nn.Linear(config.discriminator_units, 1),
        )

    def draw(self, count: int, generator: Generator | None = None) -> Tensor:
        """Return latents (count, Z) from the prior."""
        return self.draw_of(torch.randint(COMPONENTS, (count,), generator=generator), generator)

    def draw_of(self, components: Tensor, generator: Generator | None = None) -> Tensor:
        """Return a latent of each component (N,) of the prior; the Gaussian has only one."""
        if self.config.prior == "gaussian-mixture":
            return draw_gaussian_mixture(components, generator)
        if self.config.prior == "swiss-roll":
            return draw_swiss_roll(components, generator)
        return draw_gaussian(len(components), self.latent_dimensions, generator)

    def with_class(self, latents: Tensor, components: Tensor | None) -> Tensor:
        """Return the discriminator's input (B, Z + 11): latents (B, Z) and the class as one-hot."""
        if components is None:
            components = torch.full((len(latents),), COMPONENTS, device=latents.device)
        classes = functional.one_hot(components, COMPONENTS + 1).to(latents.dtype)  # (B, 11)
        return torch.cat([latents, classes], dim=1)
