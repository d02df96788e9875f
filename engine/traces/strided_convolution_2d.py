"""A convolution of stride 2 in two dimensions, and the transposed one that goes its way back.

Dumoulin, Visin, A guide to convolution arithmetic for deep learning, 2016,
https://arxiv.org/abs/1603.07285

Axes: N side of the input, K of the kernel, M of what comes out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BoxesMark, BuildTrace, Role, Step, Tile, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, cells, on, table
from engine.traces.steps import Topic, explain, step
from engine.traces.wording import Floats, at_place, count, number, product_sum

_KERNEL, _STRIDE, _PADDING = 3, 2, 1


@dataclass(frozen=True, slots=True)
class StridedConvolutionConfig(Parameters):
    """The map, and the random numbers."""

    side: int = parameter(4, low=3, high=6, note="of the map")
    seed: int = parameter(0, low=0, high=9999, note="of the map and the kernel")


@TRACES.register(
    TraceCard(
        key="strided-convolution-2d",
        title="Stride 2, and transposed, in two dimensions",
        summary="A 3 x 3 kernel that moves by two halves a map; copies of it, summed, enlarge it.",
        config_type=StridedConvolutionConfig,
        area="segment",
        order=15,
    )
)
class StridedConvolution2d(Topic):
    """Down by a kernel that moves two places at a time, up by weighted copies of it.

    The result has `map` (N, N), `kernel` (K, K), `down` (M, M), the `summed` copies and `up`, what
    is left of them after the crop, (N, N).

    Attributes:
        padded: the map with a frame of zeros.
        overlaps: how many copies meet in each place of `summed`.
    """

    first_places = range(2)

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        self.config: StridedConvolutionConfig = request.config
        side = self.config.side
        random = np.random.default_rng(self.config.seed)
        self.map: Floats = random.integers(0, 5, (side, side)).astype(np.float64)
        self.kernel: Floats = random.integers(0, 4, (_KERNEL, _KERNEL)).astype(np.float64)
        self.kernel[1, 1] = 2.0
        self.padded = np.pad(self.map, _PADDING)
        self.small = (side + 2 * _PADDING - _KERNEL) // _STRIDE + 1
        self.places = [(row, at) for row in range(self.small) for at in range(self.small)]
        self.down = np.array([(self.window(place) * self.kernel).sum() for place in self.places])
        self.down = self.down.reshape(self.small, self.small)
        full = (self.small - 1) * _STRIDE + _KERNEL
        self.whole = max(full, side + _PADDING)  # with the output padding
        self.summed = np.zeros((self.whole, self.whole))
        self.overlaps: NDArray[np.int64] = np.zeros((self.whole, self.whole), np.int64)
        for place in self.places:
            self.summed += self.copy(place)
            self.overlaps += self.copied(place)
        self.up = self.summed[_PADDING : side + _PADDING, _PADDING : side + _PADDING]
        self.output_padding = side - (full - 2 * _PADDING)
        self.result = {
            "map": self.map,
            "kernel": self.kernel,
            "down": self.down,
            "summed": self.summed,
            "up": self.up,
        }

    def window(self, place: tuple[int, int]) -> Floats:
        """Return what lies under the kernel at a place, (K, K)."""
        row, at = place[0] * _STRIDE, place[1] * _STRIDE
        return self.padded[row : row + _KERNEL, at : at + _KERNEL]

    def copied(self, place: tuple[int, int]) -> NDArray[np.int64]:
        """Return 1 where the copy of a place is written."""
        row, at = place[0] * _STRIDE, place[1] * _STRIDE
        written = np.zeros((self.whole, self.whole), np.int64)
        written[row : row + _KERNEL, at : at + _KERNEL] = 1
        return written

    def copy(self, place: tuple[int, int]) -> Floats:
        """Return the kernel, weighted by a value of the small map, where it is written."""
        row, at = place[0] * _STRIDE, place[1] * _STRIDE
        written = np.zeros((self.whole, self.whole))
        written[row : row + _KERNEL, at : at + _KERNEL] = self.kernel * self.down[place]
        return written

    @step
    def map_and_kernel(self) -> Step:
        side = self.config.side
        return explain(
            f"A map of {side} x {side} and a kernel",
            f"The map has {count(self.map.size, 'value')}. Zeros around it, {_PADDING} wide, "
            f"make it {len(self.padded)} x {len(self.padded)}, so that the {_KERNEL} x {_KERNEL} "
            "kernel can lie on the border too.",
            cells(self.padded, "padded map"),
            cells(self.kernel, "kernel", role="candidate", scale="kernel"),
            bars("Side", {"map": side, "padded": len(self.padded), "kernel": _KERNEL}),
        )

    @step(each="first_places")
    def one_place(self, number_of: int) -> Step:
        place = self.places[number_of]
        inside = self.window(place)
        row, at = (side * _STRIDE for side in place)
        is_known = np.arange(len(self.places)).reshape(self.down.shape) <= number_of
        moved = (
            "the kernel lies in the top left corner"
            if not number_of
            else f"the kernel has moved {_STRIDE} columns to the right, not one"
        )
        return explain(
            f"Place {number_of + 1}: {number(self.down[place])}",
            f"For {at_place(*place)} of the small map {moved}. {inside.size} products sum to "
            f"{number(self.down[place])}.",
            self._framed(self.padded, "padded map", row, at),
            cells(self.kernel, "kernel", role="candidate", scale="kernel"),
            cells(np.where(is_known, self.down, np.nan), "down", lit=[place], role="kept"),
            bars("What lies below it", "", inside.ravel()),
            formula=rf"y={product_sum(self.kernel.ravel(), inside.ravel(), False)}",
        )

    @step
    def halved(self) -> Step:
        side = self.config.side
        return explain(
            f"{side} x {side} became {self.small} x {self.small}",
            f"The kernel stops in {len(self.places)} places in place of {self.map.size}: the map "
            "is halved each way without any pooling, and how it is halved is learned.",
            cells(self.map, "map"),
            cells(self.down, "down", role="kept"),
            bars("Values", {"map": self.map.size, "down": self.down.size}),
            formula=r"M=\lfloor\dfrac{N+2p-K}{s}\rfloor+1="
            rf"\lfloor\dfrac{{{side}+{2 * _PADDING}-{_KERNEL}}}{{{_STRIDE}}}\rfloor+1={self.small}",
        )

    @step(each="first_places")
    def one_copy(self, number_of: int) -> Step:
        place = self.places[number_of]
        before = sum((self.copy(one) for one in self.places[:number_of]), 0 * self.summed)
        row, at = (side * _STRIDE for side in place)
        written = sum(self.copied(one) for one in self.places[:number_of])
        met = int(((written > 0) & (self.copied(place) > 0)).sum()) if number_of else 0
        meeting = (
            f" In {count(met, 'place')} an earlier copy wrote before: there the numbers are added."
            if met
            else ""
        )
        return explain(
            f"Back, copy {number_of + 1}: times {number(self.down[place])}",
            f"Transposed, every value writes. {number(self.down[place])}, in {at_place(*place)}, "
            f"weights a copy of the kernel, written from {at_place(row, at)} on.{meeting}",
            cells(self.down, "down", lit=[place]),
            self._framed(self.copy(place), f"copy {number_of + 1}", row, at),
            self._framed(before + self.copy(place), "summed so far", row, at),
            bars("Copy", "", (self.kernel * self.down[place]).ravel()),
        )

    @step
    def all_copies(self) -> Step:
        place = np.unravel_index(int(self.overlaps.argmax()), self.overlaps.shape)
        row, at = int(place[0]), int(place[1])
        parts = [float(self.copy(one)[row, at]) for one in self.places if self.copied(one)[row, at]]
        return explain(
            "All copies, summed",
            f"Copies of neighbours overlap, as they are {_KERNEL} wide and {_STRIDE} apart. "
            f"{len(parts)} of them meet in {at_place(row, at)}, and their values are added: "
            f"{number(sum(parts))}.",
            cells(self.down, "down"),
            cells(self.summed, "summed", lit=[(row, at)]),
            bars("Parts there", "copy", parts),
            formula="+".join(map(number, parts)) + f"={number(sum(parts))}",
        )

    @step
    def uneven(self) -> Step:
        least, most = int(self.overlaps[self.overlaps > 0].min()), int(self.overlaps.max())
        return explain(
            "Where copies meet: a checkerboard",
            f"Between {least} and {most} copies meet in a place, as {_KERNEL} is no multiple of "
            f"{_STRIDE}. Even a flat map comes out in a pattern of squares. A kernel of 2 x 2 or "
            "4 x 4 would meet itself evenly.",
            cells(self.overlaps, "copies that meet"),
            cells(self.summed, "summed", scale="summed"),
            bars("Copies in a place", {"fewest": least, "most": most}),
        )

    @step
    def cropped(self) -> Step:
        side, full = self.config.side, self.whole
        outside = [
            (row, at)
            for row in range(full)
            for at in range(full)
            if not (_PADDING <= row < side + _PADDING and _PADDING <= at < side + _PADDING)
        ]
        return explain(
            f"Cropped to {side} x {side}",
            f"What was written on the zeros around the map is cut off. In PyTorch this is "
            f"ConvTranspose2d with stride {_STRIDE}, padding {_PADDING} and output padding "
            f"{self.output_padding}. The size is back, the values are not: it is no inverse.",
            cells(self.summed, "summed", removed=outside),
            cells(self.up, "up", role="kept"),
            cells(self.map, "map"),
            table(
                ("map", "size", "sum"),
                [
                    ("before", f"{side} x {side}", self.map.sum()),
                    ("down", f"{self.small} x {self.small}", self.down.sum()),
                    ("up", f"{side} x {side}", self.up.sum()),
                ],
            ),
            formula=rf"(M-1)\,s-2p+K+o=({self.small}-1)\cdot{_STRIDE}-{2 * _PADDING}+{_KERNEL}"
            rf"+{self.output_padding}={side}",
        )

    def _framed(self, values: Floats, caption: str, row: int, at: int) -> Tile:
        box = np.array([[at, row, at + _KERNEL, row + _KERNEL]], np.float32)
        role: Role = "current"
        return on(cells(values, caption), BoxesMark(box, role))
