"""Both products against torch: X a is conv1d, X^T b is conv_transpose1d and conv1d's gradient."""

import itertools
from functools import partial

import numpy as np
import pytest
import torch
from scipy.linalg import toeplitz
from torch.nn import functional

from engine.api.errors import ConfigError
from engine.api.traces import CellsTile
from engine.traces.convolution_as_matrix import ConvolutionMatrixConfig, matrix_of
from tests.engine.traces.trace_checks import traced

trace = partial(traced, "convolution-as-matrix")

CASES = [
    ConvolutionMatrixConfig("4 -1 2.5 7", kernel, stride, padding)
    for kernel, stride, padding in itertools.product(
        ("2", "1 -3", "0.5 1 0.5", "1 2 3 4"), (1, 2, 3), (0, 1, 2)
    )
]


def tensor(values: list[float]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)[None, None]


def words(text: str) -> torch.Tensor:
    return tensor([float(word) for word in text.split()])


@pytest.mark.parametrize("config", CASES, ids=str)
def test_the_product_is_torchs_convolution(config: ConvolutionMatrixConfig) -> None:
    steps = trace(config)
    expected = functional.conv1d(
        words(config.signal), words(config.kernel), stride=config.stride, padding=config.padding
    )
    np.testing.assert_allclose(steps.result["convolved"], expected[0, 0].numpy(), atol=1e-12)
    assert 8 <= len(list(steps)) <= 16


@pytest.mark.parametrize("config", CASES, ids=str)
def test_the_transpose_is_torchs_transposed_convolution(config: ConvolutionMatrixConfig) -> None:
    result = trace(config).result
    kernel = words(config.kernel)
    reach = len(config.signal.split()) + 2 * config.padding - kernel.shape[-1]
    expected = functional.conv_transpose1d(
        tensor(result["vector"]),
        kernel,
        stride=config.stride,
        padding=config.padding,
        output_padding=reach % config.stride,
    )
    np.testing.assert_allclose(result["cropped"], expected[0, 0].numpy(), atol=1e-12)


@pytest.mark.parametrize("config", CASES[::4], ids=str)
def test_the_transpose_is_the_gradient_of_the_convolution(config: ConvolutionMatrixConfig) -> None:
    result = trace(config).result
    signal = words(config.signal).requires_grad_()
    output = functional.conv1d(
        signal, words(config.kernel), stride=config.stride, padding=config.padding
    )
    output.backward(tensor(result["vector"]))
    assert signal.grad is not None
    np.testing.assert_allclose(result["cropped"], signal.grad[0, 0].numpy(), atol=1e-12)


def test_the_example_of_the_course() -> None:
    """Rows (x y z 0 0 0), (0 x y z 0 0), ... on (0 a b c d 0), and their transpose on a b c d."""
    x, y, z, a, b, c, d = 2, 3, 5, 7, 11, 13, 17
    result = trace(ConvolutionMatrixConfig(f"{a} {b} {c} {d}", f"{x} {y} {z}", 1, 1)).result
    assert result["matrix"][0] == [x, y, z, 0, 0, 0]
    assert result["matrix"][3] == [0, 0, 0, x, y, z]
    assert result["convolved"] == [76, 112, 146, 77]
    assert result["transposed"] == [14, 43, 94, 128, 116, 85]


def test_the_matrix_of_stride_1_is_toeplitz() -> None:
    kernel = np.array([1.0, 2.0, 3.0])
    column, row = np.zeros(4), np.zeros(6)
    column[0], row[:3] = 1, kernel
    np.testing.assert_array_equal(matrix_of(kernel, 6, 1), toeplitz(column, row))


def test_a_row_is_shown_under_the_inputs_that_it_weights() -> None:
    step = trace(ConvolutionMatrixConfig())[3]
    assert step.title == "Row 2: output 2 is 11"
    assert step.formula == r"y_{2}=1\cdot2+2\cdot3+3\cdot1=11"
    inputs, matrix, outputs = (tile for tile in step.marks[0] if isinstance(tile, CellsTile))
    assert inputs.lit == ((0, 1), (0, 2), (0, 3))
    assert matrix.lit == ((1, 1), (1, 2), (1, 3))
    assert outputs.lit == ((1, 0),)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (ConvolutionMatrixConfig("1 2", "1 2 3", 1, 0), "3 weights are more than the 2 values"),
        (ConvolutionMatrixConfig("1 2 3 4 5 6"), "6 numbers; give 2 to 5"),
        (ConvolutionMatrixConfig(kernel=""), "0 numbers; give 1 to 5"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(config: ConvolutionMatrixConfig, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        trace(config)
    assert "\n" not in str(caught.value)
