import torch
from torch.distributions import Normal, kl_divergence

from engine.losses.gaussian_divergence import gaussian_divergence


def test_the_closed_form_is_that_of_torch_distributions() -> None:
    generator = torch.Generator().manual_seed(0)
    mean = torch.randn(50, 7, generator=generator).double() * 3
    log_variance = torch.randn(50, 7, generator=generator).double() * 2
    unit = Normal(torch.zeros_like(mean), torch.ones_like(mean))
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), unit)
    torch.testing.assert_close(gaussian_divergence(mean, log_variance), expected)


def test_a_unit_gaussian_costs_nothing_and_anything_else_does() -> None:
    zero = torch.zeros(1, 1)
    assert gaussian_divergence(zero, zero).item() == 0
    assert gaussian_divergence(zero + 0.1, zero).item() > 0
    assert gaussian_divergence(zero, zero - 0.1).item() > 0
