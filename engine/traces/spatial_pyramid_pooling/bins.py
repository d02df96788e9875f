"""Feature maps of any size pooled into a fixed number of bins.

Axes: C channels, h and w of the feature maps, n bins along a side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BoxesMark, BuildTrace, ImageTile, Tile, Tiles
from engine.traces.marks import image, on, tiles
from engine.traces.segmentation_pictures import Pixels, grey_values, subject
from engine.traces.steps import Topic

CHANNELS = ("brightness", "upright edges", "level edges", "colour")
_PICTURE_PX, _STRIDE = 96, 4
_CROP = 0.55  # of the longer side: another size, and another shape

Floats = NDArray[np.float64]
Pooling = Literal["max", "mean"]


@dataclass(frozen=True, slots=True)
class SpatialPyramidConfig(Parameters):
    """Which bins there are, and what goes into them."""

    levels: Literal["1, 2, 4", "1, 2, 3, 6", "1, 3", "2, 5"] = parameter(
        "1, 2, 4", note="bins along a side, level by level"
    )
    pooling: Pooling = parameter("max", note="what a bin keeps of its values")


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


def shuffled(maps: Floats, levels: tuple[int, ...], seed: int = 0) -> Floats:
    """Return maps whose values change places, but never over an edge of any bin."""
    random = np.random.default_rng(seed)
    result = maps.copy()
    cuts = []
    for size in maps.shape[1:]:
        edges = {edge for bins in levels for pair in bin_edges(size, bins) for edge in pair}
        cuts.append(sorted(edges))
    for top, bottom in pairwise(cuts[0]):
        for left, right in pairwise(cuts[1]):
            part = result[:, top:bottom, left:right].reshape(len(maps), -1)
            mixed = part[:, random.permutation(part.shape[1])]
            result[:, top:bottom, left:right] = mixed.reshape(len(maps), bottom - top, right - left)
    return result


def covered(size: int, bins: int) -> Floats:
    """Return how many windows of the paper, and how many bins, lie on each column: (2, size)."""
    found = np.zeros((2, size))
    window, stride, _ = PaperWindow.of(size, bins)
    for index, (start, end) in enumerate(bin_edges(size, bins)):
        found[0, index * stride : index * stride + window] += 1
        found[1, start:end] += 1
    return found


class Pyramid(Topic):
    """The maps of a picture and of its middle, and what bins make of them.

    The result has `levels`, the sizes of the maps, `map_size` and `crop_map_size`, and the two
    vectors, `vector` and `crop_vector`.

    Attributes:
        maps: of the whole picture, (C, h, w).
        size: h and w.
        crop: the middle of the picture.
        crop_maps: (C, h', w').
        channel: number of the map that is shown alone.
        other: number of the one that is shown beside it.
        indices: of the levels.
        words: the levels: "1, 2, 4".
        bins: of all levels together.
        vector: of the whole picture.
        crop_vector: of its middle.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        config: SpatialPyramidConfig = request.config
        self.pooling = config.pooling
        self.picture = subject(request.pixels, _PICTURE_PX)
        whole = self.picture.pixels
        longer = int(whole.shape[1] >= whole.shape[0])
        side = whole.shape[longer]
        margin = round(side * (1 - _CROP) / 2)
        kept = slice(margin, side - margin)
        self.crop = np.ascontiguousarray(whole[:, kept] if longer else whole[kept])
        self.maps, self.crop_maps = feature_maps(whole), feature_maps(self.crop)
        self.size = self.maps.shape[1], self.maps.shape[2]
        self.words = config.levels
        self.levels = tuple(int(word) for word in config.levels.split(","))
        self.indices, self.bins = range(len(self.levels)), sum(n**2 for n in self.levels)
        spreads = self.maps.std(axis=(1, 2))
        self.other, self.channel = np.argsort(spreads, kind="stable")[-2:].tolist()
        self.vector = pyramid_vector(self.maps, self.levels, self.pooling)
        self.crop_vector = pyramid_vector(self.crop_maps, self.levels, self.pooling)
        self.result = {
            "levels": self.levels,
            "map_size": self.size,
            "crop_map_size": self.crop_maps.shape[1:],
            "vector": self.vector,
            "crop_vector": self.crop_vector,
        }

    def binned(self, maps: Floats, bins: int, caption: str = "") -> ImageTile:
        """Show the map that is shown alone, pooled."""
        found = pooled(maps, bins, self.pooling)[self.channel]
        return image(found, caption or f"{bins} x {bins}")

    def with_bins(self, values: Floats, bins: int, caption: str) -> Tile:
        """Show a map (h, w) with the bins of a level drawn over it."""
        height, width = values.shape
        corners = [
            (left, top, right, bottom)
            for top, bottom in bin_edges(height, bins)
            for left, right in bin_edges(width, bins)
        ]
        return on(image(values, caption), BoxesMark(np.array(corners, np.float32), "candidate"))

    def both_maps(self) -> Tiles:
        """Show a map of the whole picture and of its middle, each with its finest bins."""
        bins = self.levels[-1]
        shown: list[Tile] = []
        for name, maps in (("whole", self.maps), ("middle", self.crop_maps)):
            height, width = maps.shape[1:]
            shown += [
                self.with_bins(maps[self.channel], bins, f"{name}, {width} x {height}"),
                self.binned(maps, bins),
            ]
        return tiles(shown)
