"""Numbers that a step states, recomputed from what it shows.

Three questions are asked of every step. Do its equations hold as they are printed? Is every number
of its sentences one of its own: a value, extent, sum, mean or share of what it shows, a parameter,
or a part of the topic's result? And is a number that a sentence places ("from the middle",
"the largest", "a corner") the one at that place? The last is told by claims, see claims.py: a
sentence that places a number and that no claim recomputes is a failure too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from engine.api.traces import BarsMark, CurveMark, Step, TableMark, Tile, Tiles

NUMBER = re.compile(r"(?<![\w.,-])-?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?(?![\w]|\.\d)")
PLACING = re.compile(
    r"\b(middle|corner|most|fewest|least|largest|smallest|furthest|nearest|longest|best)\b",
    re.IGNORECASE,
)
SINGULAR = re.compile(  # verbs of one thing, and words that end alike
    r"comes|gives|goes|has|holds|is|keeps|leads|lies|makes|moves|shows|stands|stays|times|was|"
    r"across|as|bias|class|its|less|loss|pass|plus|this"
)
LARGEST_LISTED = 20_000
"""Of larger arrays only what sums them up is a number of the step: any number occurs in them."""

Claim = Callable[[Step, Any], Iterable[float]]


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a text as they are written."""
    return NUMBER.findall(text)


def sentences_of(text: str) -> list[str]:
    """Return the sentences; a point between digits ends none."""
    return re.split(r"(?<=[.?!])\s+", text)


def is_written(written: str, value: float) -> bool:
    """Tell whether a number rounds to what is written."""
    decimals = len(written.partition(".")[2].partition("e")[0])
    if "e" in written:
        return f"{value:.0e}" == f"{float(written):.0e}"
    return abs(float(written.replace(",", "")) - value) <= 0.5 * 10**-decimals * (1 + 1e-6)


def check_grammar(text: str) -> None:
    """No "1 ways": one thing is one."""
    for word in re.findall(r"(?<![\d.,x+:] )(?<![\d.,])\b1 ([a-z]+s)\b", text):
        assert SINGULAR.fullmatch(word), f"1 {word}: {text}"


def check_parts(text: str) -> None:
    """A part is not more than its whole, a share not more than all."""
    for part, whole in re.findall(rf"({NUMBER.pattern}) of ({NUMBER.pattern}) [a-z]{{2}}", text):
        assert float(part.replace(",", "")) <= float(whole.replace(",", "")), text
    for share in re.findall(rf"({NUMBER.pattern}) %", text):
        assert 0 <= float(share.replace(",", "")) <= 100, text


def check_equations(formula: str) -> None:
    """Neighbouring sides of "=" that are numbers alone give the same, as far as is printed."""
    for equation in re.split(r",\\ |:\\ |\\quad", formula):
        sides = [_evaluated(side) for side in equation.split("=")]
        for (left, _), (right, written) in pairwise(sides):
            if left is None or right is None:
                continue
            decimals = max(len(one.partition(".")[2]) for one in numbers_in(written) or ["0"])
            assert abs(left - right) <= 0.51 * 10**-decimals, f"{formula}: {left} and {right}"


def check_stated(
    step: Step, config: Any, extra: Iterable[float], claims: Mapping[str, Claim]
) -> None:
    """Every number of a sentence is the step's own, and a placed one is at its place."""
    own = np.array([*own_numbers(step), *extra], np.float64)
    own = own[np.isfinite(own)]
    for sentence in sentences_of(step.text):
        claimed = _claimed(sentence, step, config, claims)
        written = numbers_in(_without_names(sentence))
        if PLACING.search(sentence) and written:
            assert claimed, f"{step.title}: nothing recomputes {sentence!r}"
        for one in written:
            if one in claimed:
                continue
            values = np.concatenate([own, 100 * own]) if f"{one} %" in sentence else own
            assert any(is_written(one, value) for value in values.tolist()), (
                f"{step.title}: where is the {one} of {sentence!r} from?"
            )


