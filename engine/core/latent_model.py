"""What every model with a latent space is: autoencoders, variational ones, and generators.

Axes: B pictures, Z latent axes, C channels, S side of the square picture.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol, runtime_checkable

from torch import Generator, Tensor

Prior = Literal["none", "gaussian", "uniform", "gaussian-mixture", "swiss-roll"]
"""What latents are drawn from: `none` has to be fitted to encoded data first."""


class Posterior(NamedTuple):
    """A Gaussian a picture over the latents."""

    mean: Tensor  # (B, Z)
    log_variance: Tensor  # (B, Z), natural logarithm


@runtime_checkable
class LatentModel(Protocol):
    """A model that makes pictures of a few numbers.

    Attributes:
        latent_dimensions: Z.
        prior: the distribution that `draw` draws from.
        label_count: classes that the model is conditioned on; 0 for none.
    """

    latent_dimensions: int
    prior: Prior
    label_count: int

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S), about [0, 1], of latents (B, Z) and classes (B,) int64."""

    def draw(self, count: int, generator: Generator | None = None) -> Tensor:
        """Return latents (count, Z) from the prior, on the CPU; not where the prior is `none`."""


@runtime_checkable
class Encoder(Protocol):
    """A latent model that also knows the way from pictures to latents."""

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return latents (B, Z) of images (B, C, S, S) in [0, 1]; the mean of a posterior."""


@runtime_checkable
class ProbabilisticEncoder(Protocol):
    """A latent model whose encoder answers with a distribution."""

    def posterior(self, images: Tensor, labels: Tensor | None = None) -> Posterior:
        """Return q(z | x) of images (B, C, S, S) in [0, 1]."""
