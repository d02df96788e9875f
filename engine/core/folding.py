"""Batch normalisation folded into the convolution before it, for networks that only answer.

Jacob et al., Quantization and Training of Neural Networks, CVPR 2018, section 3.2,
https://arxiv.org/abs/1712.05877: after training the normalisation is a scale and a shift of each
channel, which the convolution's weights and bias can do as well.
"""

from __future__ import annotations

from itertools import pairwise

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_normalisation(network: nn.Module) -> None:
    """Let convolutions do what batch normalisation right after them does, in place.

    Found where both follow each other in an `nn.Sequential`; then the normalisation passes on what
    it gets. The answers are the same but for rounding.

    Args:
        network: in evaluation mode; it cannot be trained afterwards.
    """
    for part in list(network.modules()):
        if not isinstance(part, nn.Sequential):
            continue
        for first, second in pairwise(range(len(part))):
            convolution, normalisation = part[first], part[second]
            # No subclass of the convolution: it may do something else.
            if not isinstance(normalisation, nn.BatchNorm2d):
                continue
            if type(convolution) is nn.Conv2d:
                part[first] = fuse_conv_bn_eval(convolution, normalisation)
            elif type(convolution) is nn.ConvTranspose2d:
                part[first] = fuse_conv_bn_eval(convolution, normalisation, transpose=True)
            else:
                continue
            part[second] = nn.Identity()
