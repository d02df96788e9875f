"""Adversarial autoencoder: a critic of codes shapes the latents into any cloud one can draw.

Makhzani, Shlens, Jaitly, Goodfellow, Frey, Adversarial Autoencoders, 2015,
https://arxiv.org/abs/1511.05644

Axes: B pictures, C channels, S side of the square picture, Z latent axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

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
from engine.layers.priors import (
    COMPONENTS,
    draw_gaussian,
    draw_gaussian_mixture,
    draw_swiss_roll,
)


@dataclass(frozen=True, slots=True)
class AdversarialAutoencoderConfig:
    """Architecture, and the cloud that the codes are to form."""

    in_channels: int = parameter(1, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    latent_dimensions: int = parameter(2, low=1, high=512, unit="axes", note="length of the code")
    prior: Literal["gaussian", "gaussian-mixture", "swiss-roll"] = parameter(
        "gaussian-mixture", note="the mixture and the roll have two axes"
    )
    is_told_classes: bool = parameter(
        True, note="mixture and roll: each class has its own tenth of the prior"
    )
    layout: Layout = parameter("convolutional")
    base_channels: int = parameter(32, low=4, high=128, unit="channels", note="convolutional only")
    hidden_units: int = parameter(400, low=8, high=4096, unit="units", note="fully connected only")
    critic_units: int = parameter(
        256, low=8, high=4096, unit="units", note="of each of the critic's two layers"
    )
    normalisation: Normalisation = parameter("batch", note="convolutional only")

    def __post_init__(self) -> None:
        validate(self)
        check_layout(self.layout, self.image_size)
        if self.prior != "gaussian" and self.latent_dimensions != 2:
            raise ConfigError(
                f"latent_dimensions = {self.latent_dimensions}: the prior {self.prior} has 2; "
                "choose 2, or the prior gaussian"
            )


class AdversarialAutoencoderOutput(NamedTuple):
    """What one forward pass yields."""

    reconstruction: Tensor  # (B, C, S, S), about [0, 1]
    latents: Tensor  # (B, Z)


@MODELS.register(
    ModelCard(
        key="adversarial-autoencoder",
        title="Adversarial autoencoder",
        task="representation",
        family="autoencoder",
        paper="https://arxiv.org/abs/1511.05644",
        summary="A critic that sees only codes presses them into a Gaussian, petals or a roll.",
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
class AdversarialAutoencoder(nn.Module):
    """Encoder, decoder, and the critic `discriminator` of codes (B, Z + 11) to logits (B, 1).

    The eleven further inputs say the class, of which the last means "not told".
    """

    label_count = 0

    def __init__(self, config: AdversarialAutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.latent_dimensions = config.latent_dimensions
        self.prior: Prior = config.prior
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
        self.discriminator = nn.Sequential(
            nn.Linear(config.latent_dimensions + COMPONENTS + 1, config.critic_units),
            nn.LeakyReLU(0.2),
            nn.Linear(config.critic_units, config.critic_units),
            nn.LeakyReLU(0.2),
            nn.Linear(config.critic_units, 1),
        )

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the codes (B, Z) of images (B, C, S, S) in [0, 1]."""
        codes: Tensor = self.encoder(images)
        return codes

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) of codes (B, Z); values may leave [0, 1] a little."""
        pictures: Tensor = self.decoder(latents)
        return pictures

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
        """Return what the critic sees: latents (B, Z) and the class as one-hot, (B, Z + 11)."""
        if components is None:
            components = torch.full((len(latents),), COMPONENTS, device=latents.device)
        told = functional.one_hot(components, COMPONENTS + 1).to(latents.dtype)
        return torch.cat([latents, told], dim=1)

    def forward(self, images: Tensor) -> AdversarialAutoencoderOutput:
        """Encode and decode images (B, C, S, S)."""
        latents = self.encode(images)
        return AdversarialAutoencoderOutput(self.decode(latents), latents)
