"""Kernel distance of features: KID, whatever network the features are of.

Binkowski, Sutherland, Arbel, Gretton, Demystifying MMD GANs, ICLR 2018,
https://arxiv.org/abs/1801.01401
"""

from __future__ import annotations

from torch import Tensor


def kernel_distance(one: Tensor, two: Tensor) -> float:
    """Return the unbiased squared mean discrepancy of features (N, F) and (M, F).

    With the kernel (x . y / F + 1)^3. Its expectation is 0 for equal distributions, so that single
    values may be negative. N and M of two or more.
    """
    one, two = one.double(), two.double()
    within = _mean_of_pairs(_kernel(one, one)) + _mean_of_pairs(_kernel(two, two))
    return float(within - 2 * _kernel(one, two).mean())


def _kernel(one: Tensor, two: Tensor) -> Tensor:
    return (one @ two.T / one.shape[1] + 1) ** 3


def _mean_of_pairs(kernel: Tensor) -> Tensor:
    """Mean over pairs of different pictures."""
    count = len(kernel)
    return (kernel.sum() - kernel.trace()) / (count * (count - 1))
