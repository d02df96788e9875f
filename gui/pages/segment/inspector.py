"""The right-hand side of the Segment page: models, view, classes, scores, files."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from gui.pages.segment.answers import TruthSource
from gui.pages.segment.view_panel import ViewPanel
from gui.widgets.inspector import Group
from gui.widgets.model_panel import ModelPanel
from gui.widgets.named import caption, named, push_button

TRUTH_TITLES: dict[TruthSource, str] = {
    "beside": "Mask beside the picture",
    "file": "Mask from a file",
    "drawn": "Shapes drawn on the picture",
}


class Controls:
    """Makes the controls; the page connects them."""

    def __init__(self) -> None:
        self.model = ModelPanel("segment", "Segmenter")
        title = "Compare with a second segmenter"
        self.compares = named(QCheckBox(title), "segment.compare", title)
        self.second = ModelPanel("segment.second", "Second segmenter")
        self.second.hide()
        title = "Run by itself"
        self.runs_itself = named(QCheckBox(title), "segment.runs_itself", title)
        self.runs_itself.setToolTip("Run on every picture that is opened, model and option chosen")
        self.view = ViewPanel()
        self.truth = named(QComboBox(), "segment.truth", "Where the true classes come from")
        for source, words in TRUTH_TITLES.items():
            self.truth.addItem(words, source)
        self.load_truth = push_button("segment.load_truth", "Load…", "Load a mask from a file")
        self.scores = caption(name="segment.scores")
        self.confusion = push_button(
            "segment.confusion", "Confusion matrix…", "Which classes are taken for which"
        )
        self.confusion.setEnabled(False)  # until there are scores
        self.save = push_button("segment.save", "Save…", "Save the class mask and the overlay")
        self.folder = push_button(
            "segment.folder", "Run on a folder…", "Segment and save every picture of a folder"
        )

    @property
    def groups(self) -> tuple[Group, ...]:
        """What scrolls, in its order."""
        return (
            ("Segmenter", (self.model, self.runs_itself, self.compares, self.second)),
            ("View", (self.view,)),
            ("Ground truth", ((self.truth, self.load_truth), self.scores, self.confusion)),
        )

    @property
    def footer(self) -> tuple[QWidget, ...]:
        """What can be done with the result."""
        return (self.save, self.folder)

    @property
    def truth_source(self) -> TruthSource:
        """Where the true classes come from."""
        source: TruthSource = self.truth.currentData()
        return source
