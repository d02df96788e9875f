"""The scale of one axis of a plot: its range, linear or logarithmic, and its ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui.widgets.metric_series import Values
from gui.widgets.trace_curves import ticks as round_numbers

_LEAST = 1e-12
"""Below it a logarithmic axis does not reach; single float's own smallest steps lie there."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `low` to `high`; both are positive where the axis is logarithmic."""

    low: float
    high: float
    is_log: bool = False

    @classmethod
    def of(cls, columns: Sequence[Values], is_log: bool = False, margin: float = 0.0) -> Axis:
        """Return the axis on which all finite values lie, with a margin as a share of it."""
        values = np.concatenate(list(columns)) if columns else np.zeros(0)
        values = values[np.isfinite(values)]
        if is_log:
            values = np.log10(values[values > _LEAST])
        if not values.size:
            return cls(0.1 if is_log else 0.0, 1.0, is_log)
        low, high = float(values.min()), float(values.max())
        if high - low < 1e-9 * max(1.0, abs(high)):
            low, high = low - 0.5, high + 0.5
        low, high = low - margin * (high - low), high + margin * (high - low)
        return cls(10**low, 10**high, True) if is_log else cls(low, high)

    def contains(self, values: Values) -> NDArray[np.bool_]:
        """Return which values lie on the axis."""
        return (values >= self.low) & (values <= self.high)

    def fractions(self, values: Values) -> Values:
        """Return where values lie, 0 at `low` and 1 at `high`; NaN where they have no place."""
        if not self.is_log:
            return np.asarray((values - self.low) / (self.high - self.low))
        positive = np.where(values > _LEAST, values, np.nan)
        return np.asarray(np.log(positive / self.low) / math.log(self.high / self.low))

    def fraction(self, value: float) -> float:
        """Return where one value lies."""
        return float(self.fractions(np.array([value]))[0])

    def at(self, fraction: float) -> float:
        """Return the value at a place, 0 at `low` and 1 at `high`."""
        if self.is_log:
            return float(self.low * (self.high / self.low) ** fraction)
        return self.low + fraction * (self.high - self.low)

    def ticks(self, about: int) -> list[tuple[float, str]]:
        """Return round values on the axis, about so many, each with its text."""
        if not self.is_log:
            return [(value, f"{value:g}") for value in round_numbers(self.low, self.high, about)]
        powers = round_numbers(math.log10(self.low), math.log10(self.high), about)
        return [(10**power, f"{10**power:.2g}") for power in powers]
