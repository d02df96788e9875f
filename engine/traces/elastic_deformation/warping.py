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

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, MaskMark, Tile
from engine.traces.marks import image, on
from engine.traces.segmentation_pictures import Pixels, grey_values, scene_classes, subject
from engine.traces.steps import Topic

GRID = (6, 8)  # rows, columns
_PARTS = ("darker part", "brighter part")
_PICTURE_PX = 128

_EDGE_POINTS = 8
IGNORED = 255  # transparent in a MaskMark

Field = NDArray[np.float32]
Border = Literal["mirror", "constant"]


@dataclass(frozen=True, slots=True)
class ElasticDeformationConfig(Parameters):
    """How far pixels move, and how alike neighbours move."""

    alpha: float = parameter(150.0, low=0.0, high=1000.0, note="strength; 0 moves nothing")
    sigma_px: float = parameter(
        8.0, low=1.0, high=24.0, unit="px", note="smoothness: pixels this near move alike"
    )
    border: Border = parameter("mirror", note="what lies outside: the picture mirrored, or black")
    seed: int = parameter(0, low=0, high=9999, note="of the random numbers")


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


def brighter_part(pixels: Pixels) -> Pixels:
    """Return 1 where a picture is brighter than Otsu's threshold, (H, W)."""
    import cv2

    grey = np.round(grey_values(pixels) * 255).astype(np.uint8)
    _, mask = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(mask, np.uint8)


def square_points() -> Field:
    """Return points along the edges of the unit square, in order."""
    steps = np.linspace(0, 1, _EDGE_POINTS, endpoint=False)
    ones, zeros = np.ones_like(steps), np.zeros_like(steps)
    sides = [(steps, zeros), (ones, steps), (1 - steps, ones), (zeros, 1 - steps)]
    return np.concatenate([np.stack(side, axis=1) for side in sides])


def area_of(polygon: Field) -> float:
    """Return the area of a polygon (V, 2)."""
    x, y = polygon.T.astype(np.float64)
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def scaled(unit: Field, alpha: float) -> Field:
    """Return a field that reaches `alpha` times as far."""
    return np.asarray(unit * alpha, np.float32)


class Warp(Topic):
    """A picture, its mask, and both displaced.

    Without a person's own picture, whose mask is its brighter part, it is a drawn scene with its
    true mask.

    Attributes:
        pixels: the picture before, (H, W, 3).
        mask: class of each pixel, (H, W).
        size: H and W.
        classes: their names.
        is_true_mask: or made of the brightness alone.
        noise: before smoothing, (2, H, W).
        field: the displacement, (2, H, W).
        reach: its length, (H, W).
        picture_after: (H, W, 3).
        mask_after: (H, W).
        is_known: where it has a class, (H, W).
    """

    is_quick = False  # some steps displace the picture anew

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        self.config: ElasticDeformationConfig = request.config
        alpha, sigma_px, seed = self.config.alpha, self.config.sigma_px, self.config.seed
        self.picture = subject(request.pixels, _PICTURE_PX)
        self.pixels, mask = self.picture.pixels, self.picture.mask
        self.is_true_mask = mask is not None
        self.mask = brighter_part(self.pixels) if mask is None else mask
        self.size = self.mask.shape[0], self.mask.shape[1]
        self.classes = scene_classes() if self.is_true_mask else _PARTS
        self.noise = noise_of(self.size, seed)
        self.field = drawn_field(self.size, alpha, sigma_px, seed)
        self.reach = lengths(self.field)
        self.picture_after = moved(self.pixels, self.field, self.config.border)
        self.mask_after = moved_mask(self.mask, self.field, self.config.border)
        self.is_known = self.mask_after < len(self.classes)
        self.result = {
            "size": self.size,
            "mean_displacement_px": self.reach.mean(),
            "largest_displacement_px": self.reach.max(),
            "folded_share": folded_share(self.field),
            "mask_pixels_changed": (self.mask_after != self.mask).sum(),
            "classes_before": np.unique(self.mask),
            "classes_after": np.unique(self.mask_after),
        }

    def masked(self, pixels: Pixels, mask: Pixels, caption: str) -> Tile:
        """Show a picture with a mask over it; the first class stays transparent."""
        height, width = self.size
        shown = np.where(mask == 0, IGNORED, mask).astype(np.uint8)
        return on(image(pixels, caption), MaskMark(shown, self.classes, (0, 0, width, height)))

    def lined(self) -> Pixels:
        """Return the picture with the grid drawn on it and then displaced."""
        height, width = self.size
        lined = self.pixels.copy()
        lined[:: max(1, height // GRID[0])] = 255
        lined[:, :: max(1, width // GRID[1])] = 255
        return moved(lined, self.field, self.config.border)

    def bent_square(self, row: int, column: int) -> Field:
        """Return the outline (V, 2) in pixels of what fills a square of the grid."""
        height, width = self.size
        side = np.array([width / GRID[1], height / GRID[0]])
        places = (np.array([column, row]) + square_points()) * side
        at = np.minimum(places, (width - 1, height - 1)).astype(int)
        shift = np.stack([self.field[1, at[:, 1], at[:, 0]], self.field[0, at[:, 1], at[:, 0]]])
        return np.asarray((places + shift.T).clip(0, (width, height)), np.float32)
