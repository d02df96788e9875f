"""The bound that validation reports: sampled, and below the likelihood that it is a bound of."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.api.training import TrainConfig
from engine.core.registry import MODELS
from engine.core.trained_models import load_trained
from engine.data.datasets.dataset import Dataset
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.prepared import Preparation
from engine.data.datasets.samples import as_images
from engine.training.batches import fixed_batch
from engine.training.objective import Setup
from engine.training.objectives.variational import Variational

CPU = torch.device("cpu")
COUNT = 24
DRAWS = 256
SHIPPED = [("vae", "vae-mnist-2d"), ("vae", "vae-mnist-10d"), ("beta-vae", "beta-vae-mnist")]


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return open_dataset("digits", None, "pictures", OpenOptions(preparation=Preparation(28)))


def validated(model: nn.Module, digits: Dataset, batch_size: int) -> dict[str, float]:
    objective = Variational(model, Setup(digits.facts, TrainConfig()))
    starts = range(0, COUNT, batch_size)
    batches: Any = [
        fixed_batch(digits, range(start, min(COUNT, start + batch_size)), CPU) for start in starts
    ]
    with torch.inference_mode():
        return dict(objective.evaluate(model, batches).numbers)


def log_weights(model: Any, images: Tensor) -> Tensor:
    """Return log p(x, z) - log q(z | x) of codes drawn from the posterior, (DRAWS, B)."""
    generator = torch.Generator().manual_seed(1)
    mean, log_variance = (part.double() for part in model.posterior(images))
    found = []
    for _ in range(DRAWS):
        noise = torch.randn(mean.shape, generator=generator, dtype=torch.float64)
        codes = mean + (0.5 * log_variance).exp() * noise
        logits = model.decode_logits(codes.float()).double()
        on_picture = (images * logits - nn.functional.softplus(logits)).flatten(1).sum(dim=1)
        on_prior = -0.5 * (codes.square() + math.log(2 * math.pi)).sum(dim=1)
        on_posterior = -0.5 * (noise.square() + log_variance + math.log(2 * math.pi)).sum(dim=1)
        found.append(on_picture + on_prior - on_posterior)
    return torch.stack(found)


@pytest.mark.parametrize(("key", "weights"), SHIPPED)
def test_the_bound_of_validation_is_that_of_the_posterior_and_below_the_likelihood(
    key: str, weights: str, digits: Dataset
) -> None:
    model = load_trained(MODELS.card(key), weights, CPU).model.eval()
    numbers = validated(model, digits, batch_size=16)
    images = as_images(fixed_batch(digits, range(COUNT), CPU).pixels)
    with torch.inference_mode():
        weighed = log_weights(model, images)
    bounds = weighed.mean(dim=0)
    error = (weighed.std(dim=0).square() / 16).mean().sqrt() / math.sqrt(COUNT)
    assert numbers["elbo_nats"] == pytest.approx(float(bounds.mean()), abs=5 * float(error))
    likelihood = weighed.logsumexp(dim=0) - math.log(DRAWS)
    assert numbers["elbo_nats"] < float(likelihood.mean())
    bits = -numbers["elbo_nats"] / (28 * 28 * math.log(2))
    assert numbers["bits_per_dimension"] == pytest.approx(bits)


def test_the_bound_does_not_depend_on_how_pictures_are_cut_into_batches(digits: Dataset) -> None:
    model = load_trained(MODELS.card("vae"), "vae-mnist-2d", CPU).model.eval()
    whole, pieces = (validated(model, digits, batch_size=size) for size in (COUNT, 7))
    assert whole["elbo_nats"] == pytest.approx(pieces["elbo_nats"], rel=1e-5)
