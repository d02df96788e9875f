"""Curves and points on shared axes, with a legend and the values under the pointer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from gui.theme import THEME
from gui.widgets.plots.crosshair import Reading
from gui.widgets.plots.heading import DOT_PX, Colour, Entry
from gui.widgets.plots.library import pyqtgraph as pg
from gui.widgets.plots.plot import Plot
from gui.widgets.plots.plot_frame import MARGIN
from gui.widgets.plots.ticks import number_text

Values = NDArray[np.float64]
LINE_PX = 2.0
LONG = 1000
"""Points: about as many as a plot is wide."""
REACH_PX = 24.0
"""A point farther from the pointer is not the one that is meant."""
_LEAST_LOG = 1e-12
"""A logarithmic axis reaches no lower: rounding of single floats lies there."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One function or one set of points.

    Attributes:
        x: shape (N,), ascending for lines.
        y: shape (N,); NaN is a gap.
        is_faint: drawn pale behind the others, without a name or a value of its own.
    """

    name: str
    x: Values
    y: Values
    colour: Colour
    style: Literal["line", "dashed", "points"] = "line"
    width_px: float = LINE_PX
    is_faint: bool = False

    @property
    def entry(self) -> Entry:
        """How the legend and the crosshair name it."""
        return Entry(self.name, self.colour, self.style)


class CurvePlot(Plot):
    """Shows curves; those that reach over many pixels are thinned out by pyqtgraph."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves: tuple[Curve, ...] = ()
        self._items: list[Any] = []
        self._titles = ("", "")

    @property
    def curves(self) -> tuple[Curve, ...]:
        """What is drawn."""
        return self._curves

    def set_curves(self, curves: Sequence[Curve], x_title: str = "", y_title: str = "") -> None:
        """Draw other curves; the part that a person looks at stays."""
        self._curves, self._titles = tuple(curves), (x_title, y_title)
        self.redraw()

    # Drawing

    def fill(self) -> None:
        """Hand the curves to pyqtgraph."""
        while len(self._items) < len(self._curves):
            self._items.append(self._new_item())
        for item in self._items[len(self._curves) :]:
            item.setData([], [])
        for item, curve in zip(self._items, self._curves, strict=False):
            item.setLogMode(False, self.is_log)
            # Both take x to ascend, and cost more than they save where points are few.
            is_thinned = len(curve.x) > LONG and bool(np.all(np.diff(curve.x) >= 0))
            item.setClipToView(is_thinned)
            item.setDownsampling(auto=is_thinned)
            item.setData(curve.x, curve.y, **_style(curve))
        self.set_extent(*self.reach())

    def reach(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return from where to where the curves reach along x and y, with some room above."""
        left, right = _reach(curve.x for curve in self._curves) or (0.0, 1.0)
        low, high = _reach(self.heights(curve) for curve in self._curves) or (0.0, 1.0)
        # Lines begin at the edge; half a dot there would be cut off.
        has_dots = any(curve.style == "points" for curve in self._curves)
        beside, above = MARGIN * (right - left) * has_dots, MARGIN * (high - low)
        return (left - beside, right + beside), (low - above, high + above)

    def _new_item(self) -> Any:
        item = pg.PlotDataItem(
            downsampleMethod="peak",  # spikes stay, which every n-th point would lose
            autoDownsampleFactor=0.5,  # a lowest and a highest value every two pixels
            connect="finite",
        )
        self.box.addItem(item)
        return item

    def restyle(self) -> None:
        """Take the colours of another theme."""
        for item, curve in zip(self._items, self._curves, strict=False):
            style = _style(curve)
            item.setPen(style["pen"])
            item.setSymbolBrush(style["symbolBrush"])
            item.setSymbolPen(style["symbolPen"])

    def heights(self, curve: Curve) -> Values:
        """Return values in the coordinates of the view; NaN where they have no place."""
        if not self.is_log:
            return curve.y
        return np.log10(np.where(curve.y > _LEAST_LOG, curve.y, np.nan))

    def height_within(self, low: float, high: float) -> tuple[float, float] | None:
        """Return the lowest and the highest value between two places along x."""
        parts = [self.heights(c)[(c.x >= low) & (c.x <= high)] for c in self._curves]
        return _reach(parts)

    # Reading

    def read_at(self, place: QPointF) -> Reading | None:
        """Return the values of all lines at the nearest x, or the nearest point."""
        point = self._read_point(place)
        if point is not None:
            return point
        columns = [c.x[np.isfinite(c.y)] for c in self._curves if c.style != "points"]
        known = np.concatenate(columns) if columns else np.zeros(0)
        if not known.size:
            return None
        return self._read_x(float(known[np.abs(known - place.x()).argmin()]))

    def _read_x(self, x: float) -> Reading:
        lines, dots, middle = [], [], 0.0
        for curve in self._curves:
            if curve.is_faint or curve.style == "points":
                continue
            found = np.flatnonzero(np.isfinite(curve.y))
            if not found.size:
                continue
            index = int(found[np.abs(curve.x[found] - x).argmin()])
            height = float(self.heights(curve)[index])
            lines.append((curve.entry, number_text(float(curve.y[index]))))
            if np.isfinite(height):
                dots.append((QPointF(float(curve.x[index]), height), curve.entry))
                middle = height
        return Reading(QPointF(x, middle), self.x_text(x), tuple(lines), tuple(dots))

    def x_text(self, x: float) -> str:
        """Return how a place along x is called."""
        return f"{self._titles[0]} {number_text(x)}".strip()

    def _read_point(self, place: QPointF) -> Reading | None:
        best: tuple[float, Curve, int] | None = None
        width, height = self.box.viewPixelSize()
        for curve in self._curves:
            if curve.style != "points" or not len(curve.x):
                continue
            across = (curve.x - place.x()) / width
            distances = np.hypot(across, (self.heights(curve) - place.y()) / height)
            if np.isfinite(distances).any():
                index = int(np.nanargmin(distances))
                if distances[index] < (best[0] if best else REACH_PX):
                    best = (float(distances[index]), curve, index)
        return self._reading_of(best[1], best[2]) if best else None

    def _reading_of(self, curve: Curve, index: int) -> Reading:
        x, y = float(curve.x[index]), float(curve.y[index])
        at = QPointF(x, float(self.heights(curve)[index]))
        return Reading(
            at, self.x_text(x), ((curve.entry, number_text(y)),), ((at, curve.entry),), True
        )

    def read_next(self, reading: Reading | None, right: int, up: int) -> Reading | None:
        """Go to the next value along x that is seen; from the right end at first."""
        if not right or not self._curves:
            return None
        (low, high), _ = self.view_range()
        x = np.unique(np.concatenate([c.x[np.isfinite(c.y)] for c in self._curves]))
        x = x[(x >= low) & (x <= high)]
        if not x.size:
            return None
        place = len(x) - 1
        if reading is not None:
            here = int(np.abs(x - reading.place.x()).argmin())
            place = min(max(here + right, 0), len(x) - 1)
        lines = [c for c in self._curves if c.style != "points"]
        if lines:
            return self._read_x(float(x[place]))
        curve = next(c for c in self._curves if (c.x == x[place]).any())
        return self._reading_of(curve, int(np.flatnonzero(curve.x == x[place])[0]))

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return a row a value: name of the curve, x, y."""
        columns = ["curve", self._titles[0] or "x", self._titles[1] or "y"]
        rows: list[list[object]] = []
        for curve in self._curves:
            if not curve.is_faint:
                pairs = zip(curve.x.tolist(), curve.y.tolist(), strict=True)
                rows += [[curve.name, x, y] for x, y in pairs]
        return columns, rows


def _style(curve: Curve) -> dict[str, Any]:
    colour = curve.colour()
    if curve.is_faint:
        colour.setAlphaF(0.35)
    pen = QPen(colour, curve.width_px)
    pen.setCosmetic(True)
    if curve.style == "dashed":
        pen.setDashPattern([3.0, 2.0])
    is_dot = curve.style == "points" or int(np.isfinite(curve.y).sum()) == 1
    return {
        "pen": pg.mkPen(None) if curve.style == "points" else pen,
        "symbol": "o" if is_dot else None,
        "symbolSize": DOT_PX + 1,
        "symbolBrush": pg.mkBrush(colour),
        "symbolPen": pg.mkPen(THEME.tokens.surface),
    }


def _reach(columns: Iterable[Values]) -> tuple[float, float] | None:
    """Return the lowest and the highest of all finite values."""
    known = [column[np.isfinite(column)] for column in columns]
    known = [column for column in known if column.size]
    if not known:
        return None
    return min(float(c.min()) for c in known), max(float(c.max()) for c in known)
