"""Principal component analysis: the best that straight lines can do with a few numbers.

Pearson 1901; Hotelling 1933. Learned in one pass by sequential Karhunen-Loeve: Ross, Lim, Lin,
Yang, Incremental Learning for Robust Visual Tracking, IJCV 2008, section 3,
https://www.cs.toronto.edu/~dross/ivt/RossLimLinYang_ijcv.pdf

Axes: B pictures, C channels, S side of the square picture, D = C * S * S, Z latent axes, R
directions that are kept while learning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.api.training import TrainConfig
from engine.core.latent_model import Prior
from engine.core.registry import MODELS


@dataclass(frozen=True, slots=True)
class PcaConfig(Parameters):
    """How many directions are used, and how many are kept while learning."""

    in_channels: int = parameter(1, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    latent_dimensions: int = parameter(
        10, low=1, high=512, unit="axes", note="principal directions that make the code"
    )
    spare_directions: int = parameter(
        90, low=0, high=1000, unit="axes", note="further ones kept while learning; more is exacter"
    )


class PcaOutput(NamedTuple):
    """What one forward pass yields."""

    reconstruction: Tensor  # (B, C, S, S), about [0, 1]
    latents: Tensor  # (B, Z), in standard deviations


@MODELS.register(
    ModelCard(
        key="pca",
        title="Principal components (PCA)",
        task="representation",
        family="linear",
        paper="https://www.cs.toronto.edu/~dross/ivt/RossLimLinYang_ijcv.pdf",
        summary="Mean picture plus a few directions: what every autoencoder has to beat.",
        config_type=PcaConfig,
        is_trainable=True,
        objective="principal-components",
        recipe=TrainConfig(epochs=1, batch_size=500, precision="float32"),
    )
)
class Pca(nn.Module):
    """Mean and directions as buffers; a code counts standard deviations along the directions.

    Attributes:
        mean: (D,) of the pictures seen; `directions` (R, D), orthonormal rows, most varied first;
            `scatter` (R,): sums of squares along them; `count`: pictures seen.
    """

    prior: Prior = "gaussian"
    label_count = 0
    mean: Tensor
    directions: Tensor
    scatter: Tensor
    count: Tensor

    def __init__(self, config: PcaConfig) -> None:
        super().__init__()
        self.config = config
        self.picture = (config.in_channels, config.image_size, config.image_size)
        values = config.in_channels * config.image_size**2
        self.latent_dimensions = config.latent_dimensions
        kept = config.latent_dimensions + config.spare_directions
        self.register_buffer("mean", torch.zeros(values))
        self.register_buffer("directions", torch.zeros(kept, values))
        self.register_buffer("scatter", torch.zeros(kept))
        self.register_buffer("count", torch.zeros(()))

    @property
    def deviations(self) -> Tensor:
        """Standard deviation of the pictures along each used direction, (Z,)."""
        variances = self.scatter[: self.latent_dimensions] / self.count.clamp(min=1)
        return variances.sqrt()

    def learn(self, images: Tensor) -> None:
        """Take images (B, C, S, S) into mean and directions.

        Exact as long as the pictures seen span no more than R directions.
        """
        new = images.flatten(1).double()
        seen, mean = self.count.double(), self.mean.double()
        total = seen + len(new)
        new_mean = new.mean(dim=0)
        # The step from the old mean to the new one is itself a direction of scatter.
        step = (seen * len(new) / total).sqrt() * (mean - new_mean)
        known = self.scatter.double().sqrt().unsqueeze(1) * self.directions.double()
        rows = torch.cat([known, new - new_mean, step.unsqueeze(0)])
        _, lengths, directions = torch.linalg.svd(rows, full_matrices=False)
        kept = min(len(self.scatter), len(lengths))
        self.scatter[:kept] = lengths[:kept].square().to(self.scatter.dtype)
        self.directions[:kept] = directions[:kept].to(self.directions.dtype)
        self.mean.copy_((seen * mean + len(new) * new_mean) / total)
        self.count.copy_(total)

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the codes (B, Z) of images (B, C, S, S) in [0, 1]."""
        along = (images.flatten(1) - self.mean) @ self.directions[: self.latent_dimensions].T
        return along / self.deviations.clamp(min=1e-6)

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) of codes (B, Z); values may leave [0, 1] a little."""
        along = latents * self.deviations
        values = self.mean + along @ self.directions[: self.latent_dimensions]
        return values.view(len(latents), *self.picture)

    def draw(self, count: int, generator: Generator | None = None) -> Tensor:
        """Return latents (count, Z) from the unit Gaussian: the Gaussian fitted to the pictures."""
        return torch.randn(count, self.latent_dimensions, generator=generator)

    def forward(self, images: Tensor) -> PcaOutput:
        """Encode and decode images (B, C, S, S)."""
        latents = self.encode(images)
        return PcaOutput(self.decode(latents), latents)
