"""Steps: what happens inside, one step at a time."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from engine.api.traces import BuildTrace, Trace, TraceCard
from gui.theme import GRID_PX
from gui.widgets.config_form import ConfigForm
from gui.widgets.named import caption, named, push_button
from gui.widgets.scroll_column import ScrollColumn
from gui.widgets.step_player import StepPlayer
from gui.workbench import Workbench

AREA = "latent"
FORM_WIDTH_PX = 260


class StepsTab(QWidget):
    """Choose a topic, set its numbers, and play it."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._cards: dict[str, TraceCard] = {}
        self._topic = named(QComboBox(), "latent.topic", "What to step through")
        self._summary = caption(name="latent.topic_text")
        self._form = ConfigForm("latent.topic_option")
        self._build_button = push_button("latent.trace", "Step through it", "", True)
        self.player = StepPlayer("latent.steps")
        self._build()
        self._topic.activated.connect(self._on_topic)
        self._build_button.clicked.connect(self.build)

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
        layout.addWidget(scroll)
        layout.addWidget(self.player, 1)

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
        self.player.setFocus()
