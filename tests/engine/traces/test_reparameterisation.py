"""Estimates against the derivatives of mean^2 + deviation^2, and backpropagation."""

from functools import partial

import numpy as np
import pytest
import torch

from engine.traces.reparameterisation import ReparameterisationConfig, pathwise, score_function
from tests.engine.traces.trace_checks import traced

trace = partial(traced, "reparameterisation")


def test_both_estimators_meet_the_analytical_gradient(random: np.random.Generator) -> None:
    mean, deviation = 0.8, 0.6
    noise = random.standard_normal(200_000)
    for estimate in (pathwise, score_function):
        slopes = estimate(mean, deviation, noise)
        error = slopes.std(axis=0) / np.sqrt(len(noise))
        off = np.abs(slopes.mean(axis=0) - [2 * mean, 2 * deviation])
        assert np.all(off < 4 * error)


def test_one_draw_has_the_slope_that_autograd_finds() -> None:
    mean = torch.tensor(0.8, dtype=torch.float64, requires_grad=True)
    deviation = torch.tensor(0.6, dtype=torch.float64, requires_grad=True)
    ((mean + deviation * -1.3) ** 2).backward()
    found = pathwise(0.8, 0.6, np.array([-1.3]))[0]
    assert found.tolist() == pytest.approx([mean.grad.item(), deviation.grad.item()])


def test_the_score_function_weighs_by_the_slope_of_the_log_density() -> None:
    mean = torch.tensor(0.8, dtype=torch.float64, requires_grad=True)
    deviation = torch.tensor(0.6, dtype=torch.float64, requires_grad=True)
    code = torch.tensor(0.8 + 0.6 * -1.3, dtype=torch.float64)
    torch.distributions.Normal(mean, deviation).log_prob(code).backward()
    found = score_function(0.8, 0.6, np.array([-1.3]))[0] / code.item() ** 2
    assert found.tolist() == pytest.approx([mean.grad.item(), deviation.grad.item()])


def test_the_trace_agrees_with_itself() -> None:
    result = trace(ReparameterisationConfig()).result
    mean, deviation = result["mean"], result["deviation"]
    assert result["analytic"] == pytest.approx([2 * mean, 2 * deviation])
    spread = np.array(result["spread"]["reparameterised"]) / 100  # of 10,000 draws
    off = np.abs(np.subtract(result["reparameterised"], result["analytic"]))
    assert np.all(off < 4 * spread)
    # f'(z) = 2 z has the standard deviation 2 * deviation.
    assert result["spread"]["reparameterised"][0] == pytest.approx(2 * deviation, rel=0.05)


def test_backpropagation_meets_the_difference_quotient() -> None:
    slopes = trace(ReparameterisationConfig()).result["slopes"]
    largest = max(map(abs, slopes["chain_rule"]))
    assert slopes["chain_rule"] == pytest.approx(slopes["difference"], abs=1e-4 * largest)
