"""The right-hand side of the Live page: model, thresholds, counting, privacy, numbers."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton

from engine.api.live_session import LiveModel
from engine.api.models import ModelCard
from engine.api.parameters import describe
from gui.pages.live.analysis_panel import AnalysisPanel
from gui.pages.live.numbers_panel import NumbersPanel
from gui.widgets.fraction_slider import fraction_slider
from gui.widgets.inspector import Inspector
from gui.widgets.model_panel import ModelPanel
from gui.widgets.named import caption, named, push_button
from gui.widgets.threshold_panel import ThresholdPanel

WIDTH_PX = 360
AS_THEY_ARE, AS_TRAINED = "Frames as they are", "Size of the training pictures"
INPUT_SIDES_PX = (None, 160, 240, 320, 400, 480, 640, 800)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


class LiveInspector(Inspector):
    """Holds the controls; the page connects them."""

    def __init__(self) -> None:
        self.model = ModelPanel(
            "live", "Detector or segmenter", defaults_of=lambda card: card.options_on_frames
        )
        self._suited_px: int | None = None  # side that suits the model chosen before
        self.thresholds = ThresholdPanel("live")
        self.input_size = named(
            QComboBox(), "live.input_size", "Shorter side of what the model sees"
        )
        for side in INPUT_SIDES_PX:
            self.input_size.addItem(AS_THEY_ARE if side is None else f"{side} px", side)
        self._input_title = QLabel("Input")
        self.opacity = fraction_slider(
            "live.opacity", "Overlay opacity", tip="Of all that is drawn over the picture"
        )
        self.opacity.setValue(1.0)
        self._runs_with = caption(name="live.runs_with")
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
            ("Model", (self.model, self.thresholds, size, self._runs_with)),
            ("", ((QLabel("Overlay"), self.opacity),)),
            ("Numbers", (self.numbers,)),
            ("", (self.analysis,)),
            ("The last minute", (self.numbers.rates, self.numbers.ages)),
        )
        super().__init__(groups, (self.snapshot, self.record))
        self.model.model_changed.connect(self._on_model_changed)
        self.model.options_changed.connect(self._show_runs_with)
        self.input_size.currentIndexChanged.connect(self._show_runs_with)
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

    def show_runtime(self, runtime: str) -> None:
        """Say what the model runs on; empty where it has no choice, or none was made yet."""
        card = self.model.card
        is_of_library = card is not None and card.is_of_library
        self.numbers.show_runtime(runtime or ("OpenCV" if is_of_library else "PyTorch"))

    def set_loading(self, is_loading: bool) -> None:
        """Show that a model is being loaded; the one before it goes on meanwhile."""
        self.is_loading = is_loading
        self.model.run_button.setText("Loading…" if is_loading else "Apply")

    @Slot(str)
    def _on_model_changed(self, key: str) -> None:
        card = self.model.card
        if card is not None and card.task == "detection":
            self.thresholds.follow(card)
        if card is not None:
            self._follow_size(card)
        self._show_ready()
        self._show_runs_with()

    def _follow_size(self, card: ModelCard) -> None:
        """Take the size that suits another model; one that a person has chosen stays."""
        if self.input_size.currentData() == self._suited_px:
            with QSignalBlocker(self.input_size):
                self.input_size.setCurrentIndex(self.input_size.findData(card.live_side_px))
        self._suited_px = card.live_side_px

    @Slot()
    def _show_runs_with(self) -> None:
        """Say what is done otherwise here than on single pictures, so that frames are followed."""
        card = self.model.card
        if card is None:
            return
        side = self.input_size.currentData()
        parts = [f"frames of {side} px"] if side else []
        if card.task == "detection":
            chosen, usual = self.model.config(), card.options_type()
            parts += [
                f"{each.title.lower()} {_word(getattr(chosen, each.name))}"
                for each in describe(card.options_type)
                if getattr(chosen, each.name) != getattr(usual, each.name)
            ]
        is_suited = side == card.live_side_px and self.model.config() in (
            None,
            card.options_on_frames,
        )
        what = "To keep up with 30 frames a second" if is_suited else "As chosen"
        self._runs_with.setText(f"{what}: {', '.join(parts)}." if parts else "")
        self._runs_with.setVisible(bool(parts))

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
