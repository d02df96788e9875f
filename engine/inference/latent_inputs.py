"""Bringing any picture into the shape that a model knows."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.api.errors import ConfigError
from engine.api.latent import Pixels
from engine.core.digit_network import SIDE_PX
from engine.data.datasets.prepared import cover, with_channels
from engine.data.datasets.samples import PictureSample
from engine.inference.latent_models import Loaded

_ENLARGED_PX = 128
_EDGE, _STEEPNESS = 0.55, 30.0
_INK = 48  # of 255, above the background
_DIGIT_SIDE_PX = 20


def as_model_sees(picture: Pixels, loaded: Loaded, is_inverted: bool | None) -> Pixels:
    """Return a picture (h, w, 3) as the model's (H, W, C).

    Reduced to grey where the model is grey, and its middle square to the model's size. Drawn
    digits come as MNIST has them: light on dark, twenty pixels large, centred by their mass.

    Raises:
        ConfigError: it is no RGB picture.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or min(picture.shape[:2]) < 1:
        raise ConfigError(f"a picture of the shape {picture.shape}: (height, width, 3) is needed")
    facts = loaded.facts
    pixels = with_channels(picture, facts.channels)
    if facts.channels == 1 and _border_is_light(pixels) if is_inverted is None else is_inverted:
        pixels = 255 - pixels
    if _knows_digits(loaded) and picture.shape[:2] != facts.size:
        return _centred_digit(pixels)
    return cover(PictureSample(pixels), facts.size).pixels


def as_images(pictures: list[Pixels], device: torch.device) -> Tensor:
    """Return pictures (H, W, C) as images (N, C, H, W) in [0, 1]."""
    batch = torch.from_numpy(np.stack(pictures)).to(device)
    return batch.permute(0, 3, 1, 2).float() / 255


def _knows_digits(loaded: Loaded) -> bool:
    facts = loaded.facts
    is_digits = facts.data_classes == tuple("0123456789")
    return is_digits and facts.channels == 1 and facts.size == (SIDE_PX, SIDE_PX)


def _border_is_light(pixels: Pixels) -> bool:
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return bool(np.median(border) > 127)


def _centred_digit(pixels: Pixels) -> Pixels:
    """Fit the ink into 20 x 20 and put its centre of mass in the middle of 28 x 28.

    LeCun, Cortes, Burges, The MNIST database, http://yann.lecun.com/exdb/mnist/
    """
    grey = pixels[:, :, 0]
    if max(grey.shape) < SIDE_PX:
        grey = _with_edges(grey)
    rows, columns = np.nonzero(grey > _INK)
    if not len(rows):
        return np.zeros((SIDE_PX, SIDE_PX, 1), np.uint8)
    ink = grey[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = _DIGIT_SIDE_PX / max(ink.shape)
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(ink, size, interpolation=how), np.uint8)
    top, left = (
        _offset(small.sum(axis=1 - axis, dtype=np.float64), small.shape[axis]) for axis in (0, 1)
    )
    digit = np.zeros((SIDE_PX, SIDE_PX, 1), np.uint8)
    digit[top : top + size[1], left : left + size[0], 0] = small
    return digit


def _with_edges(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Enlarge a digit of few pixels (h, w) as pen strokes are: with edges, not blurred.

    A blurred digit is no digit of MNIST: ten principal components would show it better than an
    autoencoder, which has never seen one.
    """
    scale = _ENLARGED_PX / max(grey.shape)
    values = grey.astype(np.float32) / 255
    soft = cv2.resize(values, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    ink = 1 / (1 + np.exp(-_STEEPNESS * (soft - _EDGE)))
    return np.asarray((255 * ink).round(), np.uint8)


def _offset(mass: NDArray[np.float64], length: int) -> int:
    """Return where a strip begins whose centre of mass is to lie in the middle."""
    centre = (mass * (np.arange(length) + 0.5)).sum() / max(1.0, mass.sum())
    return int(np.clip(round(SIDE_PX / 2 - centre), 0, SIDE_PX - length))
