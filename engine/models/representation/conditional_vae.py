"""Conditional VAE: given the class, the code is left with everything else, such as the hand.

Sohn, Lee, Yan, Learning Structured Output Representation using Deep Conditional Generative Models,
NeurIPS 2015, https://papers.nips.cc/paper/5775

Axes: B pictures, K classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.api.models import ModelCard
from engine.api.parameters import parameter
from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.models.representation.vae import Vae, VaeConfig


@dataclass(frozen=True, slots=True)
class ConditionalVaeConfig(VaeConfig):
    """Architecture, and how often the class is withheld."""

    classes: int = parameter(10, low=2, high=255, note="from the data")
    beta: float = parameter(
        1.0, low=0.0, high=100.0, note="weight of the divergence; more keeps samples in their class"
    )
    label_dropout: float = parameter(
        0.1, low=0.0, high=0.9, note="share of pictures whose class is withheld in training"
    )


@MODELS.register(
    ModelCard(
        key="conditional-vae",
        title="Conditional VAE",
        task="representation",
        family="variational autoencoder",
        paper="https://papers.nips.cc/paper/5775",
        summary="Knows the class, so that the code keeps what is left: the hand that wrote it.",
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
class ConditionalVae(Vae):
    """The class goes to encoder and decoder as one-hot; zeros where it is withheld."""

    def __init__(self, config: ConditionalVaeConfig) -> None:
        super().__init__(config, label_count=config.classes)
        self.beta = config.beta
        self.label_dropout = config.label_dropout

    def condition(self, labels: Tensor | None, like: Tensor) -> Tensor:
        """Return classes (B,) as one-hot (B, K); one that is below 0, or missing, as zeros."""
        if labels is None:
            return torch.zeros(len(like), self.label_count, device=like.device)
        one_hot = functional.one_hot(labels.clamp(min=0), self.label_count).float()  # (B, K)
        return one_hot * (labels >= 0).unsqueeze(1)
