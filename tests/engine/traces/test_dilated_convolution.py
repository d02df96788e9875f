"""Receptive fields against the gradient of real layers, and answers against torch and SciPy."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import nn
from torch.nn import functional

from engine.api.errors import ConfigError
from engine.api.tasks import TaskContext
from engine.api.traces import BarsMark, BuildTrace, TableMark, Trace
from engine.traces.building import build_trace
from engine.traces.dilated_convolution.reach import (
    DilatedConvolutionConfig,
    dilated,
    effective_size,
    fields,
    reached,
    stuffed,
    ways,
    weights_inside,
)

STACKS = [(3, (1, 2, 4)), (3, (2, 2, 2)), (3, (1, 2, 5)), (5, (1, 3)), (3, (8, 1))]


def built(rates: str, kernel: str = "3") -> Trace:
    request = BuildTrace("dilated-convolution", DilatedConvolutionConfig(rates, kernel))  # type: ignore[arg-type]
    return build_trace(request, TaskContext(lambda _: None))


@pytest.mark.parametrize(("kernel", "rates"), STACKS)
def test_the_field_is_where_the_gradient_of_padded_layers_is_not_0(
    kernel: int, rates: tuple[int, ...]
) -> None:
    layers = nn.Sequential(
        *(
            nn.Conv2d(1, 1, kernel, padding=rate * (kernel // 2), dilation=rate, bias=False)
            for rate in rates
        )
    )
    for layer in layers:
        assert isinstance(layer, nn.Conv2d)
        nn.init.ones_(layer.weight)
    pixels = torch.zeros(1, 1, 81, 81, requires_grad=True)
    layers(pixels)[0, 0, 40, 40].backward()
    assert pixels.grad is not None
    gradient = pixels.grad[0, 0].numpy()
    side = fields(kernel, rates)[-1]
    inner = slice(40 - side // 2, 41 + side // 2)
    line = ways(kernel, rates)
    np.testing.assert_array_equal(gradient[inner, inner], np.outer(line, line))
    np.testing.assert_array_equal(gradient[inner, inner] > 0, reached(kernel, rates))
    gradient[inner, inner] = 0
    assert not gradient.any()


@pytest.mark.parametrize(("kernel", "rates"), STACKS)
def test_the_trace_measures_what_it_counts(kernel: int, rates: tuple[int, ...]) -> None:
    trace = built(" ".join(map(str, rates)), str(kernel))
    assert trace.result["receptive_fields"] == fields(kernel, rates)
    assert trace.result["reached"] == int(reached(kernel, rates).sum())


def test_known_sizes() -> None:
    assert [effective_size(3, rate) for rate in (1, 2, 3, 6, 12, 18)] == [3, 5, 7, 13, 25, 37]
    assert fields(3, (1, 2, 4, 8)) == [1, 3, 7, 15, 31]


@pytest.mark.parametrize("rate", [1, 2, 5])
def test_an_answer_is_torchs_and_that_of_a_kernel_with_zeros(rate: int) -> None:
    random = np.random.default_rng(0)
    values, weights = random.random((20, 17)), random.random((3, 3))
    padded = functional.pad(torch.from_numpy(values)[None, None], (rate,) * 4, mode="replicate")
    kernel = torch.from_numpy(weights)[None, None]
    expected = functional.conv2d(padded, kernel, dilation=rate)[0, 0].numpy()
    np.testing.assert_allclose(dilated(values, weights, rate), expected, atol=1e-12)
    by_zeros = ndimage.correlate(values, stuffed(weights, rate), mode="nearest")
    np.testing.assert_allclose(dilated(values, weights, rate), by_zeros, atol=1e-12)


def test_equal_rates_leave_holes_and_mixed_ones_do_not() -> None:
    assert reached(3, (2, 2, 2)).mean() == pytest.approx((7 / 13) ** 2)
    assert reached(3, (1, 2, 5)).all()
    step = next(step for step in built("2 2") if step.title.startswith("Equal rates"))
    assert "Yours reach 31 % of their 9 x 9." in step.text


def test_weights_inside_a_map_are_the_ones_that_a_map_of_ones_counts() -> None:
    ones = torch.ones(1, 1, 33, 33)
    for rate in (1, 6, 18, 33):
        found = functional.conv2d(ones, torch.ones(1, 1, 3, 3), padding=rate, dilation=rate)
        assert weights_inside(rate, 33) == pytest.approx(found.mean().item() / 9, abs=1e-6)
    assert weights_inside(33, 33) == pytest.approx(1 / 9)


def test_there_is_a_step_a_layer_with_its_size() -> None:
    trace = built("1 2 5")
    layers = [step for step in trace if step.title.startswith("Layer")]
    assert [step.title for step in layers] == [
        "Layer 1, rate 1: 3 x 3",
        "Layer 2, rate 2: 7 x 7",
        "Layer 3, rate 5: 17 x 17",
    ]
    assert layers[2].formula == r"r_{3}=r_{2}+(K-1)\,d=7+2\cdot5=17"
    bars = next(mark for mark in layers[1].marks if isinstance(mark, BarsMark))
    assert bars.values.tolist() == [3, 7, 0]
    table = next(mark for mark in trace[-1].marks if isinstance(mark, TableMark))
    assert [row[2:] for row in table.rows] == [
        ("3", "1", "3 x 3"),
        ("5", "2", "7 x 7"),
        ("11", "5", "17 x 17"),
    ]


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ("", "0 numbers; give 1 to 4"),
        ("1 2 3 4 5", "5 numbers; give 1 to 4"),
        ("1.5", "whole numbers from 1 to 8"),
        ("0", "whole numbers from 1 to 8"),
        ("9", "whole numbers from 1 to 8"),
    ],
)
def test_what_is_no_rate_is_said_in_one_line(rates: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        built(rates)
    assert "\n" not in str(caught.value)
