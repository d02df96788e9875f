"""Weights of classes in the cross-entropy, so that rare ones are not drowned by frequent ones."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from engine.api.datasets import IGNORED

ClassWeighting = Literal["none", "inverse-log", "median-frequency"]

_OFFSET = 1.1  # keeps the weight of a class that fills every picture finite


def count_classes(masks: Tensor, classes: int) -> Tensor:
    """Return pixels of each class, and pixels of the pictures that contain it: (2, K), float64.

    Args:
        masks: class indices (B, H, W), integer; 255 is ignored.
    """
    counts = torch.zeros(2, classes, dtype=torch.float64)
    for mask in masks:
        pixels = torch.bincount(mask[mask != IGNORED].long(), minlength=classes).double().cpu()
        counts[0] += pixels
        counts[1] += torch.where(pixels > 0, pixels.sum(), 0.0)
    return counts


def inverse_log_weights(counts: Tensor) -> Tensor:
    """1 / ln(1.1 + share of all pixels), (K,); between 1.3 and 10.5.

    After Paszke et al., ENet, 2016, https://arxiv.org/abs/1606.02147, with the larger offset 1.1.
    """
    share = counts[0] / counts[0].sum().clamp(min=1)
    return (1 / torch.log(_OFFSET + share)).float()


def median_frequency_weights(counts: Tensor) -> Tensor:
    """Median of the frequencies over a class's own, (K,); 1 where a class never occurs.

    The frequency is over the pictures that contain the class: Eigen and Fergus, ICCV 2015,
    https://arxiv.org/abs/1411.4734
    """
    present = counts[0] > 0
    if not present.any():
        return torch.ones(counts.shape[1])
    frequency = counts[0] / counts[1].clamp(min=1)
    median = torch.quantile(frequency[present], 0.5)  # of an even number: the mean of both
    return torch.where(present, median / frequency.clamp(min=1e-12), 1.0).float()


def class_weights(kind: ClassWeighting, counts: Tensor) -> Tensor | None:
    """Return the weights of a kind from `count_classes`, (K,), or None for none."""
    if kind == "none":
        return None
    return (inverse_log_weights if kind == "inverse-log" else median_frequency_weights)(counts)
