"""What stands beside the picture in a step: tables, bars and curves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, cast

from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from engine.api.traces import BarsMark, CurveMark, PanelMark, TableMark
from gui.theme import GRID_PX
from gui.widgets.trace_bars import TraceBars
from gui.widgets.trace_curves import TraceCurves
from gui.widgets.trace_table import TraceTable

Panel = TraceTable | TraceBars | TraceCurves
PanelT = TypeVar("PanelT", TraceTable, TraceBars, TraceCurves)

LEAD_STRETCH, REST_STRETCH = 5, 3


class TracePanels(QScrollArea):
    """Makes a panel a mark, and keeps panels from step to step so that nothing flickers."""

    row_picked = Signal(object, int)  # TableMark and row number

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self._pools: dict[type[Panel], list[Panel]] = {}
        self._shown: list[Panel] = []
        content = QWidget()
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, content)
        self._layout.setContentsMargins(QMargins())
        self._layout.setSpacing(2 * GRID_PX)
        self._rest = QVBoxLayout()
        self._rest.setSpacing(2 * GRID_PX)
        self._layout.addLayout(self._rest)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    @property
    def shown(self) -> tuple[Panel, ...]:
        """The panels of the present step, in order."""
        return tuple(self._shown)

    def set_beside(self, is_beside: bool) -> None:
        """Put the first panel beside the others where there is width, else above them."""
        direction = QBoxLayout.Direction
        self._layout.setDirection(direction.LeftToRight if is_beside else direction.TopToBottom)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave every key to the player; a scroll area would take the arrows."""
        event.ignore()

    def forget_sizes(self) -> None:
        """Let panels that keep their size from step to step begin anew, for another topic."""
        for bars in self._pools.get(TraceBars, []):
            if isinstance(bars, TraceBars):
                bars.forget_size()

    def set_marks(self, marks: Iterable[PanelMark]) -> None:
        """Show the panels of a step: tables and bars in their order, then curves by their axes."""
        panels: list[Panel] = []
        curves: dict[tuple[str, str], list[CurveMark]] = {}
        for mark in marks:
            if isinstance(mark, TableMark):
                table = self._next(TraceTable, panels)
                table.set_mark(mark)
            elif isinstance(mark, BarsMark):
                bars = self._next(TraceBars, panels)
                bars.set_mark(mark)
            else:
                curves.setdefault((mark.x_title, mark.y_title), []).append(mark)
        for group in curves.values():
            axes = self._next(TraceCurves, panels)
            axes.set_marks(group)
        if panels != self._shown:
            self._arrange(panels)

    def _next(self, kind: type[PanelT], panels: list[Panel]) -> PanelT:
        """Take the next unused panel of a kind, or make one."""
        pool = self._pools.setdefault(kind, [])
        used = sum(isinstance(panel, kind) for panel in panels)
        if used == len(pool):
            made = kind()
            name = kind.__name__.removeprefix("Trace").lower()
            made.setObjectName(f"{self._prefix}.{name}{used + 1 if used else ''}")
            if isinstance(made, TraceTable):
                made.row_picked.connect(self.row_picked)
            pool.append(made)
        panels.append(pool[used])
        return cast(PanelT, pool[used])

    def _arrange(self, panels: list[Panel]) -> None:
        for panel in self._shown:
            self._layout.removeWidget(panel)
            self._rest.removeWidget(panel)
            panel.setVisible(panel in panels)
        for panel in panels[:1]:
            is_table = isinstance(panel, TraceTable)
            side = Qt.AlignmentFlag.AlignLeft if is_table else Qt.AlignmentFlag(0)
            self._layout.insertWidget(0, panel, LEAD_STRETCH, side)
        for panel in panels[1:]:
            # Bars are as high as they are many; what is left goes to the others.
            self._rest.addWidget(panel, 0 if isinstance(panel, TraceBars) else 1)
        self._layout.setStretchFactor(self._rest, REST_STRETCH if panels[1:] else 0)
        for panel in panels:
            panel.show()
        self._shown = panels
