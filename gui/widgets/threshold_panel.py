"""Sliders of score and IoU threshold, and the kind of suppression."""

from __future__ import annotations

from dataclasses import fields, replace

from PySide6.QtWidgets import QWidget

from engine.api.detection import SuppressionConfig
from engine.api.models import ModelCard
from gui.widgets.config_form import ConfigForm

NAMES = {
    "score_threshold": "score",
    "iou_threshold": "iou",
    "method": "method",
    "class_aware": "class_aware",
    "sigma": "sigma",
}
"""What the controls go by after the prefix."""


class ThresholdPanel(ConfigForm):
    """Edits a SuppressionConfig; every movement of a slider is a new one."""

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(prefix, parent, is_compact=True, names=NAMES)
        self._own = SuppressionConfig()  # of the detector
        self.set_config_type(SuppressionConfig)

    def follow(self, card: ModelCard) -> None:
        """Take what suits another detector; what a person has moved stays. Not announced."""
        config, before = self.config(), self._own
        values = {field.name: getattr(config, field.name) for field in fields(config)}
        moved = {name: value for name, value in values.items() if value != getattr(before, name)}
        self._own = SuppressionConfig(card.default_score, card.default_iou)
        self.set_config(replace(self._own, **moved))
