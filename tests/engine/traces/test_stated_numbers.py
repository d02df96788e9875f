"""The numbers in the texts of the topics, at several settings, against what their steps show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.api.tasks import TaskContext
from engine.api.traces import BuildTrace, Trace
from engine.core.registry import TRACES
from engine.traces.building import build_trace
from tests.engine.traces import stated_numbers
from tests.engine.traces.claims import CLAIMS, FACTS
from tests.engine.traces.trace_checks import check_steps

SETTINGS: dict[str, tuple[dict[str, object], ...]] = {
    "convolution-as-matrix": (
        {},
        {"signal": "1 -2 0.5 4 3", "kernel": "2 -1", "stride": 2, "padding": 0},
        {"signal": "3 1", "kernel": "1", "stride": 1, "padding": 2},
    ),
    "dilated-convolution": ({}, {"rates": "1 2"}, {"rates": "2 3 7", "kernel": "5"}),
    "elastic-deformation": (
        {},
        {"alpha": 0.0, "seed": 4},
        {"alpha": 400.0, "sigma_px": 5.0, "border": "constant"},
    ),
    "fully-connected-as-convolution": ({}, {"side": 3, "seed": 5}, {"side": 6, "seed": 8}),
    "mask-iou": ({}, {"right_px": 0, "grown_px": -2}, {"right_px": -9, "grown_px": 3}),
    "max-unpooling": (
        {},
        {"side": 5, "seed": 3, "times": 1},
        {"side": 7, "seed": 9, "times": 3},
    ),
    "pixel-cross-entropy": (
        {},
        {"side": 3, "sharpness": 0.0, "seed": 3},
        {"side": 6, "sharpness": 4.0, "seed": 7},
    ),
    "semantic-and-instance": (
        {"people": False},
        {"people": False, "seed": 3},
        {"people": False, "seed": 12},
    ),
    "spatial-pyramid-pooling": (
        {},
        {"levels": "1, 2, 3, 6", "pooling": "mean"},
        {"levels": "2, 5"},
    ),
    "strided-convolution-2d": ({}, {"side": 3, "seed": 5}, {"side": 5, "seed": 2}),
    "transposed-convolution-1d": (
        {},
        {"signal": "1 -2 0.5 4", "kernel": "1 1", "stride": 1, "padding": 0, "output_padding": 0},
        {"signal": "3 1", "kernel": "0.5 2 -1 4", "stride": 3, "padding": 2, "output_padding": 0},
    ),
}
CASES = [(topic, at) for topic, settings in SETTINGS.items() for at in range(len(settings))]


def own_picture() -> np.ndarray:
    rows, columns = np.mgrid[:90, :200]
    pixels = np.stack([rows * 2, columns, (rows // 8 + columns // 8) % 2 * 200], axis=-1)
    return pixels.astype(np.uint8)


def traced(topic: str, at: int, pixels: np.ndarray | None = None) -> tuple[object, Trace]:
    config = TRACES.card(topic).config_type(**SETTINGS[topic][at])
    request = BuildTrace(topic, config, pixels)
    return config, build_trace(request, TaskContext(lambda _: None))


def check(topic: str, config: object, trace: Trace) -> None:
    given = [*FACTS.get(topic, ()), *stated_numbers.flat(config)]
    given += stated_numbers.flat(trace.result)
    check_steps(trace)
    for step in trace:
        stated_numbers.check_stated(step, config, given, CLAIMS.get(topic, {}))


@pytest.mark.parametrize(("topic", "at"), CASES)
def test_the_numbers_of_every_sentence_are_those_of_what_is_shown(topic: str, at: int) -> None:
    check(topic, *traced(topic, at))


@pytest.mark.parametrize("topic", [key for key in SETTINGS if TRACES.card(key).takes_picture])
def test_the_numbers_are_those_of_ones_own_picture_too(topic: str) -> None:
    check(topic, *traced(topic, 0, own_picture()))


def layers() -> Iterator[tuple[str, str]]:
    """False lessons: what was said of a layer, and would be said of it."""
    yield (
        "Ways that lead to the output: 4 from the middle, 1 from a corner, 4 at most.",
        "but it is",
    )
    yield "The middle counts most: 4 ways lead from there to the output.", "nothing recomputes"
    yield "All 50 pixels are reached.", "where is the 50"


@pytest.mark.parametrize(("lesson", "complaint"), list(layers()))
def test_a_false_lesson_is_found(lesson: str, complaint: str) -> None:
    config, trace = traced("dilated-convolution", 1)
    step = next(step for step in trace if step.title.startswith("Layer 2"))
    false = replace(step, text=lesson)
    with pytest.raises(AssertionError, match=complaint):
        stated_numbers.check_stated(false, config, (), CLAIMS["dilated-convolution"])


@pytest.mark.parametrize(
    "formula",
    [
        r"1.95+1.28=2.44",
        r"\lceil\dfrac{7}{2}\rceil=3",
        r"0.72\cdot198+0.05\cdot185+0.21\cdot140+0.01\cdot181=184.5",
        r"r_{2}=3+2\cdot2=8",
    ],
)
def test_an_equation_that_does_not_hold_as_printed_is_found(formula: str) -> None:
    with pytest.raises(AssertionError):
        stated_numbers.check_equations(formula)


def test_one_thing_is_not_many() -> None:
    stated_numbers.check_grammar("1 way and 21 ways, 1 class, 0.1 values")
    with pytest.raises(AssertionError, match="1 ways"):
        stated_numbers.check_grammar("All others have 1 ways.")
