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

_FALL = 0.2  # of the training, in which a first beta falls to the last


@dataclass(frozen=True, slots=True)
class BetaVaeConfig(VaeConfig):
    """Architecture, and how much each of the two terms weighs."""

    beta: float = parameter(
        4.0, low=0.0, high=100.0, note="weight of the divergence; 1 is the plain VAE"
    )
    reconstruction_weight: float = parameter(
        1.0, low=0.0, high=1.0, note="of the other term; 0 shows what the divergence does alone"
    )
    first_beta: float | None = parameter(
        None, low=0.01, high=1000.0, note="beta at the first update; falls to beta, empty: constant"
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
        self.reconstruction_weight = config.reconstruction_weight
        self._first_beta = config.first_beta

    def beta_at(self, progress: float) -> float:
        """Return the weight of the divergence when a share in [0, 1] of the training is done.

        From a heavy first one it falls evenly on a logarithmic scale. Under it only what changes
        most of the picture pays for an axis; one axis after the other comes into use, as in
        Burgess et al., Understanding disentangling in beta-VAE, https://arxiv.org/abs/1804.03599.
        """
        if self._first_beta is None or not self.beta:
            return self.beta
        return float(self._first_beta * (self.beta / self._first_beta) ** min(1, progress / _FALL))
