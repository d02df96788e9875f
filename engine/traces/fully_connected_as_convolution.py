"""A fully connected layer reshaped into a convolution: the same weights on pictures of any size.

Long, Shelhamer, Darrell, Fully Convolutional Networks for Semantic Segmentation, CVPR 2015,
https://arxiv.org/abs/1411.4038

Axes: C maps, K side of what the layer was made for, S side of the larger map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BoxesMark, BuildTrace, CellsTile, Role, Step, TraceCard
from engine.core.registry import TRACES
from engine.traces.marks import bars, cells, column, on, table
from engine.traces.steps import Topic, explain, step
from engine.traces.wording import Floats, at_place, count, number, numbers, product_sum

_MAPS, _KERNEL, _OUTPUTS = 2, 2, 3
_VGG_SIDE, _VGG_MAPS, _VGG_UNITS = 7, 512, 4096  # fc6 of VGG-16


@dataclass(frozen=True, slots=True)
class FullyConnectedConfig(Parameters):
    """The larger map, and the random numbers."""

    side: int = parameter(4, low=3, high=6, note="of the larger map that the layer slides over")
    seed: int = parameter(0, low=0, high=9999, note="of maps and weights")


@TRACES.register(
    TraceCard(
        key="fully-connected-as-convolution",
        title="A fully connected layer as a convolution",
        summary="The same weights, reshaped: a classifier answers at every place of a larger map.",
        config_type=FullyConnectedConfig,
        area="segment",
        order=2,
    )
)
class FullyConnectedAsConvolution(Topic):
    """One layer twice: as a matrix over a flat vector, and as kernels that slide.

    The result has `weights` (O, C K K), `small` (C, K, K), `large` (C, S, S), `answer` (O,) for
    the small map and `answers` (O, S - K + 1, S - K + 1) for the large one.
    """

    first_outputs = range(_OUTPUTS)

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        self.config: FullyConnectedConfig = request.config
        self.side = side = self.config.side
        random = np.random.default_rng(self.config.seed)
        self.large: Floats = random.integers(0, 6, (_MAPS, side, side)).astype(np.float64)
        self.small = self.large[:, :_KERNEL, :_KERNEL]
        self.flat = self.small.ravel()
        self.weights: Floats = random.integers(-2, 4, (_OUTPUTS, self.flat.size)).astype(np.float64)
        self.kernels = self.weights.reshape(_OUTPUTS, _MAPS, _KERNEL, _KERNEL)
        self.answer = self.weights @ self.flat
        self.places = side - _KERNEL + 1
        self.answers = np.array(
            [
                [self.weights @ self.window(row, at) for at in range(self.places)]
                for row in range(self.places)
            ]
        ).transpose(2, 0, 1)
        self.result = {
            "weights": self.weights,
            "small": self.small,
            "large": self.large,
            "answer": self.answer,
            "answers": self.answers,
        }

    def window(self, row: int, at: int) -> Floats:
        """Return what lies under the kernels at a place, laid flat, (C K K,)."""
        return self.large[:, row : row + _KERNEL, at : at + _KERNEL].ravel()

    @step
    def made_for_one_size(self) -> Step:
        return explain(
            f"{count(_MAPS, 'map')} of {_KERNEL} x {_KERNEL} values",
            f"A classifier ends with maps, here {_MAPS} of {_KERNEL} x {_KERNEL}, and a fully "
            f"connected layer that was made for exactly these {self.flat.size} values. For a "
            "larger picture it has no weights: the network takes one size only.",
            [cells(one, f"map {at}") for at, one in enumerate(self.small, 1)],
            bars("Values that go in", {"maps": _MAPS, "values": self.flat.size}),
        )

    @step
    def laid_flat(self) -> Step:
        return explain(
            f"Laid flat: {self.flat.size} numbers",
            f"The maps are written in one row, map by map: {numbers(self.flat)}. Which numbers "
            "were neighbours is no longer said; the layer knows it by their order alone.",
            [cells(one, f"map {at}") for at, one in enumerate(self.small, 1)],
            [cells(self.flat, "flat")],
            bars("Flat", "", self.flat),
        )

    @step(each="first_outputs")
    def one_output(self, index: int) -> Step:
        return explain(
            f"Output {index + 1} is {number(self.answer[index])}",
            f"Output {index + 1} has {count(self.flat.size, 'weight')} of its own, one for each "
            f"number. Each is multiplied by its number, and the sum is "
            f"{number(self.answer[index])}.",
            [cells(self.flat, "flat")],
            [
                cells(self.weights, "weights", lit=self._row(index), scale="weights"),
                column(np.where(np.arange(_OUTPUTS) <= index, self.answer, np.nan), "outputs"),
            ],
            bars("Outputs", "output", self.answer, current=index),
            formula=rf"y_{{{index + 1}}}={product_sum(self.weights[index], self.flat, False)}",
        )

    @step
    def reshaped(self) -> Step:
        return explain(
            f"The same weights as {_OUTPUTS} kernels",
            f"Row 1 of the weights, cut into {_MAPS} pieces and folded to {_KERNEL} x {_KERNEL}, "
            f"is a kernel that reads {count(_MAPS, 'map')}. All {_OUTPUTS} rows make {_OUTPUTS} "
            f"kernels with {self.weights.size} weights together: none is new, none is lost.",
            [cells(self.weights, "weights", lit=self._row(0), scale="weights")],
            self._kernel(0),
            table(
                ("form", "shape", "weights"),
                [
                    ("matrix", f"{_OUTPUTS} x {self.flat.size}", self.weights.size),
                    (
                        "kernels",
                        f"{_OUTPUTS} of {_MAPS} x {_KERNEL} x {_KERNEL}",
                        self.kernels.size,
                    ),
                ],
            ),
        )

    @step
    def same_answer(self) -> Step:
        by_map = [float((self.kernels[0, at] * self.small[at]).sum()) for at in range(_MAPS)]
        return explain(
            "Laid on the maps: the same answer",
            f"Kernel 1 lies on the maps in the one place where it fits. It finds "
            f"{' and '.join(map(number, by_map))}, together {number(sum(by_map))}: what output 1 "
            "of the fully connected layer was.",
            [cells(one, f"map {at}") for at, one in enumerate(self.small, 1)],
            self._kernel(0),
            bars("Kernel 1 on each map", "map", by_map),
            formula=f"{number(by_map[0])}+({number(by_map[1])})={number(sum(by_map))}",
        )

    @step
    def larger_map(self) -> Step:
        return explain(
            f"A larger map: {self.places} x {self.places} places",
            f"On maps of {self.side} x {self.side} the kernels fit in {self.places} x "
            f"{self.places} places. The matrix would have to be {_MAPS * self.side**2} wide; the "
            f"kernels stay as they are, with {self.weights.size} weights.",
            [self._framed(at) for at in range(_MAPS)],
            bars(
                "Values that go in",
                {"small maps": self.flat.size, "larger maps": _MAPS * self.side**2},
            ),
            formula=rf"S-K+1={self.side}-{_KERNEL}+1={self.places}",
        )

    @step
    def another_place(self) -> Step:
        row = at = self.places - 1
        inside = self.window(row, at)
        found = float(self.answers[0, row, at])
        return explain(
            f"At the last place: {number(found)}",
            f"In {at_place(row, at)} of the answers kernel 1 lies on {numbers(inside)}. The fully "
            f"connected layer, given this part of the maps, would say the same: {number(found)}.",
            [*(self._framed(one, row, at) for one in range(_MAPS)), *self._kernel(0)],
            [cells(self.answers[0], "answers of kernel 1", lit=[(row, at)], role="kept")],
            bars("What lies below it", "", inside),
            formula=rf"y={product_sum(self.weights[0], inside, False)}",
        )

    @step
    def map_of_answers(self) -> Step:
        places = self.places**2
        return explain(
            f"{places} answers in one pass",
            f"Each output has become a map of {self.places} x {self.places} answers, "
            f"{self.answers.size} numbers in all. Cutting out the {places} parts and asking the "
            "classifier for each would give the same, but compute what they share again and "
            "again.",
            [cells(one, f"output {at}", role="kept") for at, one in enumerate(self.answers, 1)],
            bars("First place", "output", self.answers[:, 0, 0]),
        )

    @step
    def in_a_network(self) -> Step:
        weights = _VGG_SIDE**2 * _VGG_MAPS * _VGG_UNITS
        return explain(
            "So a classifier becomes a segmenter",
            f"The first fully connected layer of VGG-16 reads {_VGG_MAPS} maps of {_VGG_SIDE} x "
            f"{_VGG_SIDE} with {_VGG_UNITS:,} outputs: {weights:,} weights, as a convolution of "
            f"{_VGG_SIDE} x {_VGG_SIDE} just as many. FCN takes them over, and gets a coarse map "
            "of class scores from a picture of any size.",
            [self._framed(at) for at in range(_MAPS)],
            [cells(one, f"output {at}", role="kept") for at, one in enumerate(self.answers, 1)],
            table(
                ("layer", "reads", "outputs", "weights"),
                [
                    ("here", f"{_MAPS} maps of {_KERNEL} x {_KERNEL}", _OUTPUTS, self.weights.size),
                    (
                        "VGG-16, fc6",
                        f"{_VGG_MAPS} maps of {_VGG_SIDE} x {_VGG_SIDE}",
                        _VGG_UNITS,
                        weights,
                    ),
                ],
            ),
            formula=rf"{_VGG_SIDE}\cdot{_VGG_SIDE}\cdot{_VGG_MAPS}\cdot{_VGG_UNITS}={weights}",
        )

    def _row(self, index: int) -> list[tuple[int, int]]:
        return [(index, at) for at in range(self.flat.size)]

    def _kernel(self, index: int) -> list[CellsTile]:
        return [
            cells(one, f"kernel {index + 1} for map {at}", role="candidate", scale="weights")
            for at, one in enumerate(self.kernels[index], 1)
        ]

    def _framed(self, index: int, row: int = 0, at: int = 0) -> CellsTile:
        box = np.array([[at, row, at + _KERNEL, row + _KERNEL]], np.float32)
        role: Role = "current"
        return on(cells(self.large[index], f"map {index + 1}"), BoxesMark(box, role))  # type: ignore[return-value]
