"""A convolution of a short signal as a matrix, written out.

Axes: N input values, P of them with padding, K filter weights, M output values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.api.errors import ConfigError
from engine.api.parameters import parameter, validate
from engine.traces.number_lists import parse_numbers
from engine.traces.wording import Floats

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

    @property
    def ends(self) -> list[int]:
        """Places of the padding."""
        padding, length = self.config.padding, len(self.padded)
        return [*range(padding), *range(length - padding, length)]
