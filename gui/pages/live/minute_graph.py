"""Curves over the last minute; the present is at the right."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from PySide6.QtWidgets import QWidget

from gui.widgets.plots.curves import Curve, CurvePlot, Values
from gui.widgets.plots.ticks import number_text
from gui.widgets.run_colours import run_colour

MINUTE_S = 60.0
HEIGHT_PX = 112
LINE_PX = 1.6


class MinuteGraph(CurvePlot):
    """Draws a few curves with their names."""

    def __init__(self, name: str, title: str, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = unit
        self._values: dict[str, Values] = {}
        self.bottom.text_of = self.x_text
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setToolTip(title)
        self.setFixedHeight(HEIGHT_PX)

    def set_values(self, ages_s: Values, values: Mapping[str, Values]) -> None:
        """Draw other curves over ages in seconds, all of one length; NaN is a gap."""
        self._values = dict(values)
        latest = {name: column[-1] for name, column in values.items() if len(column)}
        texts = [f"{name} {number_text(float(v))} {self._unit}" for name, v in latest.items()]
        self.setAccessibleDescription(", ".join(texts))
        curves = [
            Curve(name, -ages_s, column, partial(run_colour, number), width_px=LINE_PX)
            for number, (name, column) in enumerate(self._values.items())
        ]
        self.heading.set_texts(self._unit, [curve.entry for curve in curves])
        self.set_curves(curves, "seconds", self._unit)

    def clear(self) -> None:
        """Draw the axes alone."""
        empty = np.zeros(0)
        self.set_values(empty, dict.fromkeys(self._values, empty))

    def reach(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the whole minute, from nothing up."""
        if self.is_log:
            return (-MINUTE_S, 0.0), super().reach()[1]
        highest = [float(np.nanmax(v)) for v in self._values.values() if np.isfinite(v).any()]
        return (-MINUTE_S, 0.0), (0.0, 1.1 * max([*highest, 1.0]))

    def x_text(self, x: float) -> str:
        """Return how long ago something was, short enough for the left end of the axis."""
        return "now" if x > -0.5 else f"−{-x:.0f} s"
