"""Soft Dice loss: one minus twice the overlap over the sum of both areas.

Milletari, Navab, Ahmadi 2016, https://arxiv.org/abs/1606.04797, with the squares in equation 2
left out, as is usual since.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.api.datasets import IGNORED


def dice_loss(logits: Tensor, masks: Tensor, smoothing: float = 1.0) -> Tensor:
    """Mean over classes and pictures; scalar in [0, 1), 0 for a certain and right answer.

    Args:
        logits: (B, K, H, W).
        masks: class indices (B, H, W), integer; 255 is ignored.
        smoothing: pixels added above and below the fraction, so that a class that neither occurs
            nor is predicted has no loss.
    """
    counted = (masks != IGNORED).unsqueeze(1)  # (B, 1, H, W)
    classes = torch.where(masks == IGNORED, 0, masks).long()
    truth = functional.one_hot(classes, logits.shape[1]).permute(0, 3, 1, 2) * counted
    probabilities = logits.float().softmax(dim=1) * counted
    overlap = (probabilities * truth).sum(dim=(2, 3))  # (B, K)
    areas = (probabilities + truth).sum(dim=(2, 3))
    return torch.mean(1 - (2 * overlap + smoothing) / (areas + smoothing))
