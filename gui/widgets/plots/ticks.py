"""Round numbers along an axis, and numbers as texts that keep the digits which carry the point."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

LEAST_TICKS = 3
"""One or two ticks do not show a scale: an axis has three or none."""

_STEPS = (1.0, 2.0, 5.0, 10.0)
_SPARE_STEPS = (3.0, 4.0, 6.0, 1.5, 2.5)  # where one of the others gives too many, the next too few
_MOST_DECIMALS = 4
_MOST_DIGITS = 6


def ticks(low: float, high: float, most: int) -> list[float]:
    """Return between three and `most` round numbers in a range, ascending.

    They are multiples of 1, 2 or 5 times a power of ten, of 3, 4, 6, 1.5 or 2.5 where those do
    not fit. There are none where three have no room, which is seldom so from five on.
    """
    span = high - low
    if most < LEAST_TICKS or not 0.0 < span < math.inf:
        return []
    power = 10.0 ** math.floor(math.log10(span / most))
    for step in (*_STEPS, *_SPARE_STEPS, *(10 * spare for spare in _SPARE_STEPS), 20.0):
        step *= power
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if LEAST_TICKS <= last - first + 1 <= most:
            return _multiples(first, last, step)
    return []


def _multiples(first: int, last: int, step: float) -> list[float]:
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [round(index * step, digits) for index in range(first, last + 1)]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Return ticks of a logarithmic axis, as powers of ten: from `low` to `high` are exponents.

    Whole powers where there are three of them; within fewer, round numbers of the values.
    """
    for step in (1, 2, 3, 5, 10, 20, 50, 100):
        powers = [float(p) for p in range(math.ceil(low), math.floor(high) + 1) if p % step == 0]
        if LEAST_TICKS <= len(powers) <= most:
            return powers
    for factors in ((1, 2, 5), (1, 3), (1,)):
        exponents = range(math.floor(low), math.ceil(high) + 1)
        found = [e + math.log10(f) for e in exponents for f in factors]
        found = [value for value in found if low <= value <= high]
        if LEAST_TICKS <= len(found) <= most:
            return found
    if high - low < 1.0:
        return [math.log10(value) for value in ticks(10.0**low, 10.0**high, min(most, 4))]
    return []


def tick_texts(values: Sequence[float]) -> list[str]:
    """Return the texts of ticks, all with as many decimals as their distance needs."""
    if not len(values):
        return []
    largest = max(abs(value) for value in values)
    step = min(np.diff(np.sort(values)), default=largest) or 1.0
    if largest >= 1e6 or (0 < largest < 1e-3):
        digits = max(3, math.ceil(math.log10(largest / step)) + 1)
        return [_short_exponent(f"{value:.{digits}g}") for value in values]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if any(abs(round(value, decimals) - value) > 1e-6 * step for value in values):
        decimals += 1
    return [f"{value:,.{decimals}f}" for value in values]


def log_tick_texts(values: Sequence[float]) -> list[str]:
    """Return the texts of ticks of a logarithmic axis, each with the digits that it has."""
    return [_short_exponent(f"{value:.3g}") for value in values]


def _short_exponent(text: str) -> str:
    return text.replace("e-0", "e-").replace("e+0", "e")


def number_text(value: float) -> str:
    """Return one number with up to four digits that count."""
    if not math.isfinite(value):
        return "–"
    if value != 0 and not 1e-3 <= abs(value) < 1e6:
        return _short_exponent(f"{value:.4g}")
    if value == int(value):
        return f"{value:,.0f}"
    decimals = max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:,.0f}"


def number_texts(values: Sequence[float]) -> list[str]:
    """Return numbers that are compared, with the decimals in which they differ.

    Whole numbers have none. Others have two, and up to four where two would make different
    numbers look the same, or hide by how much they differ.
    """
    array = np.asarray(values, np.float64)
    known = array[np.isfinite(array)]
    if not known.size or np.all(np.mod(known, 1) == 0):
        return [f"{value:,.0f}" if math.isfinite(value) else "–" for value in array.tolist()]
    largest = float(np.abs(known).max())
    if largest < 1e-3:
        return [number_text(value) for value in array.tolist()]
    gaps = np.diff(np.unique(known))
    decimals = 2
    if gaps.size:
        decimals = min(max(2, 1 - math.floor(math.log10(float(gaps.min())))), _MOST_DECIMALS)
    whole_digits = max(1, math.floor(math.log10(largest)) + 1)
    decimals = max(0, min(decimals, _MOST_DIGITS - whole_digits))
    return [f"{v:,.{decimals}f}" if math.isfinite(v) else "–" for v in array.tolist()]
