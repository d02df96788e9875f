"""Steps: what happens inside, one step at a time; the same on every page that has traces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from engine.api.pictures import Picture
from engine.api.traces import BuildTrace, PictureMark, Trace, TraceCard
from gui.bridge.page_request import PageRequest
from gui.theme import GRID_PX, THEME
from gui.widgets.canvas import Canvas
from gui.widgets.config_form import ConfigForm
from gui.widgets.named import caption, named, narrow, push_button
from gui.widgets.scroll_column import ScrollColumn
from gui.widgets.step_player import StepPlayer
from gui.workbench import Workbench

FORM_WIDTH_PX = 260
PLAYER_HEIGHT_PX = 320
MARKS = "trace"


class StepsTab(QWidget):
    """Choose a topic, set its numbers, and play it."""

    def __init__(self, workbench: Workbench, area: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench, self._area = workbench, area
        self._cards: dict[str, TraceCard] = {}
        self._marks: tuple[PictureMark, ...] = ()
        self._picture: Picture | None = None  # that the trace of the player is about
        self._building = PageRequest(workbench.client, self)
        self._topic = named(QComboBox(), f"{area}.topic", "What to step through")
        narrow(self._topic)
        self._summary = caption(name=f"{area}.topic_text")
        self._needs = caption(name=f"{area}.topic_needs")
        self._form = ConfigForm(f"{area}.topic_option")
        self._build_button = push_button(f"{area}.trace", "Step through it", "", True)
        self.canvas = named(Canvas(), f"{area}.steps_canvas", "Pictures of the step")
        self.player = StepPlayer(f"{area}.steps")
        self._build()
        self._topic.activated.connect(self._on_topic)
        self._build_button.clicked.connect(self.build)
        self._building.answered.connect(self._on_trace)
        self._building.busy_changed.connect(self._show_needs)
        self.player.marks_changed.connect(self._on_marks)
        workbench.session.current_changed.connect(self._show_needs)
        THEME.changed.connect(self._show_sheet)

    def _build(self) -> None:
        column = QWidget()
        left = QVBoxLayout(column)
        left.setContentsMargins(0, 0, GRID_PX, 0)
        left.setSpacing(GRID_PX)
        for part in (self._topic, self._summary, self._form, self._needs, self._build_button):
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
        column_of_steps.setObjectName(f"{self._area}.steps_splitter")
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
        self._cards = {card.key: card for card in cards if card.area == self._area}
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
        self._building.drop()
        if card is not None:
            self._summary.setText(card.summary)
            self._form.set_config_type(card.config_type)
            self.player.set_trace(None)
            self._show_needs()

    @Slot()
    def _show_needs(self) -> None:
        """Say which picture the topic looks at, or that one has to be opened."""
        card = self._cards.get(str(self._topic.currentData()))
        wants_picture = card is not None and card.needs == "picture"
        document = self._workbench.session.current
        self._needs.setVisible(wants_picture)
        self._needs.setText(
            f"Looks at {document.title}."
            if document is not None
            else "Open a picture on the Images page first."
        )
        can_build = document is not None or not wants_picture
        self._build_button.setEnabled(can_build and not self._building.is_busy)

    @Slot()
    def build(self) -> None:
        """Compute the steps of the topic with the numbers of the form."""
        key = str(self._topic.currentData() or "")
        if key not in self._cards:
            return
        document = self._workbench.session.current
        picture = document.picture if document is not None else None
        if self._cards[key].needs != "picture":
            picture = None
        elif picture is None:
            self._workbench.problem.emit("The picture is not open yet; try again in a moment.")
            return
        pixels = picture.pixels if picture is not None else None
        self._building.start(BuildTrace(key, self._form.config(), pixels), about=picture)

    @Slot(object, object, object)
    def _on_trace(self, _: BuildTrace, trace: Trace, picture: Picture | None) -> None:
        self._picture = picture
        self.player.set_trace(trace)
        self._show_sheet()
        self.player.setFocus()

    @Slot()
    def _show_sheet(self) -> None:
        """Lay the picture under the marks, or an empty sheet in the colour of the theme."""
        trace = self.player.trace
        if trace is None or trace.sheet_px is None:
            self.canvas.set_picture(self._picture if trace is not None else None)
            self._on_marks(self._marks)
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
        # An empty sheet says nothing; a picture is worth looking at without marks too, but not
        # beside tiles, which show what matters of it.
        has_picture = self._picture is not None and not self.player.has_tiles
        self.canvas.setVisible(bool(marks) or has_picture)
        self.canvas.set_layer(MARKS, marks)
