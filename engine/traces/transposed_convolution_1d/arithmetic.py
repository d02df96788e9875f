"""The transposed convolution of a short signal, written out.

Axes: N input values, K filter weights, F values before cropping, L after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.api.errors import ConfigError
from engine.api.parameters import Parameters, parameter
from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, CellsTile, Tile, TileArrow, Tiles
from engine.traces.marks import cells, tiles
from engine.traces.number_lists import parse_numbers
from engine.traces.steps import Topic
from engine.traces.wording import Floats, number

_FEWEST, _MOST, _MOST_WEIGHTS = 2, 5, 5


@dataclass(frozen=True, slots=True)
class TransposedConvolutionConfig(Parameters):
    """The input, the filter, and how far apart its copies lie."""

    signal: str = parameter("2 3 1", note="the input: 2 to 5 numbers")
    kernel: str = parameter("1 2 3", note="weights of the filter: 1 to 5 numbers")
    stride: int = parameter(2, low=1, high=3, unit="places", note="from one copy to the next")
    padding: int = parameter(1, low=0, high=4, unit="values", note="cut off at either end")
    output_padding: int = parameter(
        1, low=0, high=2, unit="values", note="left on at the end; less than the stride"
    )


def copies_of(signal: Floats, kernel: Floats, stride: int) -> Floats:
    """Return the filter times each input value, at its place: (N, F), F = (N - 1) stride + K."""
    copies = np.zeros((len(signal), (len(signal) - 1) * stride + len(kernel)))
    for index, value in enumerate(signal):
        copies[index, index * stride : index * stride + len(kernel)] = value * kernel
    return copies


def bilinear_weights(stride: int) -> Floats:
    """Return the weights that enlarge by straight lines, as FCN's layers start out."""
    half = stride
    size = 2 * half - half % 2
    centre = half - 1 if size % 2 else half - 0.5
    return np.asarray(1 - np.abs(np.arange(size) - centre) / half)


def checked(config: TransposedConvolutionConfig) -> tuple[Floats, Floats]:
    """Return the input (N,) and the filter (K,).

    Raises:
        ConfigError: a text is no list of numbers, or nothing is left after cropping.
    """
    signal = parse_numbers("signal", config.signal, _FEWEST, _MOST)
    kernel = parse_numbers("kernel", config.kernel, 1, _MOST_WEIGHTS)
    if config.output_padding and config.output_padding >= config.stride:
        raise ConfigError(
            f"output_padding = {config.output_padding}: must be less than the stride, "
            f"{config.stride}"
        )
    if config.padding >= len(kernel):
        raise ConfigError(
            f"padding = {config.padding}: must be less than the {len(kernel)} weights of the filter"
        )
    length = (len(signal) - 1) * config.stride - 2 * config.padding + len(kernel)
    if length + config.output_padding < 1:
        raise ConfigError(f"padding = {config.padding}: nothing is left of the output")
    return signal, kernel


class Layer(Topic):
    """A copy for every input value, their sum, what is cropped, and relatives.

    The result has `copies` (N, F), their sum `full` (F,), how many copies meet in each place,
    `overlaps` (F,), and the cropped `output` (L,).

    Attributes:
        signal: (N,).
        kernel: (K,).
        indices: of the input values: each has a step of its own.
        copies: (N, F).
        full: sum of the copies, (F,).
        overlaps: copies that meet in each place, (F,).
        busiest: the first place where most copies meet.
        longer: `full` with the output padding at its end.
        kept: places of `longer` that are not cut off.
        output: (L,).

    Raises:
        ConfigError: a text is no list of numbers, or nothing is left after cropping.
    """

    def __init__(self, request: BuildTrace, context: TaskContext) -> None:
        self.config: TransposedConvolutionConfig = request.config
        stride, padding = self.config.stride, self.config.padding
        self.signal, self.kernel = checked(self.config)
        self.indices = range(len(self.signal))
        self.copies = copies_of(self.signal, self.kernel, stride)
        self.full: Floats = self.copies.sum(axis=0)
        written = copies_of(np.ones(len(self.signal)), np.ones(len(self.kernel)), stride)
        self.overlaps: Floats = written.sum(axis=0)
        self.busiest = int(np.argmax(self.overlaps))
        self.longer = np.append(self.full, np.zeros(self.config.output_padding))
        self.kept = range(padding, len(self.longer) - padding)
        self.output = self.longer[self.kept.start : self.kept.stop]
        self.result = {
            "copies": self.copies,
            "full": self.full,
            "overlaps": self.overlaps.astype(int),
            "output": self.output,
        }

    def places_of(self, index: int) -> range:
        """Return where the copy of an input value lies."""
        first = index * self.config.stride
        return range(first, first + len(self.kernel))

    def meeting(self, place: int) -> list[int]:
        """Return the copies that reach a place."""
        return [at for at in self.indices if place in self.places_of(at)]

    def written_copy(self, index: int, place: int | None = None, is_lit: bool = False) -> CellsTile:
        """Return a copy in its places, lit in one of them or altogether."""
        here, row = self.places_of(index), np.full(len(self.full), np.nan)
        row[list(here)] = self.copies[index, list(here)]
        lit = here if is_lit else [place] if place in here else []
        return cells(row, f"copy {index + 1}", name=f"copy {index + 1}", lit=lit)

    def all_copies(self, place: int | None = None) -> list[CellsTile]:
        """Return every copy in its places."""
        return [self.written_copy(index, place) for index in self.indices]

    def below_inputs(self, *rows: Tile, current: int | None = None, **more: Any) -> Tiles:
        """Show input and filter, and rows of cells below them."""
        lit = [] if current is None else [current]
        inputs = [
            cells(self.signal, "input a", lit=lit),
            cells(self.kernel, "filter w", role="candidate"),
        ]
        return tiles(inputs, *([row] for row in rows), **more)

    def summed_and_cropped(self) -> CellsTile:
        """Return the sum with what is cut off marked."""
        gone = [place for place in range(len(self.longer)) if place not in self.kept]
        return cells(self.longer, "summed", removed=gone)

    def cropped(self) -> CellsTile:
        """Return what is left, below the places that it comes from."""
        row = np.full(len(self.longer), np.nan)
        row[list(self.kept)] = self.output
        return cells(row, "output", lit=self.kept)

    def down(self, index: int, place: int) -> TileArrow:
        """Lead from a value of a copy to where it is added."""
        here = (0, place)
        return TileArrow(f"copy {index + 1}", "output", start_place=here, end_place=here)

    def parts(self) -> list[tuple[int, str, float]]:
        """Return what each place is the sum of."""
        summed = []
        for place, value in enumerate(self.full.tolist()):
            those = [number(self.copies[at, place]) for at in self.meeting(place)]
            summed.append((place + 1, " + ".join(those) or "none", value))
        return summed
