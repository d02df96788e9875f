"""Functions and points of a step, on shared axes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from engine.api.traces import CurveMark
from gui.theme import GRID_PX, plot_role_colour
from gui.widgets.plots.curves import Curve, CurvePlot


class TraceCurves(CurvePlot):
    """Shows CurveMarks that share their axes, with a legend.

    Tab leads to it, a click does not: the arrow keys go on stepping for those who use the mouse.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.marks: tuple[CurveMark, ...] = ()
        self.setMinimumHeight(11 * GRID_PX)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_marks(self, marks: Sequence[CurveMark]) -> None:
        """Show the curves of a step."""
        axes = [(mark.x_title, mark.y_title) for mark in marks[:1]]
        if axes != [(mark.x_title, mark.y_title) for mark in self.marks[:1]]:
            self.reset()  # another function: the part that was looked at means nothing now
        self.marks = tuple(marks)
        x_title, y_title = axes[0] if axes else ("", "")
        curves = [
            Curve(m.name, m.x, m.y, partial(plot_role_colour, m.role), m.style) for m in marks
        ]
        self.bottom.set_title(x_title)
        entries = [curve.entry for curve in curves] if len(curves) > 1 else []
        self.heading.set_texts(y_title, entries)
        self.setAccessibleName(f"{y_title} over {x_title}" if marks else "Curves of the step")
        self.setAccessibleDescription(", ".join(mark.name for mark in marks))
        self.set_curves(curves, x_title, y_title)
