"""The right-hand side of the Segment page: models, view, classes, scores, files."""

from __future__ import annotations

from typing import Literal

from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from gui.pages.segment.view_panel import ViewPanel
from gui.theme import GRID_PX
from gui.widgets.model_panel import ModelPanel
from gui.widgets.named import caption, heading, named, push_button
from gui.widgets.scroll_column import ScrollColumn

TruthSource = Literal["beside", "file", "drawn"]
TRUTH_TITLES: dict[TruthSource, str] = {
    "beside": "Mask beside the picture",
    "file": "Mask from a file",
    "drawn": "Shapes drawn on the picture",
}
WIDTH_PX = 360


class Inspector(QWidget):
    """Holds the controls; the page connects them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ModelPanel("segment", "Segmenter")
        self.compares = named(
            QCheckBox("Compare with a second segmenter"),
            "segment.compare",
            "Compare with a second segmenter",
        )
        self.second = ModelPanel("segment.second", "Second segmenter")
        self.second.hide()
        self.view = ViewPanel()
        self.truth = named(QComboBox(), "segment.truth", "Where the true classes come from")
        for source, title in TRUTH_TITLES.items():
            self.truth.addItem(title, source)
        self.load_truth = push_button("segment.load_truth", "Load…", "Load a mask from a file")
        self.scores = caption(name="segment.scores")
        self.save = push_button("segment.save", "Save…", "Save the class mask and the overlay")
        self.folder = push_button(
            "segment.folder", "Run on a folder…", "Segment and save every picture of a folder"
        )
        self._build()

    def _build(self) -> None:
        truth_row = QHBoxLayout()
        truth_row.addWidget(self.truth, 1)
        truth_row.addWidget(self.load_truth)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        bottom.setSpacing(GRID_PX)
        bottom.addWidget(self.save)
        bottom.addWidget(self.folder, 1)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(GRID_PX)
        groups: tuple[tuple[str, tuple[QWidget | QHBoxLayout, ...]], ...] = (
            ("Segmenter", (self.model, self.compares, self.second)),
            ("View", (self.view,)),
            ("Ground truth", (truth_row, self.scores)),
        )
        for title, parts in groups:
            layout.addWidget(heading(title))
            for part in parts:
                if isinstance(part, QWidget):
                    layout.addWidget(part)
                else:
                    layout.addLayout(part)
            layout.addSpacing(GRID_PX)
        layout.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(ScrollColumn(content), 1)
        # Below what scrolls: the result can be saved however low the window is.
        outer.addLayout(bottom)

    @property
    def truth_source(self) -> TruthSource:
        """Where the true classes come from."""
        source: TruthSource = self.truth.currentData()
        return source
