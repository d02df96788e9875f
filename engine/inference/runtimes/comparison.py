"""How far the answers of a runtime are from those of eager."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as tree


def largest_difference(found: Any, expected: Any) -> float:
    """Compare two nested answers number by number.

    Returns:
        The largest difference within one tensor as a part of the largest magnitude that is
        expected in it, over all tensors. Infinite where structure, shapes, types, whole numbers,
        or places of what is no finite number differ.
    """
    found_leaves, found_structure = tree.tree_flatten(found)
    expected_leaves, expected_structure = tree.tree_flatten(expected)
    if found_structure != expected_structure:
        return math.inf
    pairs = zip(found_leaves, expected_leaves, strict=True)
    return max((_difference(*pair) for pair in pairs), default=0.0)


def _difference(found: Any, expected: Any) -> float:
    if not isinstance(found, Tensor) or not isinstance(expected, Tensor):
        return 0.0 if type(found) is type(expected) and found == expected else math.inf
    if (found.shape, found.dtype) != (expected.shape, expected.dtype):
        return math.inf
    if not expected.is_floating_point():
        return 0.0 if torch.equal(found, expected) else math.inf
    is_finite = expected.isfinite()
    if not torch.equal(found[~is_finite].nan_to_num(), expected[~is_finite].nan_to_num()):
        return math.inf
    gaps = (found - expected)[is_finite].double().abs()
    if not gaps.numel():
        return 0.0
    if not gaps.isfinite().all():
        return math.inf
    scale = float(expected[is_finite].double().abs().max())
    return float(gaps.max()) / (scale or 1.0)
