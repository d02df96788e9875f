"""Beta-VAE: a heavier divergence, so that each axis says one thing and says it alone.

Higgins et al., beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework,
ICLR 2017, https://openreview.net/forum?id=Sy2fzU9gl
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.api.models import ModelCard
from engine.api.parameters import parameter
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.models.representation.vae import Vae, VaeConfig


@dataclass(frozen=True, slots=True)
class BetaVaeConfig(VaeConfig):
    """Architecture, and how much the divergence weighs."""

    beta: float = parameter(
        4.0, low=0.0, high=100.0, note="weight of the divergence; 1 is the plain VAE"
    )


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
class BetaVae(Vae):
    """The VAE whose loss has `beta` times the divergence (equation 4 of the paper)."""

    def __init__(self, config: BetaVaeConfig) -> None:
        super().__init__(config)
        self.beta = config.beta
