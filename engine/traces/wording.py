"""Numbers and lists as words, shared by the steps of every topic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def count(number: int, noun: str, plural: str = "") -> str:
    """Return "no boxes", "1 box", "7 boxes", "1,200 boxes"."""
    if number == 1:
        return f"1 {noun}"
    many = plural or (noun + "es" if noun.endswith(("s", "x", "ch", "sh")) else noun + "s")
    return f"{number:,} {many}" if number else f"no {many}"


def listing(items: Sequence[str], total: int = 0) -> str:
    """Return "a", "a and b", "a, b and c"; "a, b and 5 more" where `total` says there are more."""
    parts = list(items)
    if total > len(parts):
        parts.append(f"{total - len(parts)} more")
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def numbered(noun: str, indices: Iterable[int]) -> list[str]:
    """Return "axis 1", "axis 2" for 0, 1; numbers alone where the noun is empty."""
    return [f"{noun} {index + 1}".strip() for index in indices]


def apart(value: float, limit: float) -> tuple[str, str]:
    """Write two numbers with the fewest decimals, two or more, that tell them apart.

    A reader must not meet "0.50 > 0.50".
    """
    for decimals in range(2, 11):
        texts = f"{value:.{decimals}f}", f"{limit:.{decimals}f}"
        if texts[0] != texts[1]:
            return texts
    return f"{value:.2f}", f"{limit:.2f}"


def compare(value: float, limit: float) -> str:
    """Return the two numbers with the sign between them, as mathtext."""
    left, right = apart(value, limit)
    sign = "=" if value == limit else (">" if value > limit else "<")
    return f"{left}{sign}{right}"


def area(square_pixels: float) -> str:
    """Whole square pixels; three digits where that would lose the fraction of a small area."""
    if square_pixels >= 100 or square_pixels == round(square_pixels):
        return f"{square_pixels:.0f}"
    return f"{square_pixels:.3g}"


def sentence(text: str) -> str:
    """Begin with a capital and leave the rest alone, which str.capitalize does not."""
    return text[:1].upper() + text[1:]


def at_place(row: float, column: float, decimals: int = 0) -> str:
    """Name a place of a grid, given from 0, as readers count: "row 9, column 11" for 8, 10."""
    return f"row {row + 1:.{decimals}f}, column {column + 1:.{decimals}f}"


def maps_of(shape: Sequence[int]) -> str:
    """Return "16 maps of 480 x 360" for (16, 360, 480): everywhere the width comes first."""
    channels, height, width = shape
    return f"{count(channels, 'map')} of {width} x {height}"


def upright(words: str) -> str:
    """Return words as mathtext that is not slanted."""
    return rf"\mathrm{{{words}}}".replace(" ", r"\ ")


def as_printed(
    values: Sequence[float], combine: Callable[[Sequence[float]], float], decimals: int
) -> tuple[list[str], str]:
    """Write values and what they give, so that a reader who computes with them gets the same.

    Args:
        combine: what the values give.
        decimals: of the answer; the values have as many, or more where fewer would not do.
    """
    answer = f"{combine(values):.{decimals}f}"
    for places in range(decimals, 9):
        texts = [f"{value:.{places}f}" for value in values]
        if f"{combine([float(text) for text in texts]):.{decimals}f}" == answer:
            break
    return texts, answer


def weighted_sum(weights: Sequence[float], values: Sequence[float], decimals: int = 1) -> str:
    """Return "0.25 * 8.0 + 0.75 * 4.0 = 5.0" as mathtext, whose terms give what is printed."""
    many = len(weights)
    texts, answer = as_printed(
        [*weights, *values],
        lambda both: sum(a * b for a, b in zip(both[:many], both[many:], strict=True)),
        decimals,
    )
    terms = [rf"{a}\cdot{b}" for a, b in zip(texts[:many], texts[many:], strict=True)]
    return f"{'+'.join(terms)}={answer}"


def adding_up(parts: Sequence[float], decimals: int = 2) -> str:
    """Return "1.95+1.28=3.23" as mathtext, whose parts give what is printed."""
    texts, answer = as_printed(parts, sum, decimals)
    signed = [text if text.startswith("-") else f"+{text}" for text in texts]
    return "".join(signed).removeprefix("+") + f"={answer}"


def rounded_to_sum(values: Sequence[float], places: int = 2) -> list[float]:
    """Round values so that they add up to their rounded sum: those nearest to the next give way."""
    unit = 10.0**-places
    floors = np.floor(np.asarray(values, np.float64) / unit)
    left = np.asarray(values) / unit - floors
    missing = round(float(np.sum(values)) / unit) - int(floors.sum())
    floors[np.argsort(-left, kind="stable")[:missing]] += 1
    return [round(float(value) * unit, places) for value in floors]


def number(value: float) -> str:
    """Write a value with two decimals at most, without a minus before 0."""
    return f"{round(float(value), 2) + 0.0:g}"


def numbers(values: Sequence[float] | NDArray[np.floating[Any]]) -> str:
    """Return "1, 3, 2"."""
    return ", ".join(number(value) for value in values)


def product(left: float, right: float) -> str:
    """Return "2 * (-1)" as mathtext."""
    return rf"{_bracketed(left)}\cdot{_bracketed(right)}"


def product_sum(left: Floats, right: Floats, has_zeros: bool = True) -> str:
    """Return "2 * 1 + 3 * 4 = 14" as mathtext; products that are 0 may be left out."""
    pairs = zip(left.tolist(), right.tolist(), strict=True)
    terms = [product(a, b) for a, b in pairs if has_zeros or a * b]
    return f"{'+'.join(terms) or '0'}={number(float(left @ right))}"


def _bracketed(value: float) -> str:
    text = number(value)
    return f"({text})" if text.startswith("-") else text
