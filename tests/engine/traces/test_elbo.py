"""The bound against torch.distributions and against a likelihood that is known exactly."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import distributions

from engine.api.tasks import TaskContext
from engine.traces.elbo import ElboConfig, importance_bounds, log_mean_exp
from engine.traces.small_models import learned_vae, subject
from tests.engine.traces.trace_checks import traced

CONTEXT = TaskContext(lambda _: None)
trace = partial(traced, "elbo")


def test_the_bound_lies_below_the_estimated_likelihood() -> None:
    for picture in (0, 1, 2):
        result = trace(ElboConfig(picture=picture, draws=512)).result
        assert result["elbo"] <= result["log_likelihood"]
        assert result["elbo"] == pytest.approx(result["reconstruction"] - result["kl"])


def test_divergence_and_reconstruction_are_those_of_torch_distributions() -> None:
    result = trace(ElboConfig(draws=4096)).result
    vae = learned_vae("shipped", 0, CONTEXT)
    grey, _ = subject(None, 0, vae.side)
    binary = torch.from_numpy((grey > 0.5).astype(np.float32))[None, None]
    with torch.no_grad():
        mean, log_variance = vae.model.posterior(binary)
        posterior = distributions.Normal(mean, (0.5 * log_variance).exp())
        kl = distributions.kl_divergence(posterior, distributions.Normal(0.0, 1.0))
        torch.manual_seed(1)
        codes = posterior.sample((1024,))[:, 0]
        pixels = distributions.Bernoulli(logits=vae.model.decode_logits(codes))
        terms = pixels.log_prob(binary.expand(1024, -1, -1, -1)).sum(dim=(1, 2, 3))
    assert result["kl_per_axis"] == pytest.approx(kl[0].tolist(), abs=1e-4)
    error = terms.std().item() * np.sqrt(1 / 1024 + 1 / 4096)
    assert abs(result["reconstruction"] - terms.mean().item()) < 5 * error


def test_bounds_of_more_draws_never_fall_and_meet_a_known_likelihood() -> None:
    # x = z + noise, both unit Gaussians: p(x) is N(0, 2), and q is deliberately off.
    random = np.random.default_rng(0)
    x, proposal = 0.7, distributions.Normal(0.1, 1.0)
    codes = torch.from_numpy(random.standard_normal(2**14)) + 0.1
    unit = distributions.Normal(0.0, 1.0)
    log_weights = unit.log_prob(x - codes) + unit.log_prob(codes) - proposal.log_prob(codes)
    bounds = list(importance_bounds(log_weights.numpy()).values())
    exact = distributions.Normal(0.0, 2**0.5).log_prob(torch.tensor(x)).item()
    assert np.all(np.diff(bounds) >= 0)
    assert bounds[0] == pytest.approx(log_weights.mean().item())
    assert bounds[0] < exact
    assert bounds[-1] == pytest.approx(exact, abs=0.02)


def test_the_log_of_a_mean_survives_very_small_numbers() -> None:
    assert log_mean_exp(np.array([-2000.0, -2000.0])) == -2000
    assert log_mean_exp(np.array([0.0, np.log(3)])) == pytest.approx(np.log(2))
