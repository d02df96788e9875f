"""Runs a segmenter on a picture of any size."""

from __future__ import annotations

import time
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.api.datasets import IGNORED
from engine.api.errors import DeviceError, PictureError, WeightsError
from engine.api.segmentation import (
    ClassMask,
    Segment,
    SegmentationConfig,
    SegmentationResult,
)
from engine.api.tasks import TaskContext
from engine.core.cancellation import cancelled_by
from engine.core.devices import memory_guard, resolve, thread_share
from engine.core.loaded_models import CACHE
from engine.inference.segmenters import Segmenter, open_segmenter
from engine.inference.tiles import blended_strips, tile_corners

_CURE = "choose the size `trained`, smaller tiles, a smaller model, or the CPU"
_MOST_VALUES = 500_000_000  # probabilities of one picture; 2 GB while they are put together
_OUTLINE_PART = 400  # of the shorter side
_MOST_SIDES = 4
"""A thin strip is enlarged until its longer side is so many times that of training pictures."""

Floats = NDArray[np.float32]


def segment(request: Segment, context: TaskContext) -> SegmentationResult:
    """Find the class of every pixel.

    Raises:
        ConfigError: no such model, or no segmenter.
        PictureError: more probabilities than memory should hold.
        WeightsError: the weights are not here, unsafe, or of another architecture.
        DeviceError: no such device, or out of memory.
        TaskCancelled: between two layers.
    """
    device = resolve(request.device)
    try:
        with memory_guard(device, _CURE), thread_share():
            context.report(None, "Loading the network")
            segmenter = open_segmenter(request.model_key, request.weights, str(device))
            return segment_with(segmenter, request.pixels, request.config, context)
    except DeviceError:
        CACHE.clear()
        raise


def segment_with(
    segmenter: Segmenter,
    pixels: NDArray[np.uint8],
    config: SegmentationConfig,
    context: TaskContext,
) -> SegmentationResult:
    """Find the class of every pixel (H, W, 3) by a segmenter that is loaded.

    Raises:
        PictureError: more probabilities than memory should hold.
        WeightsError: it answers with what is no number.
        TaskCancelled: between two layers.
    """
    brought = _brought(pixels, segmenter, config)
    context.raise_if_cancelled()
    start_s = time.perf_counter()
    with torch.inference_mode(), cancelled_by(context):
        probabilities, labels, tiles = _answer(segmenter, brought, config, context)
    milliseconds = (time.perf_counter() - start_s) * 1000
    if labels is None:
        labels = likeliest(probabilities, *pixels.shape[:2])
    return SegmentationResult(
        model_key=segmenter.model_key,
        weights=segmenter.name,
        trained_on=segmenter.trained_on,
        classes=segmenter.classes,
        probabilities=_halved(probabilities),
        labels=labels,
        outlines=outlines(labels),
        milliseconds=milliseconds,
        device=str(segmenter.device),
        tiles=tiles,
        note=_note(segmenter, brought, config, tiles),
    )


def _halved(probabilities: NDArray[np.floating]) -> NDArray[np.float16]:
    """Return float16, by torch, which is many times as fast at it as numpy."""
    if probabilities.dtype == np.float16:
        return probabilities
    return np.asarray(torch.from_numpy(probabilities).half().numpy(), np.float16)


def likeliest(probabilities: Floats, height: int, width: int) -> ClassMask:
    """Return the class of the highest probability, (height, width); enlarged before it is chosen.

    Borders are as smooth as the picture is fine: the probabilities are enlarged, not the classes,
    one class after the other, so that a large picture needs no more memory than two of its planes.
    """
    labels = np.zeros((height, width), np.uint8)
    highest: Floats | None = None
    for index in range(probabilities.shape[2]):
        plane = np.ascontiguousarray(probabilities[:, :, index])
        if plane.shape != labels.shape:
            plane = np.asarray(cv2.resize(plane, (width, height)), np.float32)
        if highest is None:
            highest = plane.copy()
            continue
        np.copyto(labels, np.uint8(index), where=plane > highest)
        np.maximum(highest, plane, out=highest)
    return labels


def outlines(labels: ClassMask) -> ClassMask:
    """Return the classes on their own side of each border, 255 elsewhere.

    Lines are as wide as suits the picture: 1 pixel up to 600 of the shorter side.
    """
    is_border = np.zeros(labels.shape, bool)
    for axis in (0, 1):
        change = np.diff(labels, axis=axis) != 0
        first, second = [slice(None)] * 2, [slice(None)] * 2
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        is_border[tuple(first)] |= change
        is_border[tuple(second)] |= change
    width = max(1, round(min(labels.shape) / _OUTLINE_PART))
    if width > 1:
        square = np.ones((width, width), np.uint8)
        is_border = cv2.dilate(is_border.astype(np.uint8), square) > 0
    return np.where(is_border, labels, np.uint8(IGNORED))


