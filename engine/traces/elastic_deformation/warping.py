"""A picture and its mask, and a random displacement of every pixel.

OpenCV and torch are imported when a trace is built, not with this file.

Axes: H height, W width. A displacement (2, H, W) says how far down and how far right of a pixel
its new value is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import parameter, validate
from engine.api.traces import MaskMark, Tile
from engine.traces.marks import image, on
from engine.traces.segmentation_pictures import Pixels, grey_values, scene_classes, subject

_PICTURE_PX = 128
_PARTS = ("darker part", "brighter part")
IGNORED = 255  # transparent in a MaskMark

Field = NDArray[np.float32]
Border = Literal["mirror", "constant"]


@dataclass(frozen=True, slots=True)
class ElasticDeformationConfig:
    """How far pixels move, and how alike neighbours move."""

    alpha: float = parameter(150.0, low=0.0, high=1000.0, note="strength; 0 moves nothing")
    sigma_px: float = parameter(
        8.0, low=1.0, high=24.0, unit="px", note="smoothness: pixels this near move alike"
    )
    border: Border = parameter("mirror", note="what lies outside: the picture mirrored, or black")
    seed: int = parameter(0, low=0, high=9999, note="of the random numbers")

    def __post_init__(self) -> None:
        validate(self)


def drawn_field(size: tuple[int, int], alpha: float, sigma_px: float, seed: int) -> Field:
    """Return a displacement field (2, H, W), as training draws it."""
    from engine.data.elastic_deformation import displacement_field

    return displacement_field(size, alpha, sigma_px, np.random.default_rng(seed))


def noise_of(size: tuple[int, int], seed: int) -> Field:
    """Return the noise in [-1, 1] that `drawn_field` smooths, (2, H, W)."""
    noise = np.random.default_rng(seed).uniform(-1, 1, (*size, 2))
    return np.asarray(noise.transpose(2, 0, 1), np.float32)


def moved(pixels: Pixels, field: Field, border: Border) -> Pixels:
    """Return a picture (H, W, 3) read between its pixels."""
    from engine.data.elastic_deformation import deform

    return deform(pixels, field, "bilinear", border)


def moved_mask(mask: Pixels, field: Field, border: Border) -> Pixels:
    """Return a mask (H, W) of which each pixel is the nearest one; outside nothing is known."""
    from engine.data.elastic_deformation import deform

    return deform(mask, field, "nearest", border, float(IGNORED))


def coarse_field(size: tuple[int, int], deviation_px: float, seed: int) -> Field:
    """Return a field drawn on a grid of 3 x 3 and made fine by cubic curves, as U-Net's authors."""
    import cv2

    coarse = np.random.default_rng(seed).normal(0, deviation_px, (3, 3, 2)).astype(np.float32)
    fine = cv2.resize(coarse, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(np.asarray(fine, np.float32).transpose(2, 0, 1))


def folded_share(field: Field) -> float:
    """Return the share of pixels about which the displacement turns the picture over.

    There the determinant of the Jacobian of x + d(x) is not above 0.
    """
    down_by_row, down_by_column = np.gradient(field[0].astype(np.float64))
    right_by_row, right_by_column = np.gradient(field[1].astype(np.float64))
    determinant = (1 + down_by_row) * (1 + right_by_column) - down_by_column * right_by_row
    return float((determinant <= 0).mean())


def lengths(field: Field) -> NDArray[np.float64]:
    """Return how far each pixel reaches, (H, W) in pixels."""
    return np.asarray(np.hypot(field[0].astype(np.float64), field[1].astype(np.float64)))


class Warp:
    """A picture, its mask, and both displaced.

    Args:
        config: the topic's parameters.
        pixels: a person's own RGB picture, whose mask is its brighter part; None for a drawn
            scene with its true mask.

    Attributes:
        pixels: the picture before, (H, W, 3).
        mask: class of each pixel, (H, W).
        classes: their names.
        is_true_mask: or made of the brightness alone.
        noise: before smoothing, (2, H, W).
        field: the displacement, (2, H, W).
        picture_after: (H, W, 3).
        mask_after: (H, W).
    """

    def __init__(self, config: ElasticDeformationConfig, pixels: Pixels | None) -> None:
        self.config = config
        self.picture = subject(pixels, _PICTURE_PX)
        self.pixels, mask = self.picture.pixels, self.picture.mask
        self.is_true_mask = mask is not None
        self.mask = _brighter_part(self.pixels) if mask is None else mask
        self.classes = scene_classes() if self.is_true_mask else _PARTS
        self.noise = noise_of(self.size, config.seed)
        self.field = drawn_field(self.size, config.alpha, config.sigma_px, config.seed)
        self.picture_after = moved(self.pixels, self.field, config.border)
        self.mask_after = moved_mask(self.mask, self.field, config.border)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.mask.shape[0], self.mask.shape[1]

    def masked(self, pixels: Pixels, mask: Pixels, caption: str) -> Tile:
        """Show a picture with a mask over it; the first class stays transparent."""
        height, width = self.size
        shown = np.where(mask == 0, IGNORED, mask).astype(np.uint8)
        return on(image(pixels, caption), MaskMark(shown, self.classes, (0, 0, width, height)))


def _brighter_part(pixels: Pixels) -> Pixels:
    """Return 1 where a picture is brighter than Otsu's threshold, (H, W)."""
    import cv2

    grey = np.round(grey_values(pixels) * 255).astype(np.uint8)
    _, mask = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(mask, np.uint8)
