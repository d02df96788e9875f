"""How far stacked convolutions with holes see: by counting, and by the gradient.

Axes: K weights along a side of the kernel, R side of the receptive field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import ConfigError
from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BoxesMark, BuildTrace, Tile
from engine.traces.marks import image, on
from engine.traces.number_lists import parse_numbers
from engine.traces.segmentation_pictures import busiest_place, subject
from engine.traces.steps import Topic

_PICTURE_PX = 96

_MOST_LAYERS, _LARGEST_RATE = 4, 8

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DilatedConvolutionConfig(Parameters):
    """Which convolutions are stacked."""

    rates: str = parameter("1 2 4", note="one a layer: 1 to 4 whole numbers from 1 to 8")
    kernel: Literal["3", "5"] = parameter("3", note="weights along a side")


def parse_rates(text: str) -> tuple[int, ...]:
    """Return the rates of a text such as "1 2 4".

    Raises:
        ConfigError: they are not 1 to 4 whole numbers from 1 to 8.
    """
    values = parse_numbers("rates", text, 1, _MOST_LAYERS).tolist()
    if not all(value % 1 == 0 and 1 <= value <= _LARGEST_RATE for value in values):
        raise ConfigError(f"rates = {text!r}: give whole numbers from 1 to {_LARGEST_RATE}")
    return tuple(int(value) for value in values)


def effective_size(kernel: int, rate: int) -> int:
    """Return how many pixels a kernel spans when its weights lie `rate` pixels apart."""
    return kernel + (kernel - 1) * (rate - 1)


def fields(kernel: int, rates: Sequence[int]) -> list[int]:
    """Return the side of the receptive field before any layer and after each."""
    sides = [1]
    for rate in rates:
        sides.append(sides[-1] + (kernel - 1) * rate)
    return sides


def taps(kernel: int, rate: int) -> Floats:
    """Return 1 where a weight lies and 0 in the holes, along one axis."""
    line = np.zeros(effective_size(kernel, rate))
    line[::rate] = 1
    return line


def ways(kernel: int, rates: Sequence[int]) -> Floats:
    """Return in how many ways each pixel of a row reaches the middle output, (R,).

    In the plane it is the outer product of this with itself.
    """
    line = np.ones(1)
    for rate in rates:
        line = np.convolve(line, taps(kernel, rate))
    return line


def stuffed(weights: Floats, rate: int) -> Floats:
    """Return a kernel (K, K) with zeros put into its holes."""
    side = effective_size(len(weights), rate)
    wide = np.zeros((side, side))
    wide[::rate, ::rate] = weights
    return wide


def dilated(values: Floats, weights: Floats, rate: int) -> Floats:
    """Weigh pixels `rate` apart, (H, W) to (H, W), the border repeated outwards."""
    margin = rate * (len(weights) // 2)
    wide = np.pad(values, margin, mode="edge")
    height, width = values.shape
    total = np.zeros_like(values)
    for row, line in enumerate(weights):
        for column, weight in enumerate(line):
            top, left = row * rate, column * rate
            total += weight * wide[top : top + height, left : left + width]
    return total


def measured_field(kernel: int, rates: Sequence[int]) -> NDArray[np.bool_]:
    """Return which pixels (R, R) move the middle output, by the gradient of real layers.

    All weights are 1, so that nothing cancels.
    """
    import torch
    from torch.nn import functional

    side = fields(kernel, rates)[-1]
    pixels = torch.zeros(1, 1, side, side, requires_grad=True)
    found = pixels
    weights = torch.ones(1, 1, kernel, kernel)
    for rate in rates:
        found = functional.conv2d(found, weights, dilation=rate)
    found.sum().backward()  # type: ignore[no-untyped-call]
    assert pixels.grad is not None  # it was asked for
    reached: NDArray[np.bool_] = (pixels.grad[0, 0] != 0).numpy()
    return reached


def weights_inside(rate: int, side: int, kernel: int = 3) -> float:
    """Return the mean share of weights that lie on a map of a side, over all its places."""
    offsets = rate * (np.arange(kernel) - kernel // 2)
    places = np.arange(side)[:, None] + offsets
    return float(((places >= 0) & (places < side)).mean() ** 2)


def framed(values: Floats | NDArray[np.bool_]) -> Floats:
    """Lay a field into a frame of zeros, so that one without holes is seen too."""
    return np.pad(np.asarray(values, np.float64), max(1, len(values) // 8))


def reached(kernel: int, rates: Sequence[int]) -> NDArray[np.bool_]:
    """Return which pixels of the field reach the output, (R, R), by counting."""
    line = ways(kernel, rates) > 0
    return np.outer(line, line)


def plane(line: Floats) -> Floats:
    """Return the outer product of a line with itself."""
    return np.outer(line, line)


def centred(values: Floats, side: int) -> Floats:
    """Lay a square field into the middle of a larger one of zeros."""
    before = (side - len(values)) // 2
    after = side - len(values) - before
    return np.pad(values, (before, after)) if before + after else values


def edge_weights(kernel: int) -> Floats:
    """Return weights that compare a pixel with the mean of the others."""
    weights = np.full((kernel, kernel), -1 / (kernel**2 - 1))
    weights[kernel // 2, kernel // 2] = 1
    return weights


def ways_plane(kernel: int, rates: Sequence[int]) -> Floats:
    """Return in how many ways each pixel of the field reaches the output, (R, R)."""
    return plane(ways(kernel, rates))


def framed_reach(kernel: int, rates: Sequence[int]) -> Floats:
    """Return which pixels reach the output, in a frame of those that do not."""
    return framed(reached(kernel, rates))


def two_outputs(kernel: int, rates: Sequence[int]) -> Floats:
    """Return 1 where an output looks, 2 where its right neighbour looks, 3 where both do."""
    own = np.pad(reached(kernel, rates), ((0, 0), (0, 1)))
    return np.asarray(np.pad(own + 2.0 * np.roll(own, 1, axis=1), 1))


def share_reached(kernel: int, rates: Sequence[int]) -> float:
    """Return the part of the field whose pixels reach the output."""
    return float((ways(kernel, rates) > 0).mean() ** 2)


def taps_at_each_place(grid: tuple[int, int], rate: int) -> Floats:
    """Return how many of nine taps lie on a grid (h, w), for each place of it."""
    counts = []
    for side in grid:
        places = np.arange(side)[:, None] + rate * np.arange(-1, 2)
        counts.append(((places >= 0) & (places < side)).sum(axis=1))
    return np.asarray(np.outer(*counts), np.float64)


class Stack(Topic):
    """The layers of a config and how far they see.

    Attributes:
        sides: of the receptive field, before any layer and after each.
        side: of the receptive field after all layers.
        numbers: of the layers, from 0.
        place_xy: pixel of the picture whose output is followed.
        measured: which pixels are reached after all layers, by the gradient.

    Raises:
        ConfigError: the rates are no rates.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        config: DilatedConvolutionConfig = request.config
        self.rates, self.kernel = parse_rates(config.rates), int(config.kernel)
        self.sides = fields(self.kernel, self.rates)
        self.side, self.numbers = self.sides[-1], range(len(self.rates))
        self.measured = measured_field(self.kernel, self.rates)
        self.picture = subject(request.pixels, _PICTURE_PX)
        self.place_xy = busiest_place(self.picture.pixels)
        self.result = {
            "rates": self.rates,
            "kernel": self.kernel,
            "receptive_fields": self.sides,
            "reached": self.measured.sum(),
        }

    def seen(self, side: int) -> NDArray[np.uint8]:
        """Return a square of a side about the place that is looked at, or what there is of it."""
        left, top = (max(0, place - side // 2) for place in self.place_xy)
        return np.ascontiguousarray(self.picture.pixels[top : top + side, left : left + side])

    def on_picture(self, sides: Sequence[int], caption: str) -> Tile:
        """Show the picture with receptive fields of some sides about the place."""
        height, width = self.picture.pixels.shape[:2]
        middle = np.array(self.place_xy) + 0.5
        corners = np.array([[middle - side / 2, middle + side / 2] for side in sides])
        boxes = corners.clip(0, (width, height)).reshape(-1, 4).astype(np.float32)
        return on(image(self.picture.pixels, caption), BoxesMark(boxes, "current"))
