"""The right-hand side of the Detect page: model, boxes, thresholds, results."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QMenu, QToolButton, QWidget

from engine.api.detection import Detections
from gui.pages.detect.boxes import Source
from gui.pages.detect.detection_table import DetectionTable
from gui.pages.detect.score_editor import ScoreEditor
from gui.theme import GRID_PX
from gui.widgets.class_legend import ClassLegend
from gui.widgets.inspector import Group
from gui.widgets.model_panel import ModelPanel
from gui.widgets.named import caption, named, push_button
from gui.widgets.threshold_panel import ThresholdPanel

SOURCE_TITLES: dict[Source, str] = {
    "detector": "Boxes of the detector",
    "drawn": "Shapes drawn on the picture",
    "file": "Boxes loaded from a file",
}
SAVE_TITLES = {"json": "As JSON…", "coco": "As COCO results…", "picture": "As a picture…"}


class Controls:
    """Makes the controls; the page connects them."""

    def __init__(self) -> None:
        self.model = ModelPanel("detect", "Detector")
        self.thresholds = ThresholdPanel("detect")
        self.table = named(DetectionTable(), "detect.boxes", "Detections, best first")
        self.table.setMinimumHeight(18 * GRID_PX)
        self.source = named(QComboBox(), "detect.source", "Which boxes to look at")
        for key, title in SOURCE_TITLES.items():
            self.source.addItem(title, key)
        self.load_boxes = push_button("detect.load_boxes", "Load…", "Load boxes from a JSON file")
        self.score = ScoreEditor("detect")
        title = "Classes of the raw boxes; those that are not ticked are left out"
        self.classes = named(ClassLegend(has_scores=False), "detect.classes", title, title)
        self.step = push_button(
            "detect.step",
            "Step through suppression",
            "See which box removes which, one at a time",
        )
        self.step.setCheckable(True)
        self.adopt = push_button(
            "detect.adopt", "Keep as shapes", "Make the detections editable shapes"
        )
        self.save, self.save_actions = _save_button()
        self.count = caption(name="detect.count")

    @property
    def groups(self) -> tuple[Group, ...]:
        """What scrolls, in its order."""
        return (
            ("Detector", (self.model,)),
            (
                "Suppression",
                ((self.source, self.load_boxes), self.score, self.thresholds, self.step),
            ),
            ("Detections", (self.classes, self.count, self.table)),
        )

    @property
    def footer(self) -> tuple[QWidget, ...]:
        """What can be done with the result."""
        return (self.adopt, self.save)

    @property
    def chosen_source(self) -> Source:
        """Which boxes are looked at."""
        source: Source = self.source.currentData()
        return source

    def show_classes(self, raw: Detections | None, kept: Detections | None) -> None:
        """Say how many boxes there are of each class; with one class there is nothing to choose."""
        names = raw.categories if raw is not None else ()
        self.classes.setVisible(len(names) > 1)
        self.classes.set_classes(names)
        self.classes.set_columns(
            (
                ("Raw", _counts(raw), "Boxes before thresholds and suppression"),
                ("Kept", _counts(kept), "Boxes that are left"),
            )
        )

    def choose_source(self, source: Source) -> None:
        """Look at other boxes."""
        self.source.setCurrentIndex(self.source.findData(source))


def _counts(detections: Detections | None) -> dict[str, str]:
    if detections is None:
        return {}
    counts = np.bincount(detections.class_indices, minlength=len(detections.categories))
    return {n: str(c) for n, c in zip(detections.categories, counts.tolist(), strict=True)}


def _save_button() -> tuple[QToolButton, dict[str, QAction]]:
    button = named(QToolButton(), "detect.save", "Save the detections")
    button.setText("Save…")
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    menu = QMenu(button)
    actions = {}
    for kind, title in SAVE_TITLES.items():
        actions[kind] = menu.addAction(title)
        actions[kind].setObjectName(f"detect.save_{kind}")
    button.setMenu(menu)
    return button, actions