def _brought(
    pixels: NDArray[np.uint8], segmenter: Segmenter, config: SegmentationConfig
) -> NDArray[np.uint8]:
    """Return the picture at the size that the network shall see."""
    height, width = pixels.shape[:2]
    scale = _scale(height, width, segmenter.side) if config.size == "trained" else 1.0
    if scale != 1.0:
        height, width = max(1, round(height * scale)), max(1, round(width * scale))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=how), np.uint8)
    if height * width * len(segmenter.classes) > _MOST_VALUES:
        raise PictureError(
            f"picture {width} x {height} px with {len(segmenter.classes)} classes: more than "
            f"{_MOST_VALUES:,} probabilities; choose the size `trained`"
        )
    return pixels


def _scale(height: int, width: int, side: int | None) -> float:
    """Return what brings the shorter side to `side`, unless the longer one would be endless."""
    if not side:
        return 1.0
    longest = max(height, width)
    return min(side / min(height, width), max(1.0, _MOST_SIDES * side / longest))


def _note(
    segmenter: Segmenter, seen: NDArray[np.uint8], config: SegmentationConfig, tiles: int
) -> str:
    """Say where a picture was seen smaller than the training pictures, or in parts."""
    if tiles > 1:
        shared = round(config.tile_px * config.overlap)
        return (
            f"seen in {tiles} tiles that share {shared} px: what the network sees further away is "
            "missing there, so borders near seams may differ from those of the whole picture"
        )
    height, width = seen.shape[:2]
    side = segmenter.side
    if config.size != "trained" or not side or min(height, width) >= side:
        return ""
    return (
        f"seen at {width} x {height} px: with a shorter side of {side} px, as in training, so thin "
        f"a picture would be {round(max(height, width) * side / min(height, width)):,} px long"
    )


def _answer(
    segmenter: Segmenter,
    pixels: NDArray[np.uint8],
    config: SegmentationConfig,
    context: TaskContext,
) -> tuple[NDArray[Any], ClassMask | None, int]:
    """Return probabilities (h, w, K), and in how many tiles they were found.

    Of several tiles they are float16 already, strip by strip, with the likeliest classes (h, w):
    whole in float32 those of a large picture would need gigabytes.
    """
    height, width = pixels.shape[:2]
    if config.size == "trained" or max(height, width) <= config.tile_px:
        context.report(None, "Segmenting")
        return _probabilities(segmenter, pixels), None, 1
    count = len(tile_corners(height, width, config.tile_px, config.overlap))
    done = 0

    def answer(part: NDArray[np.uint8]) -> Floats:
        nonlocal done
        context.raise_if_cancelled()
        context.report(done / count, f"Segmenting tile {done + 1} of {count}")
        done += 1
        return _probabilities(segmenter, part)

    kinds = len(segmenter.classes)
    found = np.empty((height, width, kinds), np.float16)
    labels = np.empty((height, width), np.uint8)
    strips = blended_strips(pixels, kinds, config.tile_px, config.overlap, answer)
    for top, strip in strips:
        rows = slice(top, top + len(strip))
        torch.from_numpy(found[rows]).copy_(torch.from_numpy(strip))  # in place, and fast
        for at, line in enumerate(strip):
            labels[top + at] = line.argmax(axis=1)
    return found, labels, count


def as_network_sees(
    segmenter: Segmenter, pixels: NDArray[np.uint8], config: SegmentationConfig
) -> Tensor:
    """Return a picture as images (1, 3, h, w) in [0, 1], at the size that the network shall see."""
    return _as_images(_brought(pixels, segmenter, config))


def _as_images(pixels: NDArray[np.uint8]) -> Tensor:
    values = np.divide(pixels, 255, dtype=np.float32)  # a copy: pictures are read-only
    return torch.from_numpy(values)[None].permute(0, 3, 1, 2)


def _probabilities(segmenter: Segmenter, pixels: NDArray[np.uint8]) -> Floats:
    """Return (h, w, K); one class lies in memory after the other, as they are looked at."""
    found = segmenter.probabilities(_as_images(pixels))[0].float().contiguous()
    if bool(found[0].isnan().any()):  # they add up to 1: where one is no number, all are
        raise WeightsError(
            f"{segmenter.name}: answers with what is no number; its training went wrong, use "
            "other weights"
        )
    return np.asarray(found.permute(1, 2, 0).cpu().numpy(), np.float32)
