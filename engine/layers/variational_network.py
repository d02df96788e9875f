"""What all variational autoencoders share: a posterior a picture, and a Bernoulli decoder.

Kingma, Welling, Auto-Encoding Variational Bayes, ICLR 2014, https://arxiv.org/abs/1312.6114

Axes: B pictures, C channels, S side of the square picture, Z latent axes, K classes.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from engine.core.latent_model import Posterior, Prior
from engine.layers.latent_networks import NetworkShape, PictureDecoder, PictureEncoder
from engine.layers.priors import draw_gaussian

# exp of half of it is a standard deviation between 4.5e-5 and 22,000: beyond is overflow.
_LARGEST_LOG_VARIANCE = 20.0


class VariationalOutput(NamedTuple):
    """What one forward pass yields."""

    logits: Tensor  # (B, C, S, S); the sigmoid is the probability of a white pixel
    latents: Tensor  # (B, Z): drawn from the posterior in training, else its mean
    mean: Tensor  # (B, Z)
    log_variance: Tensor  # (B, Z)

    @property
    def reconstruction(self) -> Tensor:
        """Pictures (B, C, S, S) in [0, 1]."""
        return self.logits.sigmoid()


class VariationalNetwork(nn.Module):
    """Encoder to mean and log variance, sample by reparameterisation, decoder to logits.

    Attributes:
        beta: weight of the divergence in the loss.
        label_count: K; a class that is not told is a row of zeros.
    """

    prior: Prior = "gaussian"

    def __init__(
        self, shape: NetworkShape, latent_dimensions: int, beta: float = 1.0, label_count: int = 0
    ) -> None:
        super().__init__()
        self.latent_dimensions = latent_dimensions
        self.beta = beta
        self.label_count = label_count
        self.encoder = PictureEncoder(shape, 2 * latent_dimensions)
        self.decoder = PictureDecoder(shape, latent_dimensions)

    def posterior(self, images: Tensor, labels: Tensor | None = None) -> Posterior:
        """Return q(z | x) of images (B, C, S, S) in [0, 1] and classes (B,)."""
        extra = self._one_hot(labels, len(images), images.device)
        mean, log_variance = self.encoder(images, extra).chunk(2, dim=1)
        limited = log_variance.clamp(-_LARGEST_LOG_VARIANCE, _LARGEST_LOG_VARIANCE)
        return Posterior(mean, limited)

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the mean of the posterior, (B, Z)."""
        return self.posterior(images, labels).mean

    def decode_logits(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return logits (B, C, S, S) of latents (B, Z) and classes (B,)."""
        logits: Tensor = self.decoder(latents, self._one_hot(labels, len(latents), latents.device))
        return logits

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) in [0, 1]."""
        return self.decode_logits(latents, labels).sigmoid()

    def draw(self, count: int, generator: Generator | None = None) -> Tensor:
        """Return latents (count, Z) from the unit Gaussian."""
        return draw_gaussian(count, self.latent_dimensions, generator)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> VariationalOutput:
        """Encode, sample in training mode, decode."""
        mean, log_variance = self.posterior(images, labels)
        latents = reparameterised(mean, log_variance) if self.training else mean
        return VariationalOutput(self.decode_logits(latents, labels), latents, mean, log_variance)

    def _one_hot(self, labels: Tensor | None, count: int, device: torch.device) -> Tensor | None:
        if not self.label_count:
            return None
        if labels is None:
            return torch.zeros(count, self.label_count, device=device)
        # Below 0 stands for a class that is not told.
        told = functional.one_hot(labels.clamp(min=0), self.label_count).float()
        return told * (labels >= 0).unsqueeze(1)


def reparameterised(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Draw mean + deviation * noise, so that the gradient reaches mean and deviation."""
    return mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
