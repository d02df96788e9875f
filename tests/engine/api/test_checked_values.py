"""Plain values as types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from engine.api.checked_values import checked


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Drawing:
    name: str
    state: Literal["open", "closed"]
    points: tuple[Point, ...] = ()
    size: tuple[int, int] | None = None
    numbers: Mapping[str, float | None] = field(default_factory=dict)


def test_a_table_becomes_a_dataclass_with_all_that_is_in_it() -> None:
    said = {
        "name": "a",
        "state": "open",
        "points": [{"x": 1}, {"x": 2, "y": 3.5}],
        "size": [4, 5],
        "numbers": {"loss": 1, "score": None},
        "of another version": True,
    }
    points = (Point(1.0), Point(2.0, 3.5))
    assert checked(Drawing, said) == Drawing(
        "a", "open", points, (4, 5), {"loss": 1.0, "score": None}
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": 3}, "run.name is 3, expected a text"),
        ({"state": "ajar"}, "run.state is 'ajar', expected one of open, closed"),
        ({"state": ["open"]}, "run.state is a list, expected one of"),
        ({"points": {}}, "run.points is a table, expected a list"),
        ({"points": [{"y": 1}]}, r"run.points\[0\].x is missing"),
        ({"points": [{"x": True}]}, r"run.points\[0\].x is True, expected a number"),
        ({"points": [{"x": 10**400}]}, r"run.points\[0\].x is a huge number, expected a finite"),
        ({"points": [{"x": float("nan")}]}, "expected a finite number"),
        ({"size": [1]}, "run.size is a list, expected a list of 2"),
        ({"size": [1, 10**30]}, r"run.size\[1\] is 10*, expected a whole number within 64 bits"),
        ({"size": [1, 2.5]}, r"run.size\[1\] is 2.5, expected a whole number"),
        ({"numbers": {"loss": [1]}}, "run.numbers.loss is a list, expected a number"),
        ({"numbers": {1: 2}}, "run.numbers is a table, expected a table"),
    ],
)
def test_what_is_not_as_it_should_be_is_named(change: dict[str, Any], words: str) -> None:
    said = {"name": "a", "state": "open"} | change
    with pytest.raises(ValueError, match=words):
        checked(Drawing, said, "run")


HOSTILE = (None, True, -1, 10**400, float("nan"), float("inf"), "", "x", [], [[]], {}, {"a": [1]})


@pytest.mark.parametrize("name", Drawing.__dataclass_fields__)
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:9])
def test_whatever_a_file_says_is_taken_or_refused_in_words(name: str, value: Any) -> None:
    try:
        drawing = checked(Drawing, {"name": "a", "state": "open", name: value})
    except ValueError:
        return
    assert isinstance(drawing.name, str)
    assert drawing.state in ("open", "closed")
    assert all(isinstance(point.x, float) for point in drawing.points)
    assert all(isinstance(each, float | None) for each in drawing.numbers.values())
