"""Focal loss: cross-entropy that turns away from pixels which are already right.

Lin, Goyal, Girshick, He, Dollár, Focal Loss for Dense Object Detection, ICCV 2017,
https://arxiv.org/abs/1708.02002
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.api.datasets import IGNORED


def focal_loss(logits: Tensor, masks: Tensor, focus: float = 2.0) -> Tensor:
    """Mean of (1 - p)^focus * -log p over counted pixels, then over pictures; scalar, >= 0.

    With a focus of 0 it is the cross-entropy per pixel.

    Args:
        logits: (B, K, H, W).
        masks: class indices (B, H, W), integer; 255 is ignored.
        focus: gamma of the paper, >= 0; 2 there.
    """
    surprise = functional.cross_entropy(
        logits.float(), masks.long(), ignore_index=IGNORED, reduction="none"
    )
    wrong = (-torch.expm1(-surprise)).clamp(min=1e-12)  # a root of zero has no gradient
    per_pixel = wrong**focus * surprise
    counted = (masks != IGNORED).sum(dim=(1, 2)).clamp(min=1)  # (B,)
    return torch.mean(per_pixel.sum(dim=(1, 2)) / counted)
