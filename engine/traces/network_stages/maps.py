"""What is kept of a stage's maps: a few small ones and some numbers, so that a trace stays light.

Axes: C channels, h and w of a grid, n small maps, K classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

SMALL_PX = 64
"""Longer side of the maps that are drawn."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """Numbers of all maps, and small copies of those of greatest spread.

    Attributes:
        shape: C, h, w.
        channels: of the small maps, from 0, widest spread first.
        small: (n, h', w').
        spreads: standard deviation of each small map, at full size.
        mean: over all maps, (h', w').
        active: share of the maps that are above 0 at a place, (h', w').
        limits: least and greatest value.
        silent: share of the values that are not above 0.
    """

    shape: tuple[int, int, int]
    channels: tuple[int, ...]
    small: Floats
    spreads: NDArray[np.float64]
    mean: Floats
    active: Floats
    limits: tuple[float, float]
    silent: float


def summarise(maps: Tensor, most: int) -> Maps:
    """Reduce maps (C, h, w) to the `most` of greatest spread."""
    channels = strongest(maps, most)
    values = maps.float()
    deviations = values.flatten(1).std(dim=1, correction=0)
    return Maps(
        shape=(maps.shape[0], maps.shape[1], maps.shape[2]),
        channels=channels,
        small=reduced(values[list(channels)]),
        spreads=deviations[list(channels)].double().numpy(),
        mean=reduced(values.mean(dim=0, keepdim=True))[0],
        active=reduced((values > 0).float().mean(dim=0, keepdim=True))[0],
        limits=(float(values.min()), float(values.max())),
        silent=float((values <= 0).float().mean()),
    )


def strongest(maps: Tensor, most: int) -> tuple[int, ...]:
    """Return the numbers of the maps of greatest standard deviation, widest first."""
    import torch

    deviations = maps.float().flatten(1).std(dim=1, correction=0)
    order = torch.argsort(deviations, descending=True, stable=True)
    return tuple(order[:most].tolist())


def reduced(maps: Tensor, longest: int = SMALL_PX) -> Floats:
    """Return maps (n, h, w) as they are, or their means over areas where a side is longer."""
    values = maps.float().contiguous().numpy()
    return np.stack([_reduced(one, longest) for one in values])


def reduced_field(values: Floats, longest: int = SMALL_PX) -> Floats:
    """Return one field (h, w), reduced like maps."""
    return np.asarray(_reduced(values, longest), np.float32)


def reduced_picture(pixels: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """Return RGB pixels (h, w, 3) with neither side longer than `longest`."""
    return np.asarray(_reduced(pixels, longest), np.uint8)


def reduced_mask(mask: NDArray[np.uint8], longest: int = SMALL_PX) -> NDArray[np.uint8]:
    """Return every n-th class of a mask: a mean of two classes would be a third one."""
    step = -(-max(mask.shape) // longest)
    top, left = (min(step // 2, side - 1) for side in mask.shape)
    return np.ascontiguousarray(mask[top::step, left::step])


def class_mask(scores: Tensor) -> NDArray[np.uint8]:
    """Return the class of the highest score at each place, (K, h, w) -> (h, w)."""
    return np.ascontiguousarray(scores.argmax(dim=0).numpy().astype(np.uint8))


def class_shares(mask: NDArray[np.uint8], count: int) -> NDArray[np.float64]:
    """Return the part of the places that each of K classes has, 0 to 1."""
    return np.bincount(mask.ravel(), minlength=count)[:count] / mask.size


def _reduced(values: NDArray[Any], longest: int) -> NDArray[Any]:
    import cv2

    height, width = values.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return values
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), values.dtype)
