"""The sums against torch's own transposed convolution, and the words against the numbers."""

import itertools
from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.api.errors import ConfigError
from engine.api.traces import BarsMark, CellsTile, TableMark, Tiles
from engine.traces.transposed_convolution_1d.arithmetic import (
    TransposedConvolutionConfig,
    bilinear_weights,
    copies_of,
)
from tests.engine.traces.trace_checks import traced

trace = partial(traced, "transposed-convolution-1d")


def torchs(config: TransposedConvolutionConfig) -> np.ndarray:
    signal, kernel = (
        torch.tensor([float(word) for word in text.split()], dtype=torch.float64)[None, None]
        for text in (config.signal, config.kernel)
    )
    return functional.conv_transpose1d(
        signal,
        kernel,
        stride=config.stride,
        padding=config.padding,
        output_padding=config.output_padding,
    )[0, 0].numpy()


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "output_padding"),
    [
        (kernel, stride, padding, output_padding)
        for kernel, stride, padding, output_padding in itertools.product(
            ("2", "1 -3", "0.5 1 0.5", "1 2 3 4 5"), (1, 2, 3), (0, 1, 2), (0, 1, 2)
        )
        if padding < len(kernel.split()) and (output_padding < stride)
    ],
)
def test_the_cropped_sum_is_torchs(
    kernel: str, stride: int, padding: int, output_padding: int
) -> None:
    config = TransposedConvolutionConfig("4 -1 2.5 7", kernel, stride, padding, output_padding)
    steps = trace(config)
    np.testing.assert_allclose(steps.result["output"], torchs(config), atol=1e-12)
    assert 8 <= len(list(steps)) <= 16


def test_the_example_of_the_course() -> None:
    """Copies of (x, y, z) weighted by a and b: ax, ay, az + bx, by, bz; one value is cropped."""
    result = trace(TransposedConvolutionConfig("7 11", "2 3 5", 2, 1, 1)).result
    assert result["full"] == [14, 21, 35 + 22, 33, 55]
    assert result["output"] == [21, 57, 33, 55]
    assert result["overlaps"] == [1, 1, 2, 1, 1]


def test_every_input_value_has_a_step_that_tells_its_copy() -> None:
    steps = list(trace(TransposedConvolutionConfig()))
    own = [step for step in steps if step.title.startswith("Copy")]
    assert [step.title[-1] for step in own] == ["2", "3", "1"]
    assert "3, 6, 9" in own[1].text
    assert own[1].formula == r"y_{3}=6+3\cdot1=9"
    bars = next(mark for mark in own[1].marks if isinstance(mark, BarsMark))
    assert bars.before is not None
    assert bars.before.tolist() == [2, 4, 6, 0, 0, 0, 0]
    assert bars.values.tolist() == [2, 4, 9, 6, 9, 0, 0]


def test_what_is_cut_off_is_marked_and_the_rest_lies_below_it() -> None:
    steps = list(trace(TransposedConvolutionConfig()))
    step = next(step for step in steps if step.title.startswith("Cropped"))
    shown = next(mark for mark in step.marks if isinstance(mark, Tiles))
    summed, output = (tile for tile in shown if isinstance(tile, CellsTile))
    assert [summed.values[at] for at in summed.removed] == [2, 0]
    assert [output.values[at] for at in output.lit] == [4, 9, 6, 10, 2, 3]
    assert {at for _, at in output.lit} | {at for _, at in summed.removed} == set(range(8))
    assert "1 value at the start and none at the end fall away" in step.text
    assert step.formula.endswith("=7-2+1=6")


def test_zeros_in_between_and_an_ordinary_convolution_give_the_same() -> None:
    steps = trace(TransposedConvolutionConfig("1 4 2", "3 1 2", 3, 0, 0))
    step = next(step for step in steps if step.title == "The same by zeros in between")
    table = next(mark for mark in step.marks if isinstance(mark, TableMark))
    assert [float(row[2]) for row in table.rows] == steps.result["full"]


def test_the_layer_is_the_transpose_of_the_strided_convolution() -> None:
    random = torch.Generator().manual_seed(0)
    signal, kernel = (torch.rand(n, generator=random, dtype=torch.float64) for n in (4, 3))
    long = torch.rand(9, generator=random, dtype=torch.float64)
    there = functional.conv1d(long[None, None], kernel[None, None], stride=2)[0, 0]
    full = copies_of(signal.numpy(), kernel.numpy(), 2).sum(axis=0)
    assert float(there @ signal) == pytest.approx(float(long.numpy() @ full))


@pytest.mark.parametrize("stride", [2, 4, 8])
def test_bilinear_weights_enlarge_as_torch_does_away_from_the_ends(stride: int) -> None:
    signal = torch.rand(6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    expected = functional.interpolate(
        signal[None, None], scale_factor=stride, mode="linear", align_corners=False
    )[0, 0].numpy()
    full = copies_of(signal.numpy(), bilinear_weights(stride), stride).sum(axis=0)
    half = stride // 2
    np.testing.assert_allclose(full[2 * half : -2 * half], expected[half:-half], atol=1e-12)


def test_three_times_as_fine_passes_through_the_values() -> None:
    enlarged = copies_of(np.array([3.0, 6.0]), bilinear_weights(3), 3).sum(axis=0)
    np.testing.assert_allclose(enlarged, [1, 2, 3, 4, 5, 6, 4, 2])


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"signal": "1 two"}, "expected numbers such as 1 3 2"),
        ({"signal": "1"}, "1 numbers; give 2 to 5"),
        ({"kernel": "1 2 3 4 5 6"}, "6 numbers; give 1 to 5"),
        ({"kernel": "1 nan"}, "beyond 99"),
        ({"signal": "1 500"}, "beyond 99"),
        ({"stride": 1, "output_padding": 1}, "less than the stride, 1"),
        ({"kernel": "1", "padding": 1}, "less than the 1 weights"),
        (
            {"signal": "1 2", "stride": 1, "padding": 3, "kernel": "1 2 3 4", "output_padding": 0},
            "nothing is left",
        ),
    ],
)
def test_what_cannot_be_is_said_in_one_line(config: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        trace(TransposedConvolutionConfig(**config))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
