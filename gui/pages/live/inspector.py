"""The right-hand side of the Live page: model, thresholds, counting, privacy, numbers."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton

from engine.api.live_session import LiveModel
from gui.pages.live.analysis_panel import AnalysisPanel
from gui.pages.live.numbers_panel import NumbersPanel
from gui.widgets.inspector import Inspector
from gui.widgets.model_panel import ModelPanel
from gui.widgets.named import named, push_button
from gui.widgets.threshold_panel import ThresholdPanel

WIDTH_PX = 360
AS_THEY_ARE, AS_TRAINED = "Frames as they are", "Size of the training pictures"
INPUT_SIDES_PX = (None, 160, 240, 320, 480, 640, 800)


class LiveInspector(Inspector):
    """Holds the controls; the page connects them."""

    def __init__(self) -> None:
        self.model = ModelPanel("live", "Detector or segmenter")
        self.thresholds = ThresholdPanel("live")
        self.input_size = named(
            QComboBox(), "live.input_size", "Shorter side of what the model sees"
        )
        for side in INPUT_SIDES_PX:
            self.input_size.addItem(AS_THEY_ARE if side is None else f"{side} px", side)
        self._input_title = QLabel("Input")
        self.analysis = AnalysisPanel()
        self.numbers = NumbersPanel()
        self.snapshot = push_button("live.snapshot", "Snapshot…", "Save the frame as it is shown")
        self.record = push_button(
            "live.record", "Record…", "Write the picture as MP4 and what is found as JSON lines"
        )
        self.is_loading = False
        self.model.run_button.setText("Apply")
        self.model.run_button.setProperty("class", "")
        size = (self._input_title, self.input_size)
        groups = (
            ("Model", (self.model, self.thresholds, size)),
            ("Numbers", (self.numbers,)),
            ("", (self.analysis,)),
        )
        super().__init__(groups, (self.snapshot, self.record))
        self.model.model_changed.connect(self._on_model_changed)
        self._show_ready()

    def live_model(self, device: str) -> LiveModel | None:
        """Return what is to look at the frames; None where none is ready to run."""
        card = self.model.card
        if card is None or not self.model.is_ready:
            return None
        if card.task != "detection":
            return LiveModel(
                card.key,
                weights=self.model.weights,
                shorter_side_px=self.input_size.currentData(),
                device=device,
            )
        return LiveModel(
            card.key,
            self.model.config(),
            self.model.weights,
            self.thresholds.config(),
            self.input_size.currentData(),
            device,
        )

    def set_loading(self, is_loading: bool) -> None:
        """Show that a model is being loaded; the one before it goes on meanwhile."""
        self.is_loading = is_loading
        self.model.run_button.setText("Loading…" if is_loading else "Apply")

    @Slot(str)
    def _on_model_changed(self, key: str) -> None:
        card = self.model.card
        if card is not None and card.task == "detection":
            self.thresholds.follow(card)
        self._show_ready()

    def _show_ready(self) -> None:
        """Offer only what acts on the chosen model."""
        card = self.model.card
        is_detector = card is None or card.task == "detection"
        self.thresholds.setVisible(is_detector)
        self.analysis.set_segmenting(not is_detector)
        self.input_size.setItemText(0, AS_THEY_ARE if is_detector else AS_TRAINED)
        toggle = self.model.findChild(QToolButton, "live.options")
        assert toggle is not None
        toggle.setVisible(is_detector)
        if not is_detector:
            toggle.setChecked(False)
