"""Max-pooling that remembers where its maxima were, and the way back to those places.

Zeiler, Taylor, Fergus, ICCV 2011; in segmentation Noh et al., https://arxiv.org/abs/1505.04366
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def max_pool_with_indices(features: Tensor) -> tuple[Tensor, Tensor]:
    """Halve (B, C, H, W), odd sides rounded up; also where each maximum lay in its H * W plane."""
    pooled, indices = functional.max_pool2d(features, 2, ceil_mode=True, return_indices=True)
    return pooled, indices


def max_unpool(features: Tensor, indices: Tensor, size: tuple[int, int]) -> Tensor:
    """Put each value of (B, C, h, w) where its maximum lay, zero elsewhere: (B, C, *size).

    Args:
        features: values, one for each index.
        indices: from `max_pool_with_indices`, int64, of the shape of `features`.
        size: height and width in pixels before pooling.
    """
    empty = features.new_zeros(*features.shape[:2], size[0] * size[1])
    placed = empty.scatter(2, indices.flatten(2), features.flatten(2))
    return placed.view(*features.shape[:2], *size)
