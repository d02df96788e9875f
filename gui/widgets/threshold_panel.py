"""Sliders of score and IoU threshold, and the kind of suppression."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from engine.api.detection import SuppressionConfig
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
        self.set_config_type(SuppressionConfig)
