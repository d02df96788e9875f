"""Sliders of score and IoU threshold, and the kind of suppression."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QWidget,
)
from superqt import QLabeledDoubleSlider

from engine.api.detection import SuppressionConfig, SuppressionMethod
from engine.api.parameters import ParameterCard, describe
from gui.theme import GRID_PX
from gui.widgets.fraction_slider import fraction_slider
from gui.widgets.named import named

METHOD_TITLES: dict[SuppressionMethod, str] = {
    "greedy": "Greedy: remove duplicates",
    "soft-linear": "Soft-NMS, linear decay",
    "soft-gaussian": "Soft-NMS, Gaussian decay",
}


class ThresholdPanel(QWidget):
    """Edits a SuppressionConfig; every movement of a slider is a new one."""

    config_changed = Signal(SuppressionConfig)

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        cards = {card.name: card for card in describe(SuppressionConfig)}
        self._score = _slider(cards["score_threshold"], f"{prefix}.score")
        self._iou = _slider(cards["iou_threshold"], f"{prefix}.iou")
        self._sigma = _slider(cards["sigma"], f"{prefix}.sigma")
        note = cards["method"].note
        self._method = named(QComboBox(), f"{prefix}.method", "Kind of suppression", note)
        for method, title in METHOD_TITLES.items():
            self._method.addItem(title, method)
        self._class_aware = QCheckBox("Each class by itself")
        self._class_aware.setObjectName(f"{prefix}.class_aware")
        self._class_aware.setAccessibleName("Suppress each class by itself")
        self._class_aware.setToolTip(cards["class_aware"].note)
        self._sigma_title = QLabel("Sigma")
        self._build()
        self._connect()
        self.set_config(SuppressionConfig())

    def _build(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID_PX)
        grid.setVerticalSpacing(GRID_PX)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[QWidget, QWidget], ...] = (
            (QLabel("Score ≥"), self._score),
            (QLabel("IoU ≤"), self._iou),
            (QLabel("Method"), self._method),
            (self._sigma_title, self._sigma),
            (QLabel(), self._class_aware),
        )
        for row, (title, control) in enumerate(rows):
            grid.addWidget(title, row, 0)
            grid.addWidget(control, row, 1)

    def _connect(self) -> None:
        for slider in (self._score, self._iou, self._sigma):
            slider.valueChanged.connect(self._on_edited)
        self._method.currentIndexChanged.connect(self._on_edited)
        self._class_aware.toggled.connect(self._on_edited)

    def config(self) -> SuppressionConfig:
        """Return what the controls say."""
        return SuppressionConfig(
            score_threshold=round(float(self._score.value()), 3),
            iou_threshold=round(float(self._iou.value()), 3),
            method=self._method.currentData(),
            class_aware=self._class_aware.isChecked(),
            sigma=round(float(self._sigma.value()), 3),
        )

    def set_config(self, config: SuppressionConfig) -> None:
        """Show a config; says so once, and only where something changed."""
        before = self.config()
        controls = (self._score, self._iou, self._sigma, self._method, self._class_aware)
        blockers = [QSignalBlocker(control) for control in controls]
        self._score.setValue(config.score_threshold)
        self._iou.setValue(config.iou_threshold)
        self._sigma.setValue(config.sigma)
        self._method.setCurrentIndex(self._method.findData(config.method))
        self._class_aware.setChecked(config.class_aware)
        del blockers
        self._show_sigma(config)
        if config != before:
            self.config_changed.emit(self.config())

    @Slot()
    def _on_edited(self) -> None:
        config = self.config()
        self._show_sigma(config)
        self.config_changed.emit(config)

    def _show_sigma(self, config: SuppressionConfig) -> None:
        for part in (self._sigma_title, self._sigma):
            part.setVisible(config.method == "soft-gaussian")


def _slider(card: ParameterCard, name: str) -> QLabeledDoubleSlider:
    low, high = card.low or 0.0, card.high or 1.0
    return fraction_slider(name, card.title, low, high, card.note)
