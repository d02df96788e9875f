"""One number of one or several runs over the steps of training."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from PySide6.QtWidgets import QWidget

from engine.api.metric_names import metric_meaning, metric_name
from gui.pages.train.metric_series import RunCurves, Series, averaged, smoothed
from gui.theme import GRID_PX
from gui.widgets.plots.curves import Curve, CurvePlot
from gui.widgets.plots.heading import Entry
from gui.widgets.plots.ticks import number_text
from gui.widgets.run_colours import run_colour

SMOOTHED_LIMIT = 2000
LINE_PX, FAINT_PX = 1.5, 1.0
LEAST_HEIGHT_PX = 15 * GRID_PX
SPLITS = ("train", "validation")


class CurvePanel(CurvePlot):
    """A plot of one number: a solid line for training, a dashed one for validation."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._runs: tuple[RunCurves, ...] = ()
        self.setObjectName(f"train.curve.{name}")
        self.setAccessibleName(f"{title_of(name)} over the steps")
        self.setMinimumHeight(LEAST_HEIGHT_PX)
        meaning, use = _sentence(metric_meaning(name)), "Drag to look at a part of the run; a "
        self.setToolTip(f"{meaning}\n{use}double click shows all of it".strip())

    @property
    def readout(self) -> str:
        """The values at the crosshair; the latest ones without it."""
        return self.reading.text if self.reading else self._latest()

    @property
    def step_range(self) -> tuple[float, float]:
        """First and last step in view."""
        return self.view_range()[0]

    def points(self) -> dict[tuple[str, str], tuple[list[float], list[float]]]:
        """Return steps and values as drawn, by run and split."""
        drawn = [curve for curve in self.curves if not curve.is_faint]
        keys = [(run.name, split) for run, split, _ in self._series()]
        pairs = zip(keys, drawn, strict=True)
        return {key: (curve.x.tolist(), curve.y.tolist()) for key, curve in pairs}

    def reach(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return from where to where the curves reach, with some room for the steps to come.

        So the axis stays as it is for a while: drawing it anew costs as much as all the rest.
        """
        (left, right), heights = super().reach()
        return (left, _rounded_up(right)), heights

    def show_runs(self, runs: Sequence[RunCurves], smoothing: float) -> None:
        """Draw runs; `smoothing` in [0, 1) applies to what was logged while training."""
        self._runs = tuple(runs)
        curves = [c for found in self._series() for c in self._curves_of(*found, smoothing)]
        counts = [int(np.isfinite(curve.y).sum()) for curve in curves if not curve.is_faint]
        is_waiting = max(counts, default=0) < 2
        text = f"{self._latest()} so far; a curve begins with the second value."
        self.set_empty_text(text if is_waiting else "")
        self._say()
        self.set_curves(curves, "step", self.name)

    def _series(self) -> Iterator[tuple[RunCurves, str, Series]]:
        for run in self._runs:
            for split in SPLITS:
                series = run.series.get((self.name, split))
                if series is not None and len(series.steps):
                    yield run, split, series

    def _curves_of(
        self, run: RunCurves, split: str, series: Series, smoothing: float
    ) -> list[Curve]:
        colour = partial(run_colour, run.number)
        name = f"{run.name} {split}" if len(self._runs) > 1 else split
        found = []
        if split == "train" and smoothing > 0 and len(series.steps) > 2:
            raw = Curve(name, series.steps, series.values, colour, "line", FAINT_PX, is_faint=True)
            found.append(raw)
            few = averaged(series, SMOOTHED_LIMIT)
            series = Series(few.steps, smoothed(few.values, smoothing))
        style = "dashed" if split == "validation" else "line"
        return [*found, Curve(name, series.steps, series.values, colour, style, LINE_PX)]  # type: ignore[arg-type]

    def _say(self) -> None:
        """Write the latest values: in the colours of the runs where there are several."""
        if len(self._runs) < 2:
            self.heading.set_texts(title_of(self.name), (), self._latest())
            return
        latest = {run.number: series.values[-1] for run, _, series in self._series()}
        entries = [
            Entry(number_text(float(value)), partial(run_colour, number))
            for number, value in latest.items()
        ]
        self.heading.set_texts(title_of(self.name), entries)

    def _latest(self) -> str:
        texts = []
        for run, split, series in self._series():
            name = f"{run.name} {split}" if len(self._runs) > 1 else split
            texts.append(f"{name} {number_text(float(series.values[-1]))}")
        return ", ".join(texts)


def title_of(name: str) -> str:
    """Return a number's name as people read it at the beginning of a line."""
    return _sentence(metric_name(name))


def _sentence(text: str) -> str:
    """Begin with a capital, but leave a name such as mIoU alone."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def _rounded_up(step: float) -> float:
    """Return a step, or one of up to a tenth more, with two digits."""
    unit = 10.0 ** max(math.floor(math.log10(max(step, 1.0))) - 1, 0)
    return math.ceil(step / unit) * unit
