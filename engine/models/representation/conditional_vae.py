"""Conditional VAE: told the class, the code is left with everything else, such as the hand.

Sohn, Lee, Yan, Learning Structured Output Representation using Deep Conditional Generative Models,
NeurIPS 2015, https://papers.nips.cc/paper/5775

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
class ConditionalVaeConfig:
    """Architecture, and how often the class is withheld."""

    in_channels: int = parameter(1, low=1, high=4, note="1 for grey, 3 for colour; from the data")
    image_size: int = parameter(28, low=8, high=128, unit="px", note="side; from the data")
    latent_dimensions: int = parameter(10, low=1, high=512, unit="axes", note="length of the code")
    classes: int = parameter(10, low=2, high=255, note="from the data")
    beta: float = parameter(
        1.0, low=0.0, high=100.0, note="weight of the divergence; more keeps samples in their class"
    )
    label_dropout: float = parameter(
        0.1, low=0.0, high=0.9, note="share of pictures whose class is not told in training"
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
        key="conditional-vae",
        title="Conditional VAE",
        task="representation",
        family="variational autoencoder",
        paper="https://papers.nips.cc/paper/5775",
        summary="Is told the class, so that the code keeps what is left: the hand that wrote it.",
        config_type=ConditionalVaeConfig,
        is_trainable=True,
        objective="conditional-variational",
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
class ConditionalVae(VariationalNetwork):
    """The class goes to encoder and decoder as one-hot; zeros where it is not told."""

    def __init__(self, config: ConditionalVaeConfig) -> None:
        shape = NetworkShape(
            config.layout,
            config.in_channels,
            config.image_size,
            config.base_channels,
            config.hidden_units,
            config.normalisation,
            extra=config.classes,
        )
        super().__init__(
            shape, config.latent_dimensions, beta=config.beta, label_count=config.classes
        )
        self.label_dropout = config.label_dropout
        self.config = config
