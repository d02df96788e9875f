"""The best shipped segmenter on one frame of a street, with everything that a request does."""

from __future__ import annotations

from statistics import median
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from engine.api.measurements import Measurement
from engine.api.segmentation import Segment
from engine.api.tasks import TaskContext
from engine.core.devices import thread_share
from engine.core.shipped_weights import best_shipped
from engine.data.shapes import draw_scene
from engine.inference.segmentation import segment
from engine.inference.segmenters import open_segmenter

WIDTH, HEIGHT = 480, 360
GOAL_MS = 60.0
ROUNDS, WARM_UP = 20, 3
DATA = "CamVid"
"""Of the networks that ship for these pictures, the one with the highest mIoU is measured."""


def measure() -> list[Measurement]:
    """Time the network inside a request against the bare network, in turns, on the CPU."""
    best = best_shipped(DATA)
    if best is None:
        return []
    model, weights = best
    pixels = _picture()
    request = Segment(model, pixels, weights=weights, device="cpu")
    context = TaskContext(lambda progress: None)
    segmenter = open_segmenter(model, weights, "cpu")
    images = torch.from_numpy(pixels / np.float32(255)).permute(2, 0, 1)[None].float()
    images = images.contiguous(memory_format=torch.channels_last)
    times: list[float] = []
    bare: list[float] = []
    for _ in range(WARM_UP + ROUNDS):
        times.append(segment(request, context).milliseconds)
        with thread_share(), torch.inference_mode():
            begun_s = perf_counter()
            segmenter.network(images)
            bare.append((perf_counter() - begun_s) * 1000)
    value = median(times[WARM_UP:])
    return [
        Measurement(
            name=f"segmentation: {weights}, {WIDTH} x {HEIGHT}, probabilities of one picture, "
            "median; reference: bare network",
            value=value,
            reference=median(bare[WARM_UP:]),
            unit="ms",
            goal=f"<= {GOAL_MS:g} ms",
            met=value <= GOAL_MS,
        )
    ]


def _picture() -> NDArray[np.uint8]:
    """Return a drawn scene, cut to the frame."""
    pixels = draw_scene(0, WIDTH).pixels[:HEIGHT]
    return np.ascontiguousarray(pixels)
