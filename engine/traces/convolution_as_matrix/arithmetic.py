"""A convolution of a short signal as a matrix, written out, and how it is drawn.

Axes: N input values, P of them with padding, K filter weights, M output values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.api.errors import ConfigError
from engine.api.parameters import parameter, validate
from engine.api.traces import BarsMark, Mark, TableMark
from engine.traces.segmentation_numbers import (
    LABEL_COLUMNS,
    Floats,
    NumberSheet,
    Strip,
    number,
    parse_numbers,
)

_FEWEST, _MOST = 2, 5


@dataclass(frozen=True, slots=True)
class ConvolutionMatrixConfig:
    """The input, the filter, and how it moves."""

    signal: str = parameter("2 3 1 4", note="the input: 2 to 5 numbers")
    kernel: str = parameter("1 2 3", note="weights of the filter: 1 to 5 numbers")
    stride: int = parameter(1, low=1, high=3, unit="places", note="from one output to the next")
    padding: int = parameter(1, low=0, high=2, unit="zeros", note="at either end")

    def __post_init__(self) -> None:
        validate(self)


def matrix_of(kernel: Floats, inputs: int, stride: int) -> Floats:
    """Return X (M, P): the filter once a row, `stride` further right each time."""
    rows = (inputs - len(kernel)) // stride + 1
    matrix = np.zeros((rows, inputs))
    for row in range(rows):
        matrix[row, row * stride : row * stride + len(kernel)] = kernel
    return matrix


class Layer:
    """The layer and everything that it computes.

    Attributes:
        signal: a, (N,).
        kernel: x, (K,).
        padded: (P,).
        matrix: X, (M, P).
        convolved: X a, (M,).
        vector: b, the first values of a, again and again, (M,).
        back: X^T b, (P,).
        cropped: `back` without the rows of the padding, (N,).

    Raises:
        ConfigError: a text is no list of numbers, or the filter is longer than the padded input.
    """

    def __init__(self, config: ConvolutionMatrixConfig) -> None:
        self.config = config
        self.signal = parse_numbers("signal", config.signal, _FEWEST, _MOST)
        self.kernel = parse_numbers("kernel", config.kernel, 1, _MOST)
        self.padded = np.pad(self.signal, config.padding)
        if len(self.kernel) > len(self.padded):
            raise ConfigError(
                f"kernel = {config.kernel!r}: {len(self.kernel)} weights are more than the "
                f"{len(self.padded)} values of the padded input; give fewer"
            )
        self.matrix = matrix_of(self.kernel, len(self.padded), config.stride)
        self.convolved: Floats = self.matrix @ self.padded
        self.vector = np.resize(self.signal, len(self.matrix))
        self.back: Floats = self.matrix.T @ self.vector
        last = len(self.back) - config.padding
        self.cropped = self.back[config.padding : last]
        tallest = 1 + max(self.matrix.shape)
        widest = max(*self.matrix.shape, len(self.signal) + LABEL_COLUMNS + len(self.kernel))
        self.sheet = NumberSheet(rows=tallest, columns=widest + 2)

    @property
    def ends(self) -> list[int]:
        """Places of the padding."""
        padding, length = self.config.padding, len(self.padded)
        return [*range(padding), *range(length - padding, length)]

    @property
    def inputs(self) -> Strip:
        """The padded signal, on top of the matrix."""
        return Strip(0, self.padded, "padded a")

    def product(
        self,
        matrix: Floats,
        vector: Strip | None = None,
        row: int | None = None,
        columns: Sequence[int] = (),
    ) -> tuple[Mark, ...]:
        """Draw a vector over the columns of a matrix, and the products beside its rows.

        Args:
            matrix: rows of the sheet.
            vector: in the first row of the sheet; None for the matrix alone.
            row: the row whose columns are highlighted; None for all.
            columns: that are highlighted.
        """
        strips = []
        for at, values in enumerate(matrix):
            here = columns if row in (None, at) else ()
            zeros = np.flatnonzero(values == 0).tolist()
            strips.append(Strip(1 + at, values, f"row {at + 1}", plain=zeros, current=here))
        if vector is not None:
            strips.append(vector._replace(current=columns, is_coloured=False))
            for at, value in enumerate((matrix @ vector.values).tolist()):
                answer = Strip(1 + at, np.array([value]), "", matrix.shape[1] + 1)
                here = [0] if at == row else []
                strips.append(answer._replace(current=here, role="kept", is_coloured=False))
        return self.sheet.marks(*strips)

    def bars(self, title: str, values: Floats, current: int | None = None) -> BarsMark:
        """Draw values beside the sheet."""
        names = tuple(str(at + 1) for at in range(len(values)))
        return BarsMark(names, values, title, current=current)

    def table(self, matrix: Floats) -> TableMark:
        """List the entries of a matrix."""
        names = tuple(str(at + 1) for at in range(matrix.shape[1]))
        rows = tuple(
            (str(at + 1), *(number(value) for value in values))
            for at, values in enumerate(matrix.tolist())
        )
        return TableMark(("row", *names), rows)

    def sizes(self) -> TableMark:
        """List what is large and what is small."""
        rows, columns = self.matrix.shape
        return TableMark(
            ("matrix", "number"),
            (
                ("rows M, outputs", str(rows)),
                ("columns P, padded inputs", str(columns)),
                ("entries", str(self.matrix.size)),
                ("not 0", str(int((self.matrix != 0).sum()))),
                ("weights that are learned", str(len(self.kernel))),
            ),
        )
