"""Softmax cross-entropy per pixel, the loss of semantic segmentation."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.api.datasets import IGNORED


def pixel_cross_entropy(
    logits: Tensor, masks: Tensor, class_weights: Tensor | None = None
) -> Tensor:
    """Mean over the pixels of a picture that count, then over pictures; scalar, nats per pixel.

    Equal to `torch.nn.functional.cross_entropy` where no pixel is ignored.

    Args:
        logits: (B, K, H, W).
        masks: class indices (B, H, W), integer; 255 is ignored.
        class_weights: (K,); a pixel counts as much as its true class weighs. None for all 1.
    """
    per_pixel = functional.cross_entropy(
        logits.float(), masks.long(), class_weights, ignore_index=IGNORED, reduction="none"
    )
    is_counted = masks != IGNORED
    if class_weights is None:
        weight = is_counted.sum(dim=(1, 2)).clamp(min=1)  # (B,)
    else:
        of_pixels = class_weights[torch.where(is_counted, masks, 0).long()] * is_counted
        weight = of_pixels.sum(dim=(1, 2)).clamp(min=1e-6)
    return torch.mean(per_pixel.sum(dim=(1, 2)) / weight)
