"""Elastic deformation: every pixel moves a little, its neighbours almost the same way.

Simard, Steinkraus, Platt 2003, "Best practices for convolutional neural networks applied to visual
document analysis"; used on pictures and masks together by Ronneberger et al. 2015 (U-Net).
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch.nn import functional

from engine.api.errors import ConfigError

Interpolation = Literal["bilinear", "nearest"]
Border = Literal["mirror", "constant"]
Floats = NDArray[np.float32] | NDArray[np.float64]
ValueT = TypeVar("ValueT", bound=np.generic)

_OPENCV_HOW = {"bilinear": cv2.INTER_LINEAR, "nearest": cv2.INTER_NEAREST}
_OPENCV_BORDER = {"mirror": cv2.BORDER_REFLECT_101, "constant": cv2.BORDER_CONSTANT}
_PADDING = {"mirror": "reflection", "constant": "zeros"}


def displacement_field(
    size: tuple[int, int], alpha: float, sigma_px: float, random: Generator
) -> NDArray[np.float32]:
    """Draw a random displacement for each pixel.

    Uniform noise in [-1, 1], smoothed by a Gaussian, times alpha. Inside it moves a pixel by
    about `alpha / (6.1 * sigma_px)` along each axis.

    Args:
        size: height and width in pixels.
        alpha: strength; 0 leaves everything where it is.
        sigma_px: deviation of the Gaussian. Small: every pixel for itself; large: all together.

    Returns:
        (2, H, W): how far down and how far right of a pixel its new value is taken.

    Raises:
        ConfigError: alpha is negative, or sigma not positive.
    """
    if not alpha >= 0 or not sigma_px > 0:
        raise ConfigError(
            f"alpha = {alpha:g}, sigma = {sigma_px:g}: alpha must be 0 or more, sigma above 0"
        )
    height, width = size
    noise = random.uniform(-1, 1, (height, width, 2)).astype(np.float32)
    # Two channels at once, so that both axes are smoothed by the same kernel.
    smooth = cv2.GaussianBlur(noise, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT)
    return np.ascontiguousarray(smooth.transpose(2, 0, 1) * np.float32(alpha))


def pixel_grid(size: tuple[int, int]) -> NDArray[np.float32]:
    """Return row and column of every pixel, (2, H, W)."""
    return np.indices(size, dtype=np.float32)


def deform(
    values: NDArray[ValueT],
    displacement: Floats,
    interpolation: Interpolation = "bilinear",
    border: Border = "mirror",
    fill: float = 0.0,
) -> NDArray[ValueT]:
    """Move values (H, W) or (H, W, C) by a displacement field (2, H, W).

    Masks take the same field as their picture, with `nearest`, so that no new class appears.
    """
    coordinates: NDArray[Any] = np.indices(values.shape[:2]).astype(displacement.dtype)
    coordinates += displacement
    return sample(values, coordinates, interpolation, border, fill)


def sample(
    values: NDArray[ValueT],
    coordinates: Floats,
    interpolation: Interpolation = "bilinear",
    border: Border = "mirror",
    fill: float = 0.0,
) -> NDArray[ValueT]:
    """Read values (H, W) or (H, W, C) at places between pixels.

    Pictures and masks of bytes go through OpenCV, which takes places to a 32nd of a pixel and a
    tenth of the time; other values are computed exactly, in their own precision.

    Args:
        coordinates: (2, H', W') rows and columns; pixel centres have whole numbers.
        border: `mirror` repeats the picture backwards about its outermost pixels; `constant`
            has `fill` outside.

    Returns:
        (H', W') or (H', W', C) of the dtype of `values`: bytes (of 4 channels at most) or floats.
    """
    shape = (*coordinates.shape[1:], *values.shape[2:])
    if values.dtype == np.uint8:
        rows, columns = coordinates.astype(np.float32)
        moved: NDArray[Any] = cv2.remap(
            values.astype(np.uint8, copy=False),
            columns,
            rows,
            _OPENCV_HOW[interpolation],
            borderMode=_OPENCV_BORDER[border],
            borderValue=(fill,) * 4,
        )
    else:
        moved = _sample_exactly(values, coordinates, interpolation, border, fill)
    return np.ascontiguousarray(moved.reshape(shape), values.dtype)


def _sample_exactly(
    values: NDArray[Any],
    coordinates: Floats,
    interpolation: Interpolation,
    border: Border,
    fill: float,
) -> NDArray[Any]:
    height, width = values.shape[:2]
    dtype: Any = np.float64 if values.dtype == np.float64 else np.float32
    offset = fill if border == "constant" else 0.0
    # Outside there are zeros: shifted, they are the fill.
    channels = values.reshape(height, width, -1).transpose(2, 0, 1).astype(dtype) - dtype(offset)
    limits: NDArray[Any] = np.array([max(1, width - 1), max(1, height - 1)], dtype)
    places = np.asarray(coordinates[::-1], dtype).transpose(1, 2, 0) * (2 / limits) - 1
    moved = functional.grid_sample(
        torch.from_numpy(channels)[None],
        torch.from_numpy(np.ascontiguousarray(places, dtype))[None],
        mode=interpolation,
        padding_mode=_PADDING[border],
        align_corners=True,
    )
    return np.asarray(moved[0].numpy().transpose(1, 2, 0) + dtype(offset))
