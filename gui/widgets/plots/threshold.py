"""A line across a plot that a person drags, such as the score from which a detection counts."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QPen

from gui.theme import THEME
from gui.widgets.plots.library import pyqtgraph as pg
from gui.widgets.plots.plot import Plot
from gui.widgets.plots.ticks import number_text

WIDTH_PX, HELD_PX = 2.0, 3.0


class Threshold(QObject):
    """Stands upright in a plot, within limits; `moved` says where it is dragged to."""

    moved = Signal(float)  # while it is dragged
    settled = Signal(float)  # when it is let go

    def __init__(self, plot: Plot, name: str, limits: tuple[float, float]) -> None:
        super().__init__(plot)
        self._name = name
        self._line: Any = pg.InfiniteLine(
            limits[0],
            angle=90,
            movable=True,
            bounds=limits,
            label="",
            labelOpts={"position": 0.92, "movable": False},
        )
        plot.box.addItem(self._line)
        self._line.sigDragged.connect(self._on_dragged)
        self._line.sigPositionChangeFinished.connect(self._on_settled)
        THEME.changed.connect(self._restyle)
        self._restyle()

    @property
    def value(self) -> float:
        """Where it stands."""
        return float(self._line.value())

    def set_value(self, value: float) -> None:
        """Put it somewhere, within its limits; nothing is said."""
        self._line.setValue(value)
        self._write()

    def _on_dragged(self) -> None:
        self._write()
        self.moved.emit(self.value)

    def _on_settled(self) -> None:
        self.settled.emit(self.value)

    def _write(self) -> None:
        self._line.label.setFormat(f"{self._name} {number_text(round(self.value, 3))}")

    def _restyle(self) -> None:
        tokens = THEME.tokens
        for pen, width in ((self._line.setPen, WIDTH_PX), (self._line.setHoverPen, HELD_PX)):
            line = QPen(QColor(tokens.accent), width)
            line.setCosmetic(True)
            pen(line)
        self._line.label.setColor(QColor(tokens.text))
        self._line.label.fill = pg.mkBrush(tokens.raised)
        self._write()
