"""Frechet distance between Gaussians fitted to features: FID, whatever network the features are of.

Heusel et al., GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium,
NeurIPS 2017, https://arxiv.org/abs/1706.08500

Axes: N pictures, F features.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


class FeatureMoments:
    """Sums features over batches, for their mean and covariance.

    Attributes:
        count: pictures so far.
    """

    def __init__(self, features: int) -> None:
        self._sums = torch.zeros(features + 1, features, dtype=torch.float64)
        self.count = 0

    def add(self, features: Tensor) -> None:
        """Take features (N, F) in."""
        values = features.double().cpu()
        self._sums += torch.cat([values.T @ values, values.sum(dim=0, keepdim=True)])
        self.count += len(values)

    def totalled(self, total: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
        """Return mean (F,) and covariance (F, F) over all processes."""
        count = total(torch.tensor([float(self.count)], dtype=torch.float64)).item()
        sums = total(self._sums)
        mean = sums[-1] / count
        scatter = sums[:-1] - count * torch.outer(mean, mean)
        return mean, scatter / max(1.0, count - 1)


def frechet_distance(one: tuple[Tensor, Tensor], two: tuple[Tensor, Tensor]) -> float:
    """Return |m1 - m2|^2 + trace(S1 + S2 - 2 (S1 S2)^(1/2)) of means and covariances, 0 or more.

    The root of S1 S2 has the eigenvalues of the symmetric root(S1) S2 root(S1), which has no
    complex ones however few pictures there were.
    """
    (mean_one, spread_one), (mean_two, spread_two) = one, two
    root = _root(spread_one)
    middle = torch.linalg.eigvalsh(root @ spread_two @ root).clamp(min=0).sqrt().sum()
    spread = spread_one.trace() + spread_two.trace() - 2 * middle
    return max(0.0, float((mean_one - mean_two).square().sum() + spread))


def _root(matrix: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh((matrix + matrix.T) / 2)
    root: Tensor = vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T
    return root
