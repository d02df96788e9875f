"""How far a Gaussian with independent axes lies from the unit Gaussian, in nats.

Kingma, Welling, Auto-Encoding Variational Bayes, ICLR 2014, https://arxiv.org/abs/1312.6114,
appendix B.
"""

from __future__ import annotations

from torch import Tensor


def gaussian_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(mean, variance) || N(0, 1)) of each axis, the shape of the arguments."""
    return 0.5 * (log_variance.exp() + mean.square() - 1 - log_variance)
