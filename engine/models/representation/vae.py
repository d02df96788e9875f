"""Variational autoencoder: every picture is a small cloud of codes, and all clouds fill a Gaussian.

Kingma, Welling, Auto-Encoding Variational Bayes, ICLR 2014, https://arxiv.org/abs/1312.6114

Axes: B pictures, C channels, S side of the square picture, Z latent axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from engine.api.models import ModelCard
from engine.api.parameters import parameter
from engine.api.training import TrainConfig
from engine.core.latent_model import Posterior, Prior
from engine.core.registry import MODELS
from engine.layers.latent_networks import (
    Layout,
    NetworkShape,
    PictureCodeConfig,
    PictureDecoder,
    PictureEncoder,
)
from engine.layers.priors import draw_gaussian
from engine.losses.bernoulli_likelihood import reconstruction_nats
from engine.losses.gaussian_divergence import gaussian_divergence

# exp of half of it is a standard deviation between 4.5e-5 and 22,000: beyond is overflow.
_LARGEST_LOG_VARIANCE = 20.0


@dataclass(frozen=True, slots=True)
class VaeConfig(PictureCodeConfig):
    """Architecture of the variational autoencoder."""

    layout: Layout = parameter(
        "convolutional", note="fully-connected: one hidden layer, as in the paper"
    )


def paper_config() -> VaeConfig:
    """Return the network that the paper trained on MNIST: one layer of 500 units, 20 axes."""
    return VaeConfig(layout="fully-connected", hidden_units=500, latent_dimensions=20)


class VaeOutput(NamedTuple):
    """What one forward pass yields."""

    logits: Tensor  # (B, C, S, S); the sigmoid is the probability of a white pixel
    latents: Tensor  # (B, Z): drawn from the posterior in training, else its mean
    mean: Tensor  # (B, Z)
    log_variance: Tensor  # (B, Z)

    @property
    def reconstruction(self) -> Tensor:
        """Pictures (B, C, S, S) in [0, 1]."""
        return self.logits.sigmoid()


@MODELS.register(
    ModelCard(
        key="vae",
        title="Variational autoencoder",
        task="representation",
        family="variational autoencoder",
        paper="https://arxiv.org/abs/1312.6114",
        summary="Codes that fill a Gaussian with few holes: most draws from it make pictures.",
        config_type=VaeConfig,
        paper_config=paper_config(),
        is_trainable=True,
        objective="variational",
        recipe=TrainConfig(
            epochs=30,
            batch_size=64,
            learning_rate=2e-3,
            schedule="one-cycle",
            weight_decay=0.0,
            precision="float32",
        ),
    )
)
class Vae(nn.Module):
    """Maximises the evidence lower bound, with pixels as Bernoulli probabilities.

    Attributes:
        beta: weight of the divergence in the loss, beside that of the reconstruction; where both
            are 1, the loss is the negative bound.
        label_count: classes that encoder and decoder are conditioned on; none here.
    """

    prior: Prior = "gaussian"
    beta = 1.0
    reconstruction_weight = 1.0

    def __init__(self, config: VaeConfig, label_count: int = 0) -> None:
        super().__init__()
        self.config = config
        self.label_count = label_count
        self.latent_dimensions = config.latent_dimensions
        shape = NetworkShape.of(config, extra=label_count)
        self.encoder = PictureEncoder(shape, 2 * config.latent_dimensions)
        self.decoder = PictureDecoder(shape, config.latent_dimensions)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> VaeOutput:
        """Encode images (B, C, S, S) in [0, 1], draw codes in training mode, decode."""
        mean, log_variance = self.posterior(images, labels)  # each (B, Z)
        latents = reparameterised(mean, log_variance) if self.training else mean  # (B, Z)
        logits = self.decode_logits(latents, labels)  # (B, C, S, S)
        return VaeOutput(logits, latents, mean, log_variance)

    def posterior(self, images: Tensor, labels: Tensor | None = None) -> Posterior:
        """Return q(z | x) of images (B, C, S, S) in [0, 1]."""
        outputs = self.encoder(images, self.condition(labels, images))  # (B, 2 Z)
        mean, log_variance = outputs.chunk(2, dim=1)  # each (B, Z)
        return Posterior(mean, log_variance.clamp(-_LARGEST_LOG_VARIANCE, _LARGEST_LOG_VARIANCE))

    def decode_logits(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return logits (B, C, S, S) of latents (B, Z)."""
        logits: Tensor = self.decoder(latents, self.condition(labels, latents))
        return logits

    def beta_at(self, progress: float) -> float:
        """Return the weight of the divergence when a share in [0, 1] of the training is done."""
        return self.beta

    def loss(
        self, output: VaeOutput, images: Tensor, beta: float | None = None
    ) -> dict[str, Tensor]:
        """Return the negative bound (equation 10) as `loss` a value, and its parts in nats.

        A value's share, so that learning rate and clipping suit pictures of any size.

        Args:
            beta: weight of the divergence now; None for the model's.
        """
        reconstruction = reconstruction_nats(output.logits.float(), images).mean()
        divergence = gaussian_divergence(output.mean.float(), output.log_variance.float())  # (B, Z)
        nats = divergence.sum(dim=1).mean()
        weight = self.beta if beta is None else beta
        weighed = self.reconstruction_weight * reconstruction + weight * nats
        loss = weighed / images[0].numel()
        return {"loss": loss, "reconstruction_nats": reconstruction, "divergence_nats": nats}

    # What a person plays with

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the mean of the posterior, (B, Z)."""
        return self.posterior(images, labels).mean

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) in [0, 1]."""
        return self.decode_logits(latents, labels).sigmoid()

    def draw(self, count: int, generator: Generator | None = None) -> Tensor:
        """Return latents (count, Z) from the unit Gaussian."""
        return draw_gaussian(count, self.latent_dimensions, generator)

    def condition(self, labels: Tensor | None, like: Tensor) -> Tensor | None:
        """Return what encoder and decoder see beside their input (B, …); a plain VAE: nothing."""
        return None


def reparameterised(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Draw mean + deviation * noise, so that the gradient reaches both (section 2.4)."""
    return mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
