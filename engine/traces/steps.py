"""Steps in reading order: the methods of a class that are marked @step, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, TypeVar, overload

from engine.api.traces import Step, Trace, TraceCard
from engine.traces.marks import Shown, arranged

MethodT = TypeVar("MethodT", bound=Callable[..., Step])

_MARK = "__trace_step__"


@dataclass(frozen=True, slots=True)
class _Rule:
    """When a method is a step.

    Attributes:
        each: attribute with what it is repeated for; empty for a single step.
        when: of the object, and of the item where it is repeated, whether there is this step.
    """

    each: str = ""
    when: Callable[..., bool] | None = None


@overload
def step(method: MethodT, /) -> MethodT: ...
@overload
def step(
    *, each: str = "", when: Callable[..., bool] | None = None
) -> Callable[[MethodT], MethodT]: ...
def step(
    method: MethodT | None = None, /, *, each: str = "", when: Callable[..., bool] | None = None
) -> MethodT | Callable[[MethodT], MethodT]:
    """Mark a method that returns a Step.

    Args:
        method: what `@step` alone stands above.
        each: name of an attribute or property; the method is called with every item of it. Methods
            below each other that name the same one are repeated together: all for the first item,
            then all for the second.
        when: called with the object, and with the item where there is one; False leaves it out.
    """

    def mark(marked: MethodT) -> MethodT:
        setattr(marked, _MARK, _Rule(each, when))
        return marked

    return mark if method is None else mark(method)


def explain(title: str, text: str, *shown: Shown, formula: str = "") -> Step:
    """Return a step that shows marks, single tiles in a row, and lists of tiles as rows."""
    return Step(title, text, arranged(shown), formula)


def trace_of(card: TraceCard, source: Any, result: Mapping[str, Any], **more: Any) -> Trace:
    """Return the steps of an object in the order of its class, those of its base class first.

    A step is written when it is looked at.

    Args:
        card: of the topic.
        source: with methods marked @step; or several, one after the other.
        result: what the algorithm answers, as plain data.
        more: as of Trace.
    """
    sources = source if isinstance(source, list) else [source]
    builders = [builder for each in sources for builder in _builders(each)]
    return Trace(card.key, len(builders), lambda at: builders[at](), result, **more)


def _builders(source: Any) -> Iterator[Callable[[], Step]]:
    rules = _rules(type(source))
    for each, group in groupby(rules.items(), lambda entry: entry[1].each):
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
