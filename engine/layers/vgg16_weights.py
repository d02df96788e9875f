"""torchvision's VGG16 as the beginning of networks that are built on its convolutions.

Simonyan, Zisserman, https://arxiv.org/abs/1409.1556; the fully connected layers become convolutions
as in Long, Shelhamer, Darrell, CVPR 2015, section 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_NORMALISATION = ("weight", "bias", "running_mean", "running_var")


def is_vgg(found: Mapping[str, Tensor]) -> bool:
    """Whether parameters are named as those of torchvision's VGG, plain or normalised."""
    return "features.0.weight" in found and "classifier.0.weight" in found


def convolutions(found: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    """Return the parameters of each convolution in order: `weight`, `bias`, and `norm.…`.

    VGG takes pictures brought to the mean and deviation of ImageNet, the networks here values in
    [0, 1]: the difference is folded into the first convolution. At the picture's border, where
    zeros are padded, it is not quite the same.
    """
    places = {match[1] for name in found if (match := re.fullmatch(r"features\.(\d+)\.\w+", name))}
    layers: list[dict[str, Tensor]] = []
    for place in sorted(places, key=int):
        layer = {name: found.get(f"features.{place}.{name}") for name in _NORMALISATION}
        present = {name: tensor for name, tensor in layer.items() if tensor is not None}
        if present["weight"].ndim == 4:
            layers.append(present)
        else:
            layers[-1] |= {f"norm.{name}": tensor for name, tensor in present.items()}
    layers[0] = _taking_plain_pictures(layers[0])
    return layers


def fully_connected(found: Mapping[str, Tensor], kernel: int) -> list[dict[str, Tensor]]:
    """Return the first two fully connected layers as convolutions of `kernel` and of 1."""
    layers: list[dict[str, Tensor]] = []
    for place, side in ((0, kernel), (3, 1)):
        weight = found[f"classifier.{place}.weight"]
        channels = weight.shape[1] // side**2
        if channels * side**2 != weight.shape[1]:
            return layers
        shaped = weight.reshape(len(weight), channels, side, side)
        layers.append({"weight": shaped, "bias": found[f"classifier.{place}.bias"]})
    return layers


def _taking_plain_pictures(layer: Mapping[str, Tensor]) -> dict[str, Tensor]:
    weight, bias = layer["weight"], layer["bias"]
    if weight.shape[1] != len(_MEAN):
        return dict(layer)
    mean, deviation = (torch.tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _DEVIATION))
    scaled = weight / deviation
    return {**layer, "weight": scaled, "bias": bias - (scaled * mean).sum(dim=(1, 2, 3))}
