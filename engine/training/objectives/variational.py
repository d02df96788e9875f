"""Evidence lower bound: reconstruction as Bernoulli likelihood, and the divergence from the prior.

Kingma, Welling, Auto-Encoding Variational Bayes, ICLR 2014, https://arxiv.org/abs/1312.6114
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.core.digit_network import digit_network
from engine.data.datasets.samples import ClassBatch, FactorBatch, PictureBatch, as_images
from engine.losses.bernoulli_likelihood import reconstruction_nats
from engine.losses.gaussian_divergence import gaussian_divergence
from engine.training.disentanglement import sprite_scores
from engine.training.generated_scores import GeneratedScores
from engine.training.objective import (
    OBJECTIVES,
    EvaluationScores,
    Losses,
    Objective,
    ObjectiveCard,
)
from engine.training.reconstructions import SquaredDifferences, above_each_other

DRAWS = 16
"""Codes a picture that the bound is averaged over; the mean of the posterior would flatter it."""

_PROTOCOL = (
    f"evidence lower bound in nats a picture, the mean over {DRAWS} codes drawn from the posterior "
    "by a fixed seed, grey values as Bernoulli probabilities; mse: of values in [0, 1], decoded "
    "from the mean of the posterior; an axis is active where the mean of the "
    "posterior varies by more than 0.01; fid, kid: of as many samples of the prior, by the digit "
    "network, not comparable with Inception"
)
_CARD = ObjectiveCard(
    key="variational",
    title="Evidence lower bound",
    task="pictures",
    metric="elbo_nats",
    is_higher_better=True,
    protocol=_PROTOCOL,
)
_CONDITIONAL_CARD = ObjectiveCard(
    key="conditional-variational",
    title="Evidence lower bound, conditioned on the class",
    task="classification",
    metric="elbo_nats",
    is_higher_better=True,
    protocol=_PROTOCOL + "; the class is given",
)
ACTIVE_VARIANCE = 0.01
"""Burda, Grosse, Salakhutdinov, Importance Weighted Autoencoders, ICLR 2016, section 5.2."""

_NOISE_SEED = 0
_SAMPLES = 16
_SAMPLE_NUMBERS = ("fid_digit_network", "kid_digit_network", "class_consistency")


@OBJECTIVES.register(_CARD)
class Variational(Objective[PictureBatch]):
    """For models derived from the variational autoencoder."""

    card = _CARD

    def evaluate(self, model: nn.Module, batches: Iterable[PictureBatch]) -> EvaluationScores:
        """Score by the bound, by squared difference, and by the axes in use."""
        tally, samples = _Tally(model), self._samples_of(model)
        has_factors = False
        for batch in batches:
            tally.add(as_images(batch.pixels), self._labels(batch))
            if samples is not None:
                samples.add_real(as_images(batch.pixels))
            has_factors = has_factors or isinstance(batch, FactorBatch)
        numbers = tally.numbers(self.setup.total)
        if has_factors:
            source: Any = model
            device = next(model.parameters()).device
            numbers |= sprite_scores(lambda images: source.encode(images.to(device)))
        if samples is not None:
            found, _ = samples.numbers(self.setup.total)
            numbers |= {name: found[name] for name in _SAMPLE_NUMBERS if name in found}
        return EvaluationScores(numbers, tally.images, {"loss": numbers["loss"]})

    def samples(self, model: nn.Module, batch: PictureBatch) -> NDArray[np.uint8]:
        """Draw each picture above its reconstruction, and samples of the prior below."""
        source: Any = model
        images = as_images(batch.pixels)
        latents = source.draw(_SAMPLES, torch.Generator().manual_seed(0)).to(images.device)
        made = source.decode(latents, self._asked(len(latents), images.device))
        output = model(images, self._labels(batch)).reconstruction
        return above_each_other([images, output], made)

    def _samples_of(self, model: nn.Module) -> GeneratedScores | None:
        """Return what scores samples of the prior, where the digit network knows the pictures."""
        facts, device = self.setup.facts, next(model.parameters()).device
        network = digit_network(facts.channels, facts.size, facts.classes, device)
        return None if network is None else GeneratedScores(model, network, seed=0)

    def _labels(self, batch: Any) -> Tensor | None:
        return None

    def _withheld(self, labels: Tensor | None) -> Tensor | None:
        return labels

    def _asked(self, count: int, device: torch.device) -> Tensor | None:
        return None

    def losses(self, batch: PictureBatch) -> Losses:
        """Negative bound, with its two parts."""
        images = as_images(batch.pixels)
        output = self.network(images, self._withheld(self._labels(batch)))
        source: Any = self.model
        losses: Losses = source.loss(output, images, source.beta_at(self.progress))
        return losses


@OBJECTIVES.register(_CONDITIONAL_CARD)
class ConditionalVariational(Variational):
    """The same, conditioned on the class, of which `label_dropout` is withheld in training."""

    card: ClassVar[ObjectiveCard] = _CONDITIONAL_CARD

    def _labels(self, batch: Any) -> Tensor | None:
        classes: ClassBatch = batch
        return classes.class_indices

    def _withheld(self, labels: Tensor | None) -> Tensor | None:
        assert labels is not None
        share: Any = self.model.label_dropout
        is_withheld = torch.rand(len(labels)).to(labels.device) < share
        return torch.where(is_withheld, torch.full_like(labels, -1), labels)

    def _asked(self, count: int, device: torch.device) -> Tensor | None:
        return torch.arange(count, device=device) % len(self.setup.facts.classes)


class _Tally:
    """Sums what `evaluate` needs over batches."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._differences = SquaredDifferences()
        axes: Any = model.latent_dimensions
        self._nats = torch.zeros(2, dtype=torch.float64)  # reconstruction, divergence
        self._means = torch.zeros(2, axes, dtype=torch.float64)  # sums, sums of squares
        # NumPy's numbers do not depend on how the pictures are cut into batches.
        self._random = np.random.default_rng(_NOISE_SEED)
        self._values = 1
        self.images = 0

    def add(self, images: Tensor, labels: Tensor | None) -> None:
        output = self._model(images, labels)
        self._values = images[0].numel()
        self._differences.add(output.reconstruction, images)
        divergence = gaussian_divergence(output.mean, output.log_variance)
        found = self._expected_nats(output, images, labels)
        self._nats += torch.stack([found.double().sum(), divergence.double().sum()]).cpu()
        mean = output.mean.double()
        self._means += torch.stack([mean.sum(dim=0), mean.square().sum(dim=0)]).cpu()

    def _expected_nats(self, output: Any, images: Tensor, labels: Tensor | None) -> Tensor:
        """Return the mean of -log p(x | z) over codes drawn from the posterior, (B,)."""
        source: Any = self._model
        noise = self._random.standard_normal((len(images), DRAWS, output.mean.shape[1]), np.float32)
        deviation = (0.5 * output.log_variance).exp()
        found = torch.zeros(len(images), device=images.device)
        for drawn in torch.from_numpy(noise).to(images.device).unbind(dim=1):
            logits = source.decode_logits(output.mean + deviation * drawn, labels)
            found += reconstruction_nats(logits, images)
        return found / DRAWS

    def numbers(self, total: Any) -> dict[str, float]:
        numbers: dict[str, float] = self._differences.numbers(total)
        self.images = self._differences.images
        reconstruction, divergence = (total(self._nats) / self.images).tolist()
        sums, squares = (total(self._means) / self.images).unbind()
        bound = -(reconstruction + divergence)
        model: Any = self._model
        weighed = model.reconstruction_weight * reconstruction + model.beta * divergence
        return {
            **numbers,
            "loss": weighed / self._values,
            "elbo_nats": bound,
            "bits_per_dimension": -bound / (self._values * math.log(2)),
            "reconstruction_nats": reconstruction,
            "divergence_nats": divergence,
            "active_axes": float((squares - sums.square() > ACTIVE_VARIANCE).sum()),
        }
