"""Steps: what happens inside, one step at a time; the same on every page that has traces."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from engine.api.detection import Detections
from engine.api.pictures import Picture
from engine.api.traces import BuildTrace, PictureMark, Trace, TraceCard
from gui.bridge.page_request import PageRequest
from gui.theme import GRID_PX
from gui.widgets.canvas import Canvas
from gui.widgets.config_form import ConfigForm
from gui.widgets.named import caption, named, narrow, push_button
from gui.widgets.scroll_column import ScrollColumn
from gui.widgets.step_player import StepPlayer
from gui.workbench import Workbench

FORM_WIDTH_PX = 260
PLAYER_HEIGHT_PX = 320
MARKS = "trace"


def no_boxes() -> None:
    """Return None: the page has no boxes."""
    return


class StepsTab(QWidget):
    """Choose a topic, set its numbers, and play it.

    Args:
        boxes: what topics that are made from boxes play with; None where the page has none yet.
    """

    def __init__(
        self,
        workbench: Workbench,
        area: str,
        boxes: Callable[[], Detections | None] = no_boxes,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workbench, self._area, self._boxes = workbench, area, boxes
        self._cards: dict[str, TraceCard] = {}
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
        self._building.busy_changed.connect(self.show_needs)
        self.player.marks_changed.connect(self._on_marks)
        workbench.session.current_changed.connect(self.show_needs)
        workbench.traces_changed.connect(self._on_traces_changed)
        self._on_traces_changed()

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

    @Slot()
    def _on_traces_changed(self) -> None:
        self.set_traces(self._workbench.traces)

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
        card = self._card
        self._building.drop()
        if card is not None:
            self._summary.setText(card.summary)
            self._form.set_config_type(card.config_type)
            self.player.set_trace(None)
            self.show_needs()

    @property
    def _card(self) -> TraceCard | None:
        return self._cards.get(str(self._topic.currentData()))

    @Slot()
    def show_needs(self) -> None:
        """Say what the topic looks at, or what it still needs."""
        card, document = self._card, self._workbench.session.current
        needs = card.needs if card is not None else "nothing"
        boxes = self._boxes() if needs == "detections" else None
        self._needs.setVisible(needs != "nothing")
        if document is None:
            self._needs.setText("Open a picture on the Images page first.")
        elif needs == "picture":
            self._needs.setText(f"Looks at {document.title}.")
        elif boxes is None:
            self._needs.setText("Run a detector, draw boxes or load some on the Picture tab first.")
        else:
            count = f"{len(boxes)} box{'es' if len(boxes) != 1 else ''}"
            self._needs.setText(f"Looks at the {count} on {document.title}.")
        has_needs = document is not None and (needs == "picture" or boxes is not None)
        can_build = needs == "nothing" or has_needs
        self._build_button.setEnabled(can_build and not self._building.is_busy)

    @Slot()
    def build(self) -> None:
        """Compute the steps of the topic with the numbers of the form."""
        card, document = self._card, self._workbench.session.current
        if card is None:
            return
        picture = document.picture if document is not None and card.needs != "nothing" else None
        if picture is None and card.needs != "nothing":
            self._workbench.problem.emit("The picture is not open yet; try again in a moment.")
            return
        pixels = picture.pixels if picture is not None else None
        boxes = self._boxes() if card.needs == "detections" else None
        request = BuildTrace(card.key, self._form.config(), pixels, boxes)
        self._building.start(request, about=picture)

    @Slot(object, object, object)
    def _on_trace(self, _: BuildTrace, trace: Trace, picture: Picture | None) -> None:
        self._picture = picture
        self.canvas.set_picture(picture)
        self.player.set_trace(trace)
        self.player.setFocus()

    @Slot(object)
    def _on_marks(self, marks: tuple[PictureMark, ...]) -> None:
        # A picture is worth looking at without marks too, but not beside tiles, which show what
        # matters of it.
        has_picture = self._picture is not None and self.player.trace is not None
        self.canvas.setVisible(bool(marks) or (has_picture and not self.player.has_tiles))
        self.canvas.set_layer(MARKS, marks)
