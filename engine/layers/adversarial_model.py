"""What every generative adversarial network has: a generator, a discriminator, and noise.

Goodfellow et al., Generative Adversarial Nets, NIPS 2014, https://arxiv.org/abs/1406.2661

Axes: B pictures, C channels, S side of the square picture, Z latent axes.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Generator, Tensor, nn

from engine.core.latent_model import Prior
from engine.layers.priors import draw_gaussian


class AdversarialOutput(NamedTuple):
    """What one forward pass yields."""

    scores: Tensor  # (B,), probability that a picture is real, as the discriminator sees it


class AdversarialModel(nn.Module):
    """The part that does not depend on how the two networks are built.

    Whoever derives from it sets `generator`, `discriminator` and `latent_dimensions`, and says in
    `make` and `judge` how either is asked. They take the network, since training wraps it.
    """

    prior: Prior = "gaussian"
    label_count = 0
    latent_dimensions: int
    generator: nn.Module
    discriminator: nn.Module

    def make(self, network: nn.Module, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) in [0, 1] that a generator makes of latents (B, Z)."""
        pictures: Tensor = network(latents)  # (B, C, S, S) in [-1, 1]
        return (pictures + 1) / 2

    def judge(self, network: nn.Module, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the logit (B,) of "real" that a discriminator gives images (B, C, S, S)."""
        logits: Tensor = network(2 * images - 1)
        return logits

    def forward(self, images: Tensor, labels: Tensor | None = None) -> AdversarialOutput:
        """Judge images (B, C, S, S)."""
        return AdversarialOutput(self.judge(self.discriminator, images, labels).sigmoid())

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) in [0, 1] of latents (B, Z)."""
        return self.make(self.generator, latents, labels)

    def draw(self, count: int, generator: Generator | None = None) -> Tensor:
        """Return latents (count, Z) from the unit Gaussian."""
        return draw_gaussian(count, self.latent_dimensions, generator)
