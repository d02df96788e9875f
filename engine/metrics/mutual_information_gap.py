"""Mutual information gap: does one axis, and no second one, know each factor?

Chen, Li, Grosse, Duvenaud, Isolating Sources of Disentanglement in Variational Autoencoders,
NeurIPS 2018, https://arxiv.org/abs/1802.04942
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import mutual_info_score

_BINS = 20


def mutual_information_gap(
    latents: NDArray[np.floating], factor_indices: NDArray[np.integer]
) -> float:
    """Return the gap between the two axes that know most of a factor, a mean over factors.

    Each axis is cut into 20 equally wide bins; information is counted in shares of the factor's
    entropy. 1 where each factor has an axis of its own, and no more values than bins.

    Args:
        latents: (N, Z), Z of two or more; some 10,000 pictures give a steady number.
        factor_indices: (N, F) values of the factors, each of which varies.
    """
    binned = [np.digitize(axis, np.histogram_bin_edges(axis, _BINS)[:-1]) for axis in latents.T]
    gaps = []
    for factor in factor_indices.T:
        known = sorted((mutual_info_score(factor, axis) for axis in binned), reverse=True)
        gaps.append((known[0] - known[1]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))
