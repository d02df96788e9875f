"""Variational autoencoder: every picture is a small cloud of codes, and all clouds fill a Gaussian.

Kingma, Welling, Auto-Encoding Variational Bayes, ICLR 2014, https://arxiv.org/abs/1312.6114

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
class VaeConfig:
    """Architecture of the variational autoencoder."""

    in_channels: int = parameter(1, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    latent_dimensions: int = parameter(10, low=1, high=512, unit="axes", note="length of the code")
    layout: Layout = parameter(
        "convolutional", note="fully-connected: one hidden layer, as in the paper"
    )
    base_channels: int = parameter(32, low=4, high=128, unit="channels", note="convolutional only")
    hidden_units: int = parameter(400, low=8, high=4096, unit="units", note="fully connected only")
    normalisation: Normalisation = parameter("batch", note="convolutional only")

    def __post_init__(self) -> None:
        validate(self)
        check_layout(self.layout, self.image_size)


def paper_config() -> VaeConfig:
    """Return the network that the paper trained on MNIST: one layer of 500 units, 20 axes."""
    return VaeConfig(layout="fully-connected", hidden_units=500, latent_dimensions=20)


@MODELS.register(
    ModelCard(
        key="vae",
        title="Variational autoencoder",
        task="representation",
        family="variational autoencoder",
        paper="https://arxiv.org/abs/1312.6114",
        summary="Codes that fill a Gaussian without holes, so that any code makes a picture.",
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
class Vae(VariationalNetwork):
    """Maximises the evidence lower bound, with pixels as Bernoulli probabilities."""

    def __init__(self, config: VaeConfig) -> None:
        shape = NetworkShape(
            config.layout,
            config.in_channels,
            config.image_size,
            config.base_channels,
            config.hidden_units,
            config.normalisation,
        )
        super().__init__(shape, config.latent_dimensions)
        self.config = config
