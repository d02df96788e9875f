"""How likely a picture is under a decoder that answers with the probability of white.

Kingma, Welling, Auto-Encoding Variational Bayes, ICLR 2014, appendix C.1,
https://arxiv.org/abs/1312.6114
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def reconstruction_nats(logits: Tensor, images: Tensor) -> Tensor:
    """Return -log p(x | z) a picture, (B,), for logits and images (B, C, H, W) in [0, 1].

    A grey value counts as the probability of white: its cross-entropy with the sigmoid.
    """
    values = functional.binary_cross_entropy_with_logits(logits, images, reduction="none")
    return values.flatten(1).sum(dim=1)
