"""Adversarial autoencoder: reconstruct, teach the discriminator of codes, then fool it.

Makhzani et al., Adversarial Autoencoders, 2015, https://arxiv.org/abs/1511.05644, section 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from engine.data.datasets.samples import ClassBatch, as_images
from engine.layers.priors import COMPONENTS
from engine.metrics.energy_distance import energy_distance
from engine.models.representation.adversarial_autoencoder import AdversarialAutoencoder
from engine.training.objective import (
    OBJECTIVES,
    EvaluationScores,
    Losses,
    Objective,
    ObjectiveCard,
    Setup,
    Update,
    make_optimiser,
)
from engine.training.reconstructions import SquaredDifferences, above_each_other

_CARD = ObjectiveCard(
    key="adversarial-autoencoder",
    title="Adversarial autoencoder",
    task="classification",
    metric="mse",
    is_higher_better=False,
    protocol=(
        "mean squared difference of values in [0, 1], over all values of all pictures; "
        "prior_distance: energy distance between codes and as many draws from the prior"
    ),
)
_SAMPLES = 16
_DRAW_SEED = 0


@OBJECTIVES.register(_CARD)
class AdversarialAutoencoding(Objective[ClassBatch]):
    """For adversarial autoencoders."""

    card = _CARD

    def __init__(self, model: nn.Module, setup: Setup) -> None:
        assert isinstance(model, AdversarialAutoencoder)
        self.model = self._parts = model
        self.setup = setup
        # Each network is called by itself, so each is wrapped by itself.
        self.encoder = setup.wrap(self._parts.encoder)
        self.decoder = setup.wrap(self._parts.decoder)
        self.discriminator = setup.wrap(self._parts.discriminator)
        config = self._parts.config
        self._is_conditioned = config.is_conditioned_on_class and config.prior != "gaussian"

    def optimisers(self) -> dict[str, Optimizer]:
        """Return one for reconstruction, one for the discriminator, one for the encoder."""
        both = nn.ModuleList([self._parts.encoder, self._parts.decoder])
        return {
            "autoencoder": make_optimiser(both, self.setup.config),
            "discriminator": make_optimiser(self._parts.discriminator, self.setup.config),
            "encoder": make_optimiser(self._parts.encoder, self.setup.config),
        }

    def train_step(self, batch: ClassBatch, update: Update[ClassBatch]) -> Losses:
        """Do the three phases on a batch."""
        rebuilt = update("autoencoder", self._reconstruct, batch)
        judged = update("discriminator", self._judge, batch)
        fooled = update("encoder", self._fool, batch)
        return {
            "loss": rebuilt["loss"],
            "discriminator_loss": judged["loss"],
            "encoder_loss": fooled["loss"],
            "discriminator_on_prior": judged["on_prior"],
            "discriminator_on_codes": judged["on_codes"],
        }

    def evaluate(self, model: nn.Module, batches: Iterable[ClassBatch]) -> EvaluationScores:
        """Score by squared difference, and by how far the codes are from the prior."""
        source: Any = model
        differences = SquaredDifferences()
        codes = []
        for batch in batches:
            images = as_images(batch.pixels)
            output = model(images)
            differences.add(output.reconstruction, images)
            codes.append(output.latents.cpu())
        numbers = differences.numbers(self.setup.total)
        latents = torch.cat(codes)
        drawn = source.draw(len(latents), torch.Generator().manual_seed(_DRAW_SEED))
        distance = energy_distance(latents.numpy(), drawn.numpy())
        ranks = self.setup.total(torch.ones(1)).item()
        mean = self.setup.total(torch.tensor([distance], dtype=torch.float64)).item() / ranks
        numbers["prior_distance"] = mean
        return EvaluationScores(numbers, differences.images, {"loss": numbers["loss"]})

    def samples(self, model: nn.Module, batch: ClassBatch) -> NDArray[np.uint8]:
        """Draw each picture above its reconstruction, and samples of the prior below."""
        source: Any = model
        images = as_images(batch.pixels)
        latents = source.draw(_SAMPLES, torch.Generator().manual_seed(_DRAW_SEED))
        made = source.decode(latents.to(images.device))
        return above_each_other([images, model(images).reconstruction], made)

    def _reconstruct(self, batch: ClassBatch) -> Losses:
        images = as_images(batch.pixels)
        output = self.decoder(self.encoder(images))
        return {"loss": functional.mse_loss(output.float(), images)}

    def _judge(self, batch: ClassBatch) -> Losses:
        images = as_images(batch.pixels)
        with torch.no_grad():
            codes = self._parts.encoder(images)
        components = self._components(batch)
        classes = components if self._is_conditioned else None
        drawn = self._parts.draw_of(components.cpu()).to(codes)
        on_prior = self.discriminator(self._parts.with_class(drawn, classes)).float()
        on_codes = self.discriminator(self._parts.with_class(codes, classes)).float()
        loss = functional.softplus(-on_prior).mean() + functional.softplus(on_codes).mean()
        return {
            "loss": loss,
            "on_prior": on_prior.sigmoid().mean(),
            "on_codes": on_codes.sigmoid().mean(),
        }

    def _fool(self, batch: ClassBatch) -> Losses:
        classes = self._components(batch) if self._is_conditioned else None
        codes = self.encoder(as_images(batch.pixels))
        logits = self._parts.discriminator(self._parts.with_class(codes, classes)).float()
        return {"loss": functional.softplus(-logits).mean()}

    def _components(self, batch: ClassBatch) -> Tensor:
        """Return the part of the prior that belongs to each picture, (B,)."""
        if self._is_conditioned:
            return batch.class_indices % COMPONENTS
        return torch.randint(COMPONENTS, (len(batch.pixels),)).to(batch.pixels.device)
