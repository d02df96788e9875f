"""Energy distance: how differently two clouds of points are spread; 0 for the same distribution.

Szekely, Rizzo, Energy statistics: A class of statistics based on distances, JSPI 2013,
https://doi.org/10.1016/j.jspi.2013.03.018
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances


def energy_distance(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Return 2 E|X - Y| - E|X - X'| - E|Y - Y'| of samples (N, Z) and (M, Z), 0 or more."""
    between = pairwise_distances(a, b).mean()
    within = pairwise_distances(a).mean() + pairwise_distances(b).mean()
    return float(2 * between - within)
