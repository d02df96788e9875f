"""Generator against discriminator: one learns to tell fakes from real pictures, then the other to
have its fakes taken for real.

Goodfellow et al., Generative Adversarial Nets, NIPS 2014, https://arxiv.org/abs/1406.2661; the
generator maximises log D(G(z)), the non-saturating form of the paper's section 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from engine.core.digit_network import DigitNetwork, digit_network
from engine.data.datasets.samples import ClassBatch, PictureBatch, as_images
from engine.training.class_shares import draw_shares
from engine.training.generated_scores import GeneratedScores
from engine.training.grids import tile
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
from engine.training.reconstructions import as_pictures

_PROTOCOL = (
    "Frechet distance between features of the real pictures and as many generated ones of a "
    "fixed seed: "
    "those of the digit network for 28 x 28 digits (not comparable with Inception FID), else of "
    "the pictures reduced to 8 x 8; class shares: of 3,000 generated digits, as it calls them; "
    "covering_distance: the distance times 3 % / smallest share where that is above 1, so that "
    "weights which have forgotten a class are not the best"
)
_CARD = ObjectiveCard(
    key="adversarial",
    title="Generator against discriminator",
    task="pictures",
    metric="covering_distance",
    is_higher_better=False,
    protocol=_PROTOCOL,
)
_CONDITIONAL_CARD = ObjectiveCard(
    key="conditional-adversarial",
    title="Generator against discriminator, conditioned on the class",
    task="classification",
    metric="covering_distance",
    is_higher_better=False,
    protocol=_PROTOCOL + "; class_consistency: share of them that it calls as was asked",
)
_MOMENTUM = 0.5
"""Of Adam, as in DCGAN: with the usual 0.9 the two chase each other in circles."""

_SHEET = 64
_SHEET_COLUMNS = 8
_SEED = 0


@OBJECTIVES.register(_CARD)
class Adversarial(Objective[PictureBatch]):
    """For models that have `generator` and `discriminator`, and `make` and `judge` with them."""

    card = _CARD

    def __init__(self, model: nn.Module, setup: Setup) -> None:
        self.model = model
        self.setup = setup
        self._parts: Any = model
        # Each network is called by itself, so each is wrapped by itself.
        source: Any = model
        self.generator = setup.wrap(source.generator)
        self.discriminator = setup.wrap(source.discriminator)

    def optimisers(self) -> dict[str, Optimizer]:
        """Return one for each network."""
        source: Any = self.model
        networks = {"discriminator": source.discriminator, "generator": source.generator}
        config = self.setup.config
        optimisers = {name: make_optimiser(one, config) for name, one in networks.items()}
        for optimiser in optimisers.values():
            for group in optimiser.param_groups:
                if "betas" in group:
                    group["betas"] = (_MOMENTUM, group["betas"][1])
        return optimisers

    def train_step(self, batch: PictureBatch, update: Update[PictureBatch]) -> Losses:
        """Teach the discriminator with real and fake pictures, then the generator by it."""
        judged = update("discriminator", self._judge, batch)
        fooled = update("generator", self._fool, batch)
        return {
            "loss": judged["loss"] + fooled["loss"],
            "discriminator_loss": judged["loss"],
            "generator_loss": fooled["loss"],
            "discriminator_on_real": judged["on_real"],
            "discriminator_on_fake": judged["on_fake"],
        }

    def evaluate(self, model: nn.Module, batches: Iterable[PictureBatch]) -> EvaluationScores:
        """Score as many fakes as there are real pictures, by the distance of their features."""
        scores = GeneratedScores(model, self._network_for(model), _SEED)
        for batch in batches:
            scores.add_real(as_images(batch.pixels))
        numbers, shares = scores.numbers(self.setup.total)
        names = self.setup.facts.classes
        per_class = dict(zip(names, shares, strict=True)) if shares else None
        return EvaluationScores(numbers, scores.images, {"per_class": per_class})

    def samples(self, model: nn.Module, batch: PictureBatch) -> NDArray[np.uint8]:
        """Draw pictures of fixed noise; for digits with a bar a class: does every one occur?"""
        scores = GeneratedScores(model, self._network_for(model), _SEED)
        sheet = tile(as_pictures(scores.make(_SHEET)), columns=_SHEET_COLUMNS)
        shares = scores.class_shares()
        if not shares:
            return sheet
        bars = draw_shares(shares, self.setup.facts.classes, sheet.shape[1])
        return np.concatenate([sheet, bars])

    def _network_for(self, model: nn.Module) -> DigitNetwork | None:
        facts = self.setup.facts
        device = next(model.parameters()).device
        return digit_network(facts.channels, facts.size, facts.classes, device)

    def _labels(self, batch: Any) -> Tensor | None:
        return None

    def _fakes(self, batch: PictureBatch) -> Tensor:
        count = len(batch.pixels)
        latents = self._parts.draw(count).to(batch.pixels.device)
        pictures: Tensor = self._parts.make(self.generator, latents, self._labels(batch))
        return pictures

    def _judge(self, batch: PictureBatch) -> Losses:
        labels = self._labels(batch)
        with torch.no_grad():
            fake = self._fakes(batch)
        on_real = self._parts.judge(self.discriminator, as_images(batch.pixels), labels).float()
        on_fake = self._parts.judge(self.discriminator, fake, labels).float()
        loss = (functional.softplus(-on_real).mean() + functional.softplus(on_fake).mean()) / 2
        return {
            "loss": loss,
            "on_real": on_real.sigmoid().mean(),
            "on_fake": on_fake.sigmoid().mean(),
        }

    def _fool(self, batch: PictureBatch) -> Losses:
        frozen = self._parts.discriminator  # its own gradients are thrown away: none travel
        logits = self._parts.judge(frozen, self._fakes(batch), self._labels(batch)).float()
        return {"loss": functional.softplus(-logits).mean()}


@OBJECTIVES.register(_CONDITIONAL_CARD)
class ConditionalAdversarial(Adversarial):
    """The same, conditioned on the class; fakes get the classes of the real pictures."""

    card: ClassVar[ObjectiveCard] = _CONDITIONAL_CARD

    def _labels(self, batch: Any) -> Tensor | None:
        classes: ClassBatch = batch
        return classes.class_indices
