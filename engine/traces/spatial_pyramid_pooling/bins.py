"""Feature maps of any size pooled into a fixed number of bins.

Axes: C channels, h and w of the feature maps, n bins along a side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import parameter, validate
from engine.api.traces import BoxesMark, ImageMark
from engine.traces.segmentation_pictures import (
    PictureSheet,
    Pixels,
    Subject,
    as_grey_pixels,
    grey_values,
    subject,
)

CHANNELS = ("brightness", "upright edges", "level edges", "colour")
_PICTURE_PX, _STRIDE = 96, 4
_CELL_PX = (208, 156)
_CROP = 0.55  # of the longer side: another size, and another shape

Floats = NDArray[np.float64]
Pooling = Literal["max", "mean"]


@dataclass(frozen=True, slots=True)
class SpatialPyramidConfig:
    """Which bins there are, and what goes into them."""

    levels: Literal["1, 2, 4", "1, 2, 3, 6", "1, 3", "2, 5"] = parameter(
        "1, 2, 4", note="bins along a side, level by level"
    )
    pooling: Pooling = parameter("max", note="what a bin keeps of its values")

    def __post_init__(self) -> None:
        validate(self)


def bin_edges(size: int, bins: int) -> list[tuple[int, int]]:
    """Return where each bin begins and ends along a side; they overlap where it does not divide.

    As torch's adaptive pooling: from floor(i a / n) to ceil((i + 1) a / n), so that no bin is
    ever empty.
    """
    return [(index * size // bins, -(-(index + 1) * size // bins)) for index in range(bins)]


def pooled(maps: Floats, bins: int, pooling: Pooling) -> Floats:
    """Return (C, n, n) of maps (C, h, w)."""
    height, width = maps.shape[1:]
    found = np.empty((len(maps), bins, bins))
    for row, (top, bottom) in enumerate(bin_edges(height, bins)):
        for column, (left, right) in enumerate(bin_edges(width, bins)):
            part = maps[:, top:bottom, left:right]
            kept = part.max(axis=(1, 2)) if pooling == "max" else part.mean(axis=(1, 2))
            found[:, row, column] = kept
    return found


def pyramid_vector(maps: Floats, levels: tuple[int, ...], pooling: Pooling) -> Floats:
    """Return the bins of all levels in one row, (C * sum of n squared,)."""
    return np.concatenate([pooled(maps, bins, pooling).ravel() for bins in levels])


class PaperWindow(NamedTuple):
    """How SPP-net's paper pools a side of `size` into bins: a window that slides."""

    window: int
    stride: int
    covered: int

    @staticmethod
    def of(size: int, bins: int) -> PaperWindow:
        """Return window ceil(a / n), stride floor(a / n), and how many places are looked at."""
        window, stride = -(-size // bins), size // bins
        return PaperWindow(window, stride, (bins - 1) * stride + window)


def feature_maps(pixels: Pixels) -> Floats:
    """Return four simple maps (C, h, w) in [0, 1] of a picture, a quarter of its size."""
    import cv2

    grey = grey_values(pixels).astype(np.float64)
    rows, columns = np.gradient(grey)
    values = pixels.astype(np.float64) / 255
    colour = values.max(axis=2) - values.min(axis=2)
    size = (max(8, pixels.shape[1] // _STRIDE), max(6, pixels.shape[0] // _STRIDE))
    whole = (grey, 4 * np.abs(columns), 4 * np.abs(rows), colour)
    maps = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in whole]
    return np.clip(np.stack([np.asarray(one, np.float64) for one in maps]), 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """What the steps are about.

    Attributes:
        maps: of the whole picture, (C, h, w).
        crop: the middle of the picture.
        crop_maps: (C, h', w').
        channel: number of the map that is shown alone.
        other: number of the one that is shown beside it.
    """

    levels: tuple[int, ...]
    pooling: Pooling
    picture: Subject
    maps: Floats
    crop: Pixels
    crop_maps: Floats
    channel: int
    other: int
    sheet: PictureSheet

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the maps."""
        return self.maps.shape[1], self.maps.shape[2]

    @property
    def vector(self) -> Floats:
        """Of the whole picture."""
        return pyramid_vector(self.maps, self.levels, self.pooling)

    @property
    def crop_vector(self) -> Floats:
        """Of the middle of the picture."""
        return pyramid_vector(self.crop_maps, self.levels, self.pooling)

    @property
    def bins(self) -> int:
        """Of all levels together."""
        return sum(side**2 for side in self.levels)

    @property
    def words(self) -> str:
        """The levels: "1, 2, 4"."""
        return ", ".join(map(str, self.levels))

    def binned(self, maps: Floats, bins: int) -> Floats:
        """Return the map that is shown alone, pooled: (n, n)."""
        found: Floats = pooled(maps, bins, self.pooling)[self.channel]
        return found

    def field(self, values: Floats, column: int, caption: str) -> ImageMark:
        """Draw values from 0, black, to 1, white, so that all pictures can be compared."""
        return self.sheet.image(as_grey_pixels(values), 0, column, caption)

    def boxes(self, bins: int, column: int, maps: Floats | None = None) -> BoxesMark:
        """Draw the bins of a level over a map that lies in a cell of the sheet."""
        height, width = (self.maps if maps is None else maps).shape[1:]
        corners = np.array(
            [
                [(left, top), (right, bottom)]
                for top, bottom in bin_edges(height, bins)
                for left, right in bin_edges(width, bins)
            ],
            np.float64,
        )
        places = self.sheet.points(corners.reshape(-1, 2), (height, width), 0, column)
        return BoxesMark(places.reshape(-1, 4), "candidate")


def pyramid_of(config: SpatialPyramidConfig, pixels: Pixels | None) -> Pyramid:
    """Return the maps of a picture and of its middle.

    Args:
        config: the topic's parameters.
        pixels: a person's own RGB picture; None for a drawn scene.
    """
    picture = subject(pixels, _PICTURE_PX)
    longer = int(picture.pixels.shape[1] >= picture.pixels.shape[0])
    side = picture.pixels.shape[longer]
    margin = round(side * (1 - _CROP) / 2)
    kept = slice(margin, side - margin)
    crop = np.ascontiguousarray(picture.pixels[:, kept] if longer else picture.pixels[kept])
    maps = feature_maps(picture.pixels)
    levels = tuple(int(word) for word in config.levels.split(","))
    other, channel = np.argsort(maps.std(axis=(1, 2)), kind="stable")[-2:].tolist()
    sheet = PictureSheet(4, 1, _CELL_PX)
    return Pyramid(
        levels, config.pooling, picture, maps, crop, feature_maps(crop), channel, other, sheet
    )
