"""One number of one or several runs over the steps, with a read-out under the pointer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Slot
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.metric_series import RunCurves, Series, decimated, smoothed, value_at
from gui.widgets.run_colours import run_colour

BINS = 200
"""Of the steps; two points are drawn in each, about as many as there are pixels."""
FAINT = 0.3
LEAST_HEIGHT_PX = 15 * GRID_PX
SPLITS = ("train", "validation")


class CurvePanel(QWidget):
    """A plot of one number: a solid line for training, a dashed one for validation."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._runs: tuple[RunCurves, ...] = ()
        self._smoothing = 0.0
        self._curves: dict[tuple[int, str, str], Any] = {}
        self._title = QLabel(title_of(name))
        self._readout = ElidedLabel()
        self._plot: Any = None
        self._cursor: Any = None
        self._build()
        THEME.changed.connect(self._on_theme)
        self._on_theme()

    def _build(self) -> None:
        import pyqtgraph  # half a second: loaded beforehand on another thread

        self.setObjectName(f"train.curve.{self.name}")
        self.setAccessibleName(f"{title_of(self.name)} over the steps")
        self.setMinimumHeight(LEAST_HEIGHT_PX)
        self._title.setProperty("class", "heading")
        self._readout.setProperty("class", "caption")
        self._readout.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._readout.setObjectName(f"train.curve.{self.name}.readout")
        self._plot = pyqtgraph.PlotWidget(parent=self)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.showGrid(x=False, y=True, alpha=0.25)
        self._plot.setMouseEnabled(x=True, y=True)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._cursor = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        self._plot.addItem(self._cursor, ignoreBounds=True)
        self._plot.viewport().installEventFilter(self)
        self._plot.scene().sigMouseMoved.connect(self._on_pointer)
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addWidget(self._readout, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addLayout(head)
        layout.addWidget(self._plot, 1)

    @property
    def readout(self) -> str:
        """The values under the pointer; the latest ones while it is elsewhere."""
        return self._readout.text()

    def points(self) -> dict[tuple[str, str], tuple[list[float], list[float]]]:
        """Return steps and values as drawn, by run and split."""
        found = {}
        for run in self._runs:
            for split in SPLITS:
                curve = self._curves.get((run.number, split, "line"))
                if curve is not None:
                    x, y = curve.getOriginalDataset()
                    if x is not None:
                        found[run.name, split] = (list(map(float, x)), list(map(float, y)))
        return found

    def set_log(self, is_log: bool) -> None:
        """Draw values on a logarithmic scale, or a linear one."""
        self._plot.setLogMode(x=False, y=is_log)

    def show_runs(self, runs: Sequence[RunCurves], smoothing: float) -> None:
        """Draw runs; `smoothing` in [0, 1) applies to what was logged while training."""
        self._runs, self._smoothing = tuple(runs), smoothing
        wanted = set()
        for run in runs:
            for split in SPLITS:
                series = run.series.get((self.name, split))
                if series is not None and len(series.steps):
                    wanted |= self._draw(run.number, split, series)
        for key in set(self._curves) - wanted:
            self._plot.removeItem(self._curves.pop(key))
        self._read_out(None)

    def _draw(self, number: int, split: str, series: Series) -> set[tuple[int, str, str]]:
        is_smooth = split == "train" and self._smoothing > 0 and len(series.steps) > 2
        values = smoothed(series.values, self._smoothing) if is_smooth else series.values
        keys = {self._line((number, split, "line"), Series(series.steps, values))}
        if is_smooth:
            keys.add(self._line((number, split, "raw"), series))
        return keys

    def _line(self, key: tuple[int, str, str], series: Series) -> tuple[int, str, str]:
        curve = self._curves.get(key)
        if curve is None:
            curve = self._curves[key] = self._plot.plot(connect="finite")
            curve.setZValue(-1 if key[2] == "raw" else 1)
            self._style(key)
        steps, values = decimated(series.steps, series.values, BINS)
        is_alone = np.isfinite(values).sum() < 2
        curve.setSymbol("o" if is_alone else None)
        curve.setData(steps, values)
        return key

    def _style(self, key: tuple[int, str, str]) -> None:
        number, split, kind = key
        colour = run_colour(number)
        if kind == "raw":
            colour.setAlphaF(FAINT)
        pen = QPen(colour, 1 if kind == "raw" else 2)
        pen.setCosmetic(True)
        if split == "validation":
            pen.setStyle(Qt.PenStyle.DashLine)
        curve = self._curves[key]
        curve.setPen(pen)
        curve.setSymbolBrush(colour)
        curve.setSymbolPen(None)
        curve.setSymbolSize(6)

    @Slot()
    def _on_theme(self) -> None:
        tokens = THEME.tokens
        self._plot.setBackground(tokens.surface)
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(tokens.line)
            axis.setTextPen(tokens.muted)
        self._cursor.setPen(QColor(tokens.muted))
        for key in self._curves:
            self._style(key)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the wheel to the column around the plots; a double click shows everything."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self._plot.enableAutoRange()
        elif event.type() == QEvent.Type.Leave:
            self._cursor.hide()
            self._read_out(None)
        return super().eventFilter(watched, event)

    @Slot(object)
    def _on_pointer(self, position: QPointF) -> None:
        box = self._plot.getPlotItem().vb
        if not box.sceneBoundingRect().contains(position):
            return
        step = box.mapSceneToView(position).x()
        self._cursor.setPos(step)
        self._cursor.show()
        self._read_out(step)

    def _read_out(self, step: float | None) -> None:
        """Say the values at a step, or the latest ones."""
        parts = []
        for run in self._runs:
            texts = []
            for split in SPLITS:
                series = run.series.get((self.name, split))
                found = value_at(series, math.inf if step is None else step) if series else None
                if found is not None:
                    texts.append(f"{split} {found[1]:.4g}")
                    at = found[0]
            if texts:
                name = f"{run.name}: " if len(self._runs) > 1 else ""
                at_step = "" if step is None else f"step {at:,.0f} "
                parts.append(f"{name}{at_step}{' '.join(texts)}")
        self._readout.setText("  ·  ".join(parts))


def title_of(name: str) -> str:
    """Return a number's name as people read it."""
    known = {"miou": "Mean IoU", "ap": "AP", "ap50": "AP50", "ap75": "AP75", "psnr": "PSNR"}
    return known.get(name, name.replace("_", " ").capitalize())
