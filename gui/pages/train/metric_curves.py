"""Live curves: one plot for each number that the runs log, redrawn a few times a second."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from gui.pages.train.curve_panel import SPLITS, CurvePanel
from gui.pages.train.metric_series import RunCurves
from gui.theme import GRID_PX, THEME
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.run_colours import run_colour
from gui.widgets.scroll_column import ScrollColumn
from gui.widgets.wheel_guard import guard_wheel

REDRAW_MS = 50
"""One plot is made or redrawn in each interval: nothing holds the interface up for long."""
LEAST_PLOT_WIDTH_PX = 240
SMOOTHING_STEPS = 99
HIDDEN = frozenset({"samples_per_second"})
_LAST = ("learning_rate", "gradient_norm")


class MetricCurves(QWidget):
    """Plots of all numbers of the given runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: tuple[RunCurves, ...] = ()
        self._panels: dict[str, CurvePanel] = {}
        self._dirty: list[str] = []
        self._drawn: dict[str, tuple[object, ...]] = {}  # what each plot shows already
        self._columns = 0
        self._smoothing = QSlider(Qt.Orientation.Horizontal)
        self._log = QCheckBox("Log scale")
        self._legend = QLabel()
        self._content = QWidget()
        self._grid = QGridLayout(self._content)
        self._timer = QTimer(self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self._smoothing.setObjectName("train.smoothing")
        self._smoothing.setAccessibleName("Smoothing of the training curves")
        self._smoothing.setToolTip("How much the training curves are smoothed; validation is not")
        self._smoothing.setRange(0, SMOOTHING_STEPS)
        self._smoothing.setFixedWidth(14 * GRID_PX)
        guard_wheel(self._smoothing)
        self._log.setObjectName("train.log_scale")
        self._log.setAccessibleName("Logarithmic scale")
        self._timer.setInterval(REDRAW_MS)
        label = QLabel("Smoothing")
        label.setBuddy(self._smoothing)
        self._legend.setWordWrap(True)
        self._legend.setObjectName("train.legend")
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setProperty("class", "caption")
        lines = ElidedLabel("── training   - - validation")
        lines.setProperty("class", "caption")
        lines.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        bar = QHBoxLayout()
        bar.setSpacing(GRID_PX)
        for widget in (label, self._smoothing, self._log):
            bar.addWidget(widget)
        bar.addWidget(lines, 1)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2 * GRID_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(bar)
        layout.addWidget(self._legend)
        layout.addWidget(ScrollColumn(self._content), 1)

    def _connect(self) -> None:
        self._smoothing.valueChanged.connect(self._redraw_all)
        self._log.toggled.connect(self._on_log)
        self._timer.timeout.connect(self._on_timer)
        THEME.changed.connect(self._show_legend)

    @property
    def panels(self) -> dict[str, CurvePanel]:
        """The plots by the name of their number."""
        return dict(self._panels)

    @property
    def smoothing(self) -> float:
        """Weight of the past in [0, 1)."""
        return self._smoothing.value() / (SMOOTHING_STEPS + 1)

    def set_runs(self, runs: Sequence[RunCurves]) -> None:
        """Show runs; plots follow within a fraction of a second."""
        self._runs = tuple(runs)
        self._show_legend()
        self._redraw_all()

    @Slot()
    def _show_legend(self) -> None:
        parts = [
            f'<span style="color: {run_colour(run.number).name()}">■ {escape(run.name)}</span>'
            for run in self._runs
        ]
        self._legend.setText(" &nbsp; ".join(parts))
        self._legend.setVisible(len(parts) > 1)

    def stop(self) -> None:
        """Draw nothing more; call when the page goes."""
        self._timer.stop()
        self._dirty.clear()

    @Slot()
    def _redraw_all(self) -> None:
        names = metric_names(self._runs)
        for name in set(self._panels) - set(names):
            self._remove(name)
        is_asked = set(self._dirty)
        self._dirty = [n for n in names if n in is_asked or self._contents(n) != self._drawn.get(n)]
        if self._dirty and not self._timer.isActive():
            self._timer.start()

    def _contents(self, name: str) -> tuple[object, ...]:
        """Return what tells whether a plot has to be drawn anew: a series that grew is another."""
        series = [(r.name, r.number, r.series.get((name, s))) for r in self._runs for s in SPLITS]
        return (*series, self.smoothing)

    def _remove(self, name: str) -> None:
        panel = self._panels.pop(name)
        self._drawn.pop(name, None)
        self._grid.removeWidget(panel)
        panel.hide()
        panel.deleteLater()

    def _add(self, name: str) -> None:
        """Make one plot, which takes ten milliseconds, and put it at its place."""
        self._panels[name] = CurvePanel(name)
        self._panels[name].set_log(self._log.isChecked())
        names = [each for each in metric_names(self._runs) if each in self._panels]
        self._panels = {each: self._panels[each] for each in names}
        self._arrange()

    def _arrange(self) -> None:
        self._columns = self._fitting_columns()
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 0)
        for index, panel in enumerate(self._panels.values()):
            row, column = divmod(index, self._columns)
            self._grid.addWidget(panel, row, column)
            self._grid.setRowStretch(row, 1)

    def _fitting_columns(self) -> int:
        return max(1, min(3, self.width() // LEAST_PLOT_WIDTH_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the plots out in as many columns as there is width for."""
        super().resizeEvent(event)
        if self._panels and self._fitting_columns() != self._columns:
            self._arrange()

    @Slot()
    def _on_timer(self) -> None:
        if self._dirty and self._dirty[0] not in self._panels:
            self._add(self._dirty[0])  # filled by the next call
        elif self._dirty:
            name = self._dirty.pop(0)
            self._drawn[name] = self._contents(name)
            self._panels[name].show_runs(self._runs, self.smoothing)
        if not self._dirty:
            self._timer.stop()

    @Slot(bool)
    def _on_log(self, is_log: bool) -> None:
        for panel in self._panels.values():
            panel.set_log(is_log)


def metric_names(runs: Sequence[RunCurves]) -> list[str]:
    """Return what is plotted, what matters first.

    The loss and the score that picks the best weights; then other losses, other scores, learning
    rate and gradient norm.
    """
    names = dict.fromkeys(name for run in runs for name, _split in run.series)
    metrics = {run.metric for run in runs}
    shown = [name for name in names if name not in HIDDEN]

    def place(name: str) -> int:
        if name in _LAST:
            return 4 + _LAST.index(name)
        if name == "loss":
            return 0
        if name in metrics:
            return 1
        return 2 if "loss" in name else 3

    return sorted(shown, key=place)
