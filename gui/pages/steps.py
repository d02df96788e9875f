"""Steps: what happens inside, one step at a time; the same on every page that has traces."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from PySide6.QtCore import QMargins, Qt, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from engine.api.detection import Detections
from engine.api.pictures import Picture
from engine.api.traces import BuildTrace, PictureMark, Trace, TraceCard
from gui.bridge.page_request import PageRequest
from gui.theme import GRID_PX
from gui.widgets.canvas import Canvas
from gui.widgets.config_form import ConfigForm
from gui.widgets.named import caption, named, narrow, push_button
from gui.widgets.page_actions import add_page_actions
from gui.widgets.place_picker import PlacePicker
from gui.widgets.scroll_column import ScrollColumn
from gui.widgets.step_player import StepPlayer
from gui.workbench import Workbench

FORM_WIDTH_PX = 260
PLAYER_HEIGHT_PX = 320
MARKS = "trace"
PLACE = ("across", "down")
"""Fields of a topic's config that are a place on the picture, as shares of its sides."""
EXAMPLE = "picture"
"""Field of a topic's config that chooses among examples of its own; it begins with those."""
NO_TRACE = "Nothing to step through yet"


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
        self._hidden_when_presenting: tuple[QWidget, ...] = ()
        self._building = PageRequest(workbench.client, self)
        self._topic = named(QComboBox(), f"{area}.topic", "What to step through")
        narrow(self._topic)
        self._present = _present_button(area)
        self._settings = QWidget()
        self._summary = caption(name=f"{area}.topic_text")
        self._needs = caption(name=f"{area}.topic_needs")
        self._form = ConfigForm(f"{area}.topic_option")
        self._own = named(QCheckBox("On my picture"), f"{area}.own_picture", "On my picture")
        self._own.setChecked(True)
        self._place = PlacePicker(f"{area}.place", "Place on the picture that is followed")
        self._build_button = push_button(f"{area}.trace", "Step through it", "", True)
        self.canvas = named(Canvas(), f"{area}.steps_canvas", "Pictures of the step")
        self.player = StepPlayer(f"{area}.steps")
        self._build()
        self._connect()
        self._on_traces_changed()

    def _connect(self) -> None:
        workbench = self._workbench
        self._topic.activated.connect(self._on_topic)
        self._present.toggled.connect(self.present)
        self._own.toggled.connect(self.show_needs)
        self._place.place_chosen.connect(self._on_place)
        self._form.config_changed.connect(self._show_place)
        self._build_button.clicked.connect(self.build)
        self._building.answered.connect(self._on_trace)
        self._building.busy_changed.connect(self.show_needs)
        self.player.marks_changed.connect(self._on_marks)
        workbench.session.current_changed.connect(self.show_needs)
        workbench.traces_changed.connect(self._on_traces_changed)

    def _build(self) -> None:
        column = QWidget()
        left = QVBoxLayout(column)
        left.setContentsMargins(0, 0, GRID_PX, 0)
        left.setSpacing(GRID_PX)
        for part in (self._summary, self._own, self._place, self._form):
            left.addWidget(part)
        left.addStretch(1)
        below = QVBoxLayout(self._settings)
        below.setContentsMargins(QMargins())
        below.setSpacing(GRID_PX)
        below.addWidget(ScrollColumn(column), 1)
        below.addWidget(self._needs)
        below.addWidget(self._build_button)
        self._settings.setFixedWidth(FORM_WIDTH_PX + 4 * GRID_PX)
        head = QHBoxLayout()
        head.setSpacing(GRID_PX)
        head.addWidget(self._topic, 1)
        head.addWidget(self._present)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        rows.setSpacing(GRID_PX)
        rows.addLayout(head)
        layout = QHBoxLayout()
        layout.setSpacing(GRID_PX)
        rows.addLayout(layout, 1)
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
        layout.addWidget(self._settings)
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
            self._topic.setItemData(
                self._topic.count() - 1, card.summary, Qt.ItemDataRole.ToolTipRole
            )
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
            # Networks that know digits make nothing of a photograph unless one wants to see that.
            self._own.setChecked(not hasattr(self._form.config(), EXAMPLE))
            self.player.set_trace(None)
            self.show_needs()

    @property
    def _card(self) -> TraceCard | None:
        return self._cards.get(str(self._topic.currentData()))

    @property
    def _own_picture(self) -> Picture | None:
        """The picture that the topic is shown on; None where it brings an example of its own."""
        card, document = self._card, self._workbench.session.current
        if card is None or document is None:
            return None
        is_used = card.needs != "nothing" or (card.takes_picture and self._own.isChecked())
        return document.picture if is_used else None

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
        todo = f"Press “{self._build_button.text()}”." if can_build else self._needs.text()
        self.player.set_empty_text(NO_TRACE, todo)
        can_choose = card is not None and needs == "nothing" and card.takes_picture
        self._own.setVisible(can_choose and document is not None)
        if document is not None:
            self._own.setToolTip(f"On {document.title}; else on an example of the topic's own.")
        self._show_place()

    @Slot()
    def _show_place(self) -> None:
        config, picture = self._form.config(), self._own_picture
        has_place = all(hasattr(config, name) for name in PLACE) and picture is not None
        self._place.setVisible(has_place)
        self._place.set_picture(picture if has_place else None)
        if has_place:
            self._place.set_place(*(getattr(config, name) for name in PLACE))

    @Slot(float, float)
    def _on_place(self, across: float, down: float) -> None:
        """Follow another place; at once where the steps of the topic are there already."""
        place = dict(zip(PLACE, (round(across, 3), round(down, 3)), strict=True))
        self._form.set_config(dataclasses.replace(self._form.config(), **place))
        if self.player.trace is not None:
            self.build()

    @Slot()
    def build(self) -> None:
        """Compute the steps of the topic with the numbers of the form."""
        card, picture = self._card, self._own_picture
        if card is None:
            return
        if picture is None and card.needs != "nothing":
            self._workbench.problem.emit("The picture is not open yet; try again in a moment.")
            return
        pixels = picture.pixels if picture is not None else None
        boxes = self._boxes() if card.needs == "detections" else None
        request = BuildTrace(card.key, self._form.config(), pixels, boxes)
        self._building.start(request, about=picture)

    # Presenting

    @Slot(bool)
    def present(self, is_presenting: bool) -> None:
        """Show the step alone in large type, as for a projector; or everything again."""
        if self._present.isChecked() != is_presenting:
            self._present.setChecked(is_presenting)  # comes back here
            return
        if is_presenting and self.player.trace is None and self._build_button.isEnabled():
            self.build()  # the button for it goes
        self._settings.setVisible(not is_presenting)
        self._present.setText("End presentation" if is_presenting else "Present")
        self.player.set_large(is_presenting)
        self.player.setFocus()
        for part in self._hidden_when_presenting:
            part.setHidden(is_presenting)
        self._workbench.presenting.emit(is_presenting)

    def hide_when_presenting(self, *parts: QWidget) -> None:
        """Name what of the page goes while a step alone is shown."""
        self._hidden_when_presenting += parts

    def add_action(self, page: QWidget, tabs: QTabWidget) -> None:
        """Give the page the menu entry that begins a presentation, or ends it."""

        def toggle() -> None:
            tabs.setCurrentWidget(self)
            self.present(not self._present.isChecked())

        self.hide_when_presenting(tabs.tabBar())
        add_page_actions(page, [("Present the steps", "F5", toggle)])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape ends a presentation."""
        if event.key() == Qt.Key.Key_Escape and self._present.isChecked():
            self.present(False)
            return
        super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Another page or tab ends a presentation; a minimised window does not."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.present(False)

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


def _present_button(area: str) -> QPushButton:
    tip = "Show the step alone in large type, for a projector (F5); Escape ends it"
    button = push_button(f"{area}.present", "Present", tip)
    button.setCheckable(True)
    return button