def own_numbers(step: Step) -> Iterator[float]:
    """Yield what a step shows as numbers, and what sums them up."""
    yield from _written_in(step.title, step.formula)
    for mark in step.marks:
        if isinstance(mark, Tiles):
            yield len(list(mark))
            for tile in mark:
                yield from _of_tile(tile)
        elif isinstance(mark, TableMark):
            yield len(mark.rows)
            for row in (mark.columns, *mark.rows):
                yield from _written_in(*row)
        elif isinstance(mark, BarsMark):
            yield from _written_in(mark.title, *mark.names)
            yield from _of_array(mark.values)
        elif isinstance(mark, CurveMark):
            yield from _written_in(mark.name, mark.x_title, mark.y_title)
            yield from _of_array(mark.x)
            yield from _of_array(mark.y)


def flat(value: Any) -> Iterator[float]:
    """Yield the numbers in plain data: parameters, or what a topic answers."""
    if is_dataclass(value):
        value = {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        for item in value.values():
            yield from flat(item)
    elif isinstance(value, str):
        yield from _written_in(value)
    elif isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, list | tuple):
        yield len(value)
        if np.size(np.asarray(value, object)) < LARGEST_LISTED:
            for item in value:
                yield from flat(item)


def _written_in(*texts: str) -> Iterator[float]:
    for text in texts:
        for one in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text):
            yield float(one.replace(",", ""))


def _of_tile(tile: Tile) -> Iterator[float]:
    yield from _written_in(tile.caption, getattr(tile, "text", ""))
    for name in ("values", "pixels", "class_indices"):
        if hasattr(tile, name):
            yield from _of_array(np.asarray(getattr(tile, name)))
    yield len(getattr(tile, "lit", ()))
    yield len(getattr(tile, "removed", ()))


def _of_array(array: np.ndarray) -> Iterator[float]:
    known = np.asarray(array, np.float64)
    yield from (*array.shape, array[..., 0].size if array.ndim == 3 else 0)
    known = known[np.isfinite(known)]
    yield known.size
    if not known.size:
        return
    zeros = int((known == 0).sum())
    yield from (known.min(), known.max(), known.mean(), known.std(), known.sum())
    yield from (zeros, known.size - zeros, zeros / known.size, 1 - zeros / known.size)
    yield len(np.unique(known))
    if known.size <= LARGEST_LISTED and array.ndim < 3:
        yield from known.tolist()


def _without_names(sentence: str) -> str:
    """Leave out sizes such as 3 x 3 of kernels, and names such as U-Net's 2 x 2."""
    return re.sub(r"\b([1-9]) x \1\b", "", sentence)


def _claimed(sentence: str, step: Step, config: Any, claims: Mapping[str, Claim]) -> set[str]:
    found: set[str] = set()
    for pattern, claim in claims.items():
        match = re.search(pattern, sentence)
        if match is None:
            continue
        for written, value in zip(match.groups(), claim(step, config), strict=True):
            assert is_written(written, value), f"{step.title}: {sentence!r}, but it is {value:g}"
            found.add(written)
    return found


def _evaluated(side: str) -> tuple[float | None, str]:
    """Return the value of a side of an equation, where it is of numbers alone, and its text."""
    text = side.replace(r"\ ", " ").replace(r"\,", "")
    fraction = re.compile(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}")
    while fraction.search(text):
        text = fraction.sub(r"((\1)/(\2))", text)
    text = re.sub(r"\\lfloor(.*?)\\rfloor", r"floor(\1)", text)
    text = re.sub(r"\\lceil(.*?)\\rceil", r"ceil(\1)", text)
    text = re.sub(r"\\mathrm\{mod\}", "%", text)
    text = text.replace(r"\cdot", "*").replace("^", "**").replace("{", "(").replace("}", ")")
    if not re.fullmatch(r"(?:floor|ceil|[\d\s.+\-*/%()])+", text):
        return None, side
    try:
        return float(eval(text, {"floor": np.floor, "ceil": np.ceil})), side
    except SyntaxError:
        return None, side
