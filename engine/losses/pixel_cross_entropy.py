"""Softmax cross-entropy per pixel, the loss of semantic segmentation."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.api.datasets import IGNORED


def pixel_cross_entropy(logits: Tensor, masks: Tensor) -> Tensor:
    """Mean over the pixels of a picture that count, then over pictures; scalar, nats per pixel.

    Equal to `torch.nn.functional.cross_entropy` where no pixel is ignored.

    Args:
        logits: (B, K, H, W).
        masks: class indices (B, H, W), integer; 255 is ignored.
    """
    per_pixel = functional.cross_entropy(
        logits.float(), masks.long(), ignore_index=IGNORED, reduction="none"
    )
    counted = (masks != IGNORED).sum(dim=(1, 2)).clamp(min=1)  # (B,)
    return torch.mean(per_pixel.sum(dim=(1, 2)) / counted)
