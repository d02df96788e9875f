"""Steps: what happens inside, one step at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from engine.api.pictures import Picture
from engine.api.traces import BuildTrace, PictureMark, Trace, TraceCard
from gui.theme import GRID_PX, THEME
from gui.widgets.canvas import Canvas
from gui.widgets.config_form import ConfigForm
from gui.widgets.named import caption, named, push_button
from gui.widgets.scroll_column import ScrollColumn
from gui.widgets.step_player import StepPlayer
from gui.workbench import Workbench

AREA = "latent"
FORM_WIDTH_PX = 260
PLAYER_HEIGHT_PX = 320
MARKS = "trace"


class StepsTab(QWidget):
    """Choose a topic, set its numbers, and play it."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._cards: dict[str, TraceCard] = {}
        self._marks: tuple[PictureMark, ...] = ()
        self._topic = named(QComboBox(), "latent.topic", "What to step through")
        self._summary = caption(name="latent.topic_text")
        self._form = ConfigForm("latent.topic_option")
        self._build_button = push_button("latent.trace", "Step through it", "", True)
        self.canvas = named(Canvas(), "latent.steps_canvas", "Pictures of the step")
        self.player = StepPlayer("latent.steps")
        self._build()
        self._topic.activated.connect(self._on_topic)
        self._build_button.clicked.connect(self.build)
        self.player.marks_changed.connect(self._on_marks)
        THEME.changed.connect(self._show_sheet)

    def _build(self) -> None:
        column = QWidget()
        left = QVBoxLayout(column)
        left.setContentsMargins(0, 0, GRID_PX, 0)
        left.setSpacing(GRID_PX)
        for part in (self._topic, self._summary, self._form, self._build_button):
            left.addWidget(part)
        left.addStretch(1)
        scroll = ScrollColumn(column)
        scroll.setFixedWidth(FORM_WIDTH_PX + 4 * GRID_PX)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        self.canvas.set_editable(False)
        self.canvas.hide()  # until there is a trace that draws
        column_of_steps = QSplitter(Qt.Orientation.Vertical)
        column_of_steps.setObjectName("latent.steps_splitter")
        column_of_steps.addWidget(self.canvas)
        column_of_steps.addWidget(self.player)
        column_of_steps.setStretchFactor(0, 1)
        column_of_steps.setStretchFactor(1, 1)
        self.player.setMinimumHeight(PLAYER_HEIGHT_PX)
        column_of_steps.setChildrenCollapsible(False)
        layout.addWidget(scroll)
        layout.addWidget(column_of_steps, 1)

    def set_traces(self, cards: Sequence[TraceCard]) -> None:
        """List the topics of this page."""
        chosen = self._topic.currentData()
        self._cards = {card.key: card for card in cards if card.area == AREA}
        self._topic.clear()
        for card in self._cards.values():
            self._topic.addItem(card.title, card.key)
        if chosen in self._cards:
            self._topic.setCurrentIndex(self._topic.findData(chosen))
        elif self._cards:
            self._on_topic()

    @Slot()
    def _on_topic(self) -> None:
        card = self._cards.get(str(self._topic.currentData()))
        if card is not None:
            self._summary.setText(card.summary)
            self._form.set_config_type(card.config_type)
            self.player.set_trace(None)

    @Slot()
    def build(self) -> None:
        """Compute the steps of the topic with the numbers of the form."""
        key = str(self._topic.currentData() or "")
        if key not in self._cards:
            return
        self._build_button.setEnabled(False)
        task = self._workbench.client.start(BuildTrace(key, self._form.config()))
        task.succeeded.connect(self._on_trace)
        task.ended.connect(self._on_ended)

    @Slot()
    def _on_ended(self) -> None:
        self._build_button.setEnabled(True)

    @Slot(object)
    def _on_trace(self, trace: Trace) -> None:
        self.player.set_trace(trace)
        self._show_sheet()
        self.player.setFocus()

    @Slot()
    def _show_sheet(self) -> None:
        """Lay an empty sheet under the marks, in the colour of the theme."""
        trace = self.player.trace
        if trace is None or trace.sheet_px is None:
            self.canvas.set_picture(None)
            return
        width, height = trace.sheet_px
        colour = QColor(THEME.tokens.raised)
        sheet = np.empty((height, width, 3), np.uint8)
        sheet[:] = (colour.red(), colour.green(), colour.blue())
        self.canvas.set_picture(Picture(sheet, None, "RGB"))
        self._on_marks(self._marks)

    @Slot(object)
    def _on_marks(self, marks: tuple[PictureMark, ...]) -> None:
        self._marks = marks
        self.canvas.setVisible(bool(marks))  # an empty sheet says nothing
        self.canvas.set_layer(MARKS, marks)
