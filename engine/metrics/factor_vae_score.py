"""FactorVAE score: from the axis that stands still, can one tell which factor was held?

Kim, Mnih, Disentangling by Factorising, ICML 2018, https://arxiv.org/abs/1802.05983, section 4
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_PRUNED_BELOW = 0.05
"""Axes whose standard deviation over all pictures is smaller carry nothing, and do not vote."""


def quietest_axis(
    latents: NDArray[np.floating], deviations: NDArray[np.floating]
) -> NDArray[np.int64]:
    """Return the axis that varies least in each group, (G,).

    Args:
        latents: (G, L, Z): groups of pictures that share one factor.
        deviations: (Z,) over all pictures; the measure for "least".
    """
    is_used = deviations >= _PRUNED_BELOW
    scaled = latents.var(axis=1) / np.square(np.where(is_used, deviations, 1.0))
    return np.asarray(np.where(is_used, scaled, np.inf).argmin(axis=1), np.int64)


def factor_vae_score(
    axes: NDArray[np.int64], factors: NDArray[np.int64], trained: int, axis_count: int
) -> float:
    """Return how often the majority vote of the quietest axis names the held factor.

    Args:
        axes: (G,) quietest axis of each group; factors: (G,) the factor held in it.
        trained: the first so many groups vote, the others are named.
        axis_count: Z.
    """
    votes = np.zeros((axis_count, int(factors.max()) + 1), np.int64)
    np.add.at(votes, (axes[:trained], factors[:trained]), 1)
    named = votes.argmax(axis=1)[axes[trained:]]
    return float((named == factors[trained:]).mean())
