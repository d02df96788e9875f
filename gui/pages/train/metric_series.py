"""Numbers of a run over its steps: smoothed, as curves need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
SeriesKey = tuple[str, str]
"""Name of the number, and the split: `train` or `validation`."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One number over the steps of a run.

    Attributes:
        steps: ascending, shape (N,).
        values: shape (N,); NaN where there was none.
    """

    steps: Values
    values: Values


@dataclass(frozen=True, slots=True, eq=False)
class RunCurves:
    """What is drawn of one run.

    Attributes:
        number: decides the colour; a run keeps it as long as it is shown.
        metric: name of the number that picks the best weights; empty where it is not known.
    """

    name: str
    number: int
    series: Mapping[SeriesKey, Series] = field(default_factory=dict)
    metric: str = ""


def smoothed(values: Values, weight: float) -> Values:
    """Return the moving average whose past weighs `weight` in [0, 1), unbiased at the start.

    NaN passes through and leaves the average as it was.
    """
    if not weight > 0.0:
        return values
    result = np.full_like(values, np.nan)
    average, total = 0.0, 0.0
    for index, value in enumerate(values.tolist()):
        if value == value:  # NaN differs from itself
            average = weight * average + (1.0 - weight) * value
            total = weight * total + (1.0 - weight)
            result[index] = average / total
    return result


def averaged(series: Series, limit: int) -> Series:
    """Return a series of at most `limit` points, each the mean of as many neighbours."""
    count = len(series.steps)
    if count <= limit:
        return series
    starts = np.arange(0, count, -(-count // limit))
    lengths = np.diff(np.append(starts, count))
    known = np.isfinite(series.values)
    sums = np.add.reduceat(np.where(known, series.values, 0.0), starts)
    counts = np.add.reduceat(known.astype(float), starts)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / counts
    return Series(np.add.reduceat(series.steps, starts) / lengths, means)
