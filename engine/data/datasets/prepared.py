"""Brings the samples of any data set to one size and number of channels, and keeps them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.datasets import DatasetFacts
from engine.api.errors import DatasetError
from engine.data.datasets.dataset import Dataset
from engine.data.datasets.samples import (
    BoxSample,
    MaskSample,
    PairSample,
    Pixels,
    Sample,
    clipped_boxes,
)

_LEAST_VISIBLE = 0.5


@dataclass(frozen=True, slots=True)
class Preparation:
    """How samples are prepared.

    Attributes:
        image_size: shorter side in pixels, the proportions are kept; where the pictures of a data
            set differ in proportions, the middle square. None keeps the pictures as they are.
        is_square: of pictures that are not square only the middle is taken.
        in_channels: 1 for grey, 3 for colour, None for the data's own.
        keeps_targets: masks stay as large as they are and nothing is cut off, for scoring.
        cache_bytes: prepared samples are kept in memory up to so many bytes.
    """

    image_size: int | None = None
    is_square: bool = False
    in_channels: int | None = None
    keeps_targets: bool = False
    cache_bytes: int = 2**30


class PreparedDataset(Dataset):
    """Samples of another data set, prepared once and kept while there is room."""

    def __init__(self, source: Dataset, preparation: Preparation) -> None:
        self._source = source
        self._preparation = preparation
        self._channels = preparation.in_channels or source.facts.channels
        if source.facts.size is not None and min(source.facts.size) < 1:
            raise DatasetError(f"{source.facts.name}: its pictures have no pixels")
        self._size = _common_size(source.facts, preparation)
        self._room = preparation.cache_bytes
        self._kept: dict[int, Sample] = {}
        self.facts = replace(source.facts, channels=self._channels, size=self._size)
        self.findings = source.findings

    def in_epoch(self, epoch: int, index: int) -> Sample:
        """Return a sample of an epoch; what no other epoch sees again is not kept."""
        if self.facts.is_renewed:
            return self._prepare(self._source.in_epoch(epoch, index))
        return self[index]

    def __getitem__(self, index: int) -> Sample:
        sample = self._kept.get(index)
        if sample is None:
            sample = self._prepare(self._source[index])
            size = sum(part.nbytes if isinstance(part, np.ndarray) else 64 for part in sample)
            if size <= self._room:
                self._room -= size
                self._kept[index] = sample
        return sample

    def file_of(self, index: int) -> Path | None:
        """Return the file of the picture of a sample; None where it has none of its own."""
        return self._source.file_of(index)

    def _prepare(self, sample: Sample) -> Sample:
        sample = sample._replace(pixels=with_channels(sample.pixels, self._channels))
        if isinstance(sample, PairSample):
            target = with_channels(sample.target_pixels, self._channels)
            sample = sample._replace(target_pixels=target)
        if self._preparation.keeps_targets and not self._preparation.is_square:
            return self._reduced(sample)
        return sample if self._size is None else cover(sample, self._size)

    def _reduced(self, sample: Sample) -> Sample:
        """Scale the picture alone."""
        if self._preparation.image_size is None:
            return sample
        height, width = sample.pixels.shape[:2]
        scale = self._preparation.image_size / min(height, width)
        size = (round(height * scale), round(width * scale))
        return sample._replace(pixels=_resized(sample.pixels, size))


def _common_size(facts: DatasetFacts, preparation: Preparation) -> tuple[int, int] | None:
    side = preparation.image_size
    if facts.size is None:
        return None if side is None or preparation.keeps_targets else (side, side)
    height, width = facts.size
    side = side or min(height, width)
    if preparation.is_square:
        return side, side
    scale = side / min(height, width)
    return round(height * scale), round(width * scale)


def with_channels(pixels: Pixels, channels: int) -> Pixels:
    """Return pixels (H, W, C) with 1 channel, grey by luminance, or 3, the grey repeated."""
    if pixels.shape[2] == channels:
        return pixels
    if channels == 1:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)[:, :, None]
    return np.repeat(pixels, 3, axis=2)


def cover(sample: Sample, size: tuple[int, int]) -> Sample:
    """Scale a sample until it covers height x width, and cut off what stands out on two sides.

    Boxes are cut at the border; those that lose more than half of themselves are left out.
    """
    height, width = sample.pixels.shape[:2]
    if (height, width) == size:
        return sample
    scale = max(size[0] / height, size[1] / width)
    large = (max(size[0], round(height * scale)), max(size[1], round(width * scale)))
    top, left = (large[0] - size[0]) // 2, (large[1] - size[1]) // 2
    window = (slice(top, top + size[0]), slice(left, left + size[1]))
    pixels = np.ascontiguousarray(_resized(sample.pixels, large)[window])
    if isinstance(sample, MaskSample):
        mask = _resized_mask(sample.mask, large)[window]
        return MaskSample(pixels, np.ascontiguousarray(mask))
    if isinstance(sample, PairSample):
        target = _resized(sample.target_pixels, large)[window]
        return PairSample(pixels, np.ascontiguousarray(target))
    if isinstance(sample, BoxSample):
        return _covered_boxes(sample, pixels, large, window)
    return sample._replace(pixels=pixels)


def _covered_boxes(
    sample: BoxSample, pixels: Pixels, large: tuple[int, int], window: tuple[slice, slice]
) -> BoxSample:
    height, width = sample.pixels.shape[:2]
    scale = np.array([large[1] / width, large[0] / height] * 2, np.float32)
    offset = np.array([window[1].start, window[0].start] * 2, np.float32)
    masks = sample.masks
    if masks is not None:
        layers = [_resized_mask(mask.astype(np.uint8), large)[window] > 0 for mask in masks]
        masks = np.array(layers, bool).reshape(-1, *pixels.shape[:2])
    moved = sample.boxes_xyxy * scale - offset
    whole = sample._replace(pixels=pixels, boxes_xyxy=moved, masks=masks)
    return clipped_boxes(whole, _LEAST_VISIBLE)


def _resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Scale to height x width: by area averages when smaller, linearly when larger."""
    if pixels.shape[:2] == size:
        return pixels
    how = cv2.INTER_AREA if size[0] < pixels.shape[0] else cv2.INTER_LINEAR
    scaled = np.asarray(cv2.resize(pixels, size[::-1], interpolation=how), np.uint8)
    return scaled.reshape(*size, pixels.shape[2])


def _resized_mask(mask: NDArray[Any], size: tuple[int, int]) -> NDArray[np.uint8]:
    # "Exact" has the pixel centres right; plain nearest is shifted by half a pixel.
    return np.asarray(cv2.resize(mask, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)
