"""The first GAN of the course: two small networks of one hidden layer each.

Goodfellow et al., Generative Adversarial Nets, NIPS 2014, https://arxiv.org/abs/1406.2661; sizes of
Fleuret's lecture notes, https://fleuret.org/dlc/

Axes: B pictures, C channels, S side of the square picture, Z latent axes.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

from engine.api.models import ModelCard
from engine.api.parameters import Parameters, parameter
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.layers.adversarial_model import AdversarialModel

_SMALLEST_SIDE_PX = 32
_SLOPE = 0.01


@dataclass(frozen=True, slots=True)
class GanConfig(Parameters):
    """Sizes of generator and discriminator."""

    in_channels: int = parameter(1, low=1, high=3, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=64, unit="px", note="side; from the data")
    latent_dimensions: int = parameter(100, low=1, high=512, unit="axes", note="numbers of noise")
    hidden_units: int = parameter(128, low=8, high=4096, unit="units", note="of both networks")


@MODELS.register(
    ModelCard(
        key="gan",
        title="GAN",
        task="generation",
        family="adversarial",
        paper="https://arxiv.org/abs/1406.2661",
        summary="A generator and a discriminator, one hidden layer each, learn from each other.",
        config_type=GanConfig,
        is_trainable=True,
        objective="adversarial",
        recipe=TrainConfig(
            epochs=20,
            batch_size=16,
            learning_rate=0.1,
            optimiser="adagrad",
            schedule="constant",
            weight_decay=0.0,
            precision="float32",
        ),
    )
)
class Gan(AdversarialModel):
    """Pictures smaller than 32 x 32 are black-framed to that size inside, as in the course."""

    def __init__(self, config: GanConfig) -> None:
        super().__init__()
        self.config = config
        self.latent_dimensions = config.latent_dimensions
        side = max(config.image_size, _SMALLEST_SIDE_PX)
        self.shape = (config.in_channels, side, side)
        self.margin = (side - config.image_size) // 2
        values = config.in_channels * side**2
        self.generator = nn.Sequential(
            nn.Linear(config.latent_dimensions, config.hidden_units),
            nn.LeakyReLU(_SLOPE),
            nn.Linear(config.hidden_units, values),
            nn.Tanh(),
        )
        self.discriminator = nn.Sequential(
            nn.Linear(values, config.hidden_units),
            nn.LeakyReLU(_SLOPE),
            nn.Linear(config.hidden_units, 2),
        )

    def make(self, network: nn.Module, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures (B, C, S, S) in [0, 1] that a generator makes of latents (B, Z)."""
        pictures = network(latents).view(len(latents), *self.shape)  # (B, C, 32, 32)
        first, last = self.margin, self.margin + self.config.image_size
        cut: Tensor = pictures[:, :, first:last, first:last]  # (B, C, S, S) in [-1, 1]
        return (cut + 1) / 2

    def judge(self, network: nn.Module, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the logit (B,) of "real" that a discriminator gives images (B, C, S, S).

        Of its two outputs, one a class, the difference: softmax makes the same of both.
        """
        missing = self.shape[-1] - images.shape[-1] - self.margin
        framed = functional.pad(2 * images - 1, [self.margin, missing] * 2, value=-1.0)
        outputs: Tensor = network(framed.flatten(1))  # (B, 2)
        return outputs[:, 0] - outputs[:, 1]
