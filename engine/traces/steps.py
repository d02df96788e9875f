"""Steps in reading order: the methods of a class that are marked @step, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from types import MappingProxyType
from typing import Any, TypeVar, overload

import numpy as np

from engine.api.traces import Step, TileArrow, Trace
from engine.traces.marks import Shown, arranged

MethodT = TypeVar("MethodT", bound=Callable[..., Step])

_MARK = "__trace_step__"


@dataclass(frozen=True, slots=True)
class _Rule:
    """When a method is a step.

    Attributes:
        each: attribute with what it is repeated for; empty for a single step.
        when: of the object, and of the item where it is repeated, whether there is this step.
        at_end: whether it comes after all others, those of derived classes too.
    """

    each: str = ""
    when: Callable[..., bool] | None = None
    at_end: bool = False


@overload
def step(method: MethodT, /) -> MethodT: ...
@overload
def step(
    *, each: str = "", when: Callable[..., bool] | None = None, at_end: bool = False
) -> Callable[[MethodT], MethodT]: ...
def step(
    method: MethodT | None = None,
    /,
    *,
    each: str = "",
    when: Callable[..., bool] | None = None,
    at_end: bool = False,
) -> MethodT | Callable[[MethodT], MethodT]:
    """Mark a method that returns a Step.

    Args:
        method: what `@step` alone stands above.
        each: name of an attribute or property; the method is called with every item of it. Methods
            below each other that name the same one are repeated together: all for the first item,
            then all for the second.
        when: called with the object, and with the item where there is one; False leaves it out.
        at_end: puts it after all others, those of derived classes too.
    """

    def mark(marked: MethodT) -> MethodT:
        setattr(marked, _MARK, _Rule(each, when, at_end))
        return marked

    return mark if method is None else mark(method)


def explain(
    title: str, text: str, *shown: Shown, formula: str = "", arrows: Sequence[TileArrow] = ()
) -> Step:
    """Return a step that shows marks, single tiles in a row, and lists of tiles as rows.

    Args:
        arrows: between the tiles, by their names.
    """
    return Step(title, text, arranged(shown, arrows), formula)


class Topic:
    """What an algorithm computes from a request, and its steps: methods marked @step, in order.

    A topic is made from a BuildTrace, its config filled in, and a TaskContext. Steps of a base
    class come before those of the class.

    Attributes:
        result: what the algorithm answers; arrays and tuples are told as lists.
        is_quick: whether any step is built within 10 ms, fast enough for the interface thread.
    """

    result: Mapping[str, Any] = MappingProxyType({})
    is_quick = True

    def trace(self, key: str) -> Trace:
        """Return the steps under the key of the topic; each is written when it is looked at."""
        builders = list(step_builders(self))
        told = as_lists(self.result)
        return Trace(key, len(builders), lambda at: builders[at](), told, self.is_quick)


def as_lists(value: Any) -> Any:
    """Return plain data: arrays, tuples and ranges as lists, NumPy's numbers as Python's."""
    if isinstance(value, Mapping):
        return {name: as_lists(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [as_lists(item) for item in value] if isinstance(value, list | tuple | range) else value


def step_builders(source: Any) -> Iterator[Callable[[], Step]]:
    """Yield what writes each step, in the order of the class."""
    rules = sorted(_rules(type(source)).items(), key=lambda entry: entry[1].at_end)
    for each, group in groupby(rules, lambda entry: entry[1].each):
        methods = list(group)
        items: Iterable[tuple[Any, ...]] = (
            [(item,) for item in getattr(source, each)] if each else [()]
        )
        for given in items:
            for name, rule in methods:
                if rule.when is None or rule.when(source, *given):
                    yield partial(getattr(source, name), *given)


def _rules(kind: type) -> dict[str, _Rule]:
    """Return the marked methods; one that is written anew keeps its place."""
    found: dict[str, _Rule] = {}
    for base in reversed(kind.__mro__):
        for name, value in vars(base).items():
            rule = getattr(value, _MARK, None)
            if rule is not None:
                found[name] = rule
    return found
