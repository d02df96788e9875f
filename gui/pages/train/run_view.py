"""The middle of the Train page: the run that is looked at, its curves and its samples."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from gui.pages.train.data_view import DataView
from gui.pages.train.metric_curves import MetricCurves
from gui.pages.train.run_header import RunHeader
from gui.pages.train.run_history import RunHistory
from gui.pages.train.sample_viewer import SampleViewer
from gui.theme import GRID_PX
from gui.widgets.empty_state import EmptyState

WIDE_PX = 820
EMPTY_TITLE = "Teach a model"
EMPTY_TEXT = (
    "Training shows a model examples again and again and lets it correct itself a little each "
    "time. Here you watch its errors fall, and the same few examples come out better and better. "
    "A first run reads small handwritten digits and ends within a minute."
)


class RunView(QWidget):
    """An invitation while there is no run, else one run."""

    first_run_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = RunHeader()
        self.goes_on = QCheckBox("Let this run go on when the window is closed")
        self.curves = MetricCurves()
        self.samples = SampleViewer()
        self._empty = EmptyState(
            "mdi6.school-outline", EMPTY_TITLE, EMPTY_TEXT, "Fill in a first run"
        )
        self.data = DataView()
        self._has_run = self._is_data_shown = False
        self._run = QWidget()
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._stack = QStackedLayout(self)
        self._build()
        self._empty.clicked.connect(self.first_run_wanted)

    def _build(self) -> None:
        self._empty.set_button_name("train.first_run")
        self.goes_on.setObjectName("train.keep_going")
        self.goes_on.setAccessibleName(self.goes_on.text())
        self.goes_on.setToolTip(
            "Otherwise it stops after its batch and keeps a checkpoint, from which Resume goes on"
        )
        self._splitter.addWidget(self.curves)
        self._splitter.addWidget(self.samples)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)
        self._splitter.setSizes([360, 240])
        self._splitter.setCollapsible(0, False)
        layout = QVBoxLayout(self._run)
        layout.setContentsMargins(GRID_PX, 2 * GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.header)
        layout.addWidget(self.goes_on)
        layout.addWidget(self._splitter, 1)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._run)
        self._stack.addWidget(self.data)
        self.data.closed.connect(self.hide_data)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the samples beside the curves where there is room, else below them."""
        super().resizeEvent(event)
        is_wide = self.width() >= WIDE_PX
        side = Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical
        if side != self._splitter.orientation():
            self._splitter.setOrientation(side)
            self._splitter.setSizes([600, 400])
            self.samples.set_wide(not is_wide)

    def show_run(self, run: RunHistory | None) -> None:
        """Show a run, or the invitation."""
        self._has_run = run is not None
        self._show_side()
        if run is None:
            self.samples.set_paths(())
            return
        self.header.show_run(run.name, run.state, run.status, run.best)
        self.goes_on.setVisible(run.is_trained_here)
        self.samples.set_paths(run.samples)

    def show_data(self) -> None:
        """Show the data set in place of the run."""
        self._is_data_shown = True
        self._show_side()

    @Slot()
    def hide_data(self) -> None:
        """Show the run again."""
        self._is_data_shown = False
        self._show_side()

    def _show_side(self) -> None:
        run = self._run if self._has_run else self._empty
        self._stack.setCurrentWidget(self.data if self._is_data_shown else run)

    def stop(self) -> None:
        """Stop every timer; the page is not visible."""
        self.curves.stop()
        self.samples.stop()
