"""Beta-VAE: a heavier divergence, so that each axis says one thing and says it alone.

Higgins et al., beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework,
ICLR 2017, https://openreview.net/forum?id=Sy2fzU9gl

Axes: B pictures, C channels, S side of the square picture, Z latent axes.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.api.models import ModelCard
from engine.api.parameters import parameter, validate
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.layers.convolution_block import Normalisation
from engine.layers.latent_networks import Layout, NetworkShape, check_layout
from engine.layers.variational_network import VariationalNetwork


@dataclass(frozen=True, slots=True)
class BetaVaeConfig:
    """Architecture, and how much the divergence weighs."""

    in_channels: int = parameter(1, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    latent_dimensions: int = parameter(10, low=1, high=512, unit="axes", note="length of the code")
    beta: float = parameter(
        4.0, low=0.0, high=100.0, note="weight of the divergence; 1 is the plain VAE"
    )
    layout: Layout = parameter("convolutional", note="fully-connected: one hidden layer")
    base_channels: int = parameter(32, low=4, high=128, unit="channels", note="convolutional only")
    hidden_units: int = parameter(400, low=8, high=4096, unit="units", note="fully connected only")
    normalisation: Normalisation = parameter("batch", note="convolutional only")

    def __post_init__(self) -> None:
        validate(self)
        check_layout(self.layout, self.image_size)


@MODELS.register(
    ModelCard(
        key="beta-vae",
        title="Beta-VAE",
        task="representation",
        family="variational autoencoder",
        paper="https://openreview.net/forum?id=Sy2fzU9gl",
        summary="Pays more for every axis it uses, and so learns axes that mean one thing each.",
        config_type=BetaVaeConfig,
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
class BetaVae(VariationalNetwork):
    """The evidence lower bound with `beta` times the divergence; with 1 it is the plain one."""

    def __init__(self, config: BetaVaeConfig) -> None:
        shape = NetworkShape(
            config.layout,
            config.in_channels,
            config.image_size,
            config.base_channels,
            config.hidden_units,
            config.normalisation,
        )
        super().__init__(shape, config.latent_dimensions, beta=config.beta)
        self.config = config
