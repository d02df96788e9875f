"""The right-hand side of the Detect page: model, boxes, thresholds, results."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.pages.detect.runs import Source
from gui.theme import GRID_PX
from gui.widgets.detection_table import DetectionTable
from gui.widgets.model_panel import ModelPanel
from gui.widgets.named import named
from gui.widgets.scroll_column import ScrollColumn
from gui.widgets.threshold_panel import ThresholdPanel

SOURCE_TITLES: dict[Source, str] = {
    "detector": "Boxes of the detector",
    "drawn": "Shapes drawn on the picture",
    "file": "Boxes loaded from a file",
}
INSPECTOR_WIDTH_PX = 320


class Inspector(QWidget):
    """Holds the controls; the page connects them."""

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self.model = ModelPanel(prefix, "Detector")
        self.thresholds = ThresholdPanel(prefix)
        self.table = DetectionTable()
        self.table.setObjectName(f"{prefix}.boxes")
        self.table.setAccessibleName("Detections, best first")
        self.source = named(QComboBox(), f"{prefix}.source", "Which boxes to look at")
        for source, title in SOURCE_TITLES.items():
            self.source.addItem(title, source)
        self.load_boxes = self._button("load_boxes", "Load…", "Load boxes from a JSON file")
        self.step = self._button(
            "step", "Step through suppression", "See which box removes which, one at a time"
        )
        self.step.setCheckable(True)
        self.adopt = self._button("adopt", "Keep as shapes", "Make the detections editable shapes")
        self.save, self.save_actions = self._save_button()
        self.count = QLabel()
        self.count.setProperty("class", "caption")
        self._build()

    def _build(self) -> None:
        source_row = QHBoxLayout()
        source_row.addWidget(self.source, 1)
        source_row.addWidget(self.load_boxes)
        bottom_row = QHBoxLayout()
        bottom_row.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        bottom_row.addWidget(self.adopt)
        bottom_row.addWidget(self.save)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(_heading("Detector"))
        layout.addWidget(self.model)
        layout.addSpacing(GRID_PX)
        layout.addWidget(_heading("Suppression"))
        layout.addLayout(source_row)
        layout.addWidget(self.thresholds)
        layout.addWidget(self.step)
        layout.addSpacing(GRID_PX)
        layout.addWidget(_heading("Detections"))
        layout.addWidget(self.count)
        self.table.setMinimumHeight(18 * GRID_PX)
        layout.addWidget(self.table, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(ScrollColumn(content), 1)
        # Below what scrolls: the result can be kept and saved however low the window is.
        outer.addLayout(bottom_row)

    def _save_button(self) -> tuple[QToolButton, dict[str, QAction]]:
        button = QToolButton()
        button.setObjectName(f"{self._prefix}.save")
        button.setAccessibleName("Save the detections")
        button.setText("Save…")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        titles = {"json": "As JSON…", "coco": "As COCO results…", "picture": "As a picture…"}
        actions = {}
        for kind, title in titles.items():
            action = menu.addAction(title)
            action.setObjectName(f"{self._prefix}.save_{kind}")
            action.setData(kind)
            actions[kind] = action
        button.setMenu(menu)
        return button, actions

    def _button(self, name: str, text: str, title: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"{self._prefix}.{name}")
        button.setAccessibleName(title)
        button.setToolTip(title)
        return button


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("class", "heading")
    return label
