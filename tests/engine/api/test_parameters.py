"""Declared parameters: validation, description, reading from words."""

from dataclasses import dataclass
from typing import Literal

import pytest

from engine.api.errors import ConfigError
from engine.api.parameters import Parameters, describe, from_words, parameter


@dataclass(frozen=True, slots=True)
class Example(Parameters):
    count: int = parameter(3, low=1, high=10, unit="boxes", note="how many")
    iou_threshold: float = parameter(0.5, low=0.0, high=1.0)
    method: Literal["greedy", "soft"] = parameter("greedy")
    is_fast: bool = parameter(False)
    seed: int | None = parameter(None, low=0)


def test_a_description_carries_kind_limits_and_choices():
    count, threshold, method, fast, seed = describe(Example)
    assert (count.kind, count.low, count.high, count.unit, count.note) == (
        int, 1, 10, "boxes", "how many",
    )  # fmt: skip
    assert threshold.title == "IoU threshold"
    assert method.choices == ("greedy", "soft")
    assert fast.kind is bool
    assert seed.optional
    assert seed.kind is int


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"count": 0}, r"count = 0 is outside \[1, 10\]"),
        ({"count": 11}, r"count = 11 is outside \[1, 10\]"),
        ({"count": 2.5}, "count = 2.5: expected int"),
        ({"count": True}, "count = True: expected int"),
        ({"iou_threshold": float("nan")}, "iou_threshold = nan is outside"),
        ({"method": "magic"}, "method = 'magic' is unknown; choose one of greedy, soft"),
        ({"is_fast": 1}, "is_fast = 1: expected bool"),
        ({"seed": -1}, r"seed = -1 is outside \[0, inf\]"),
    ],
)
def test_a_value_outside_its_declaration_is_named(values, message):
    with pytest.raises(ConfigError, match=message):
        Example(**values)


def test_limits_themselves_are_allowed():
    assert Example(count=10, iou_threshold=1).iou_threshold == 1


def test_words_become_values():
    made = from_words(
        Example, {"count": "7", "is_fast": "yes", "seed": "none", "iou_threshold": ".25"}
    )
    assert made == Example(count=7, is_fast=True, seed=None, iou_threshold=0.25)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"cuont": "7"}, "has no field 'cuont'; it has count, iou_threshold"),
        ({"count": "many"}, "count = 'many': expected int"),
        ({"is_fast": "perhaps"}, "expected true or false"),
    ],
)
def test_words_that_make_no_sense_are_named(words, message):
    with pytest.raises(ConfigError, match=message):
        from_words(Example, words)
