"""How answers are looked at: as classes, as a map of one number, or by their errors."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from gui.pages.segment.heat_scale import HeatScale
from gui.pages.segment.marks import View, ViewKind
from gui.theme import GRID_PX
from gui.widgets.class_legend import ClassLegend
from gui.widgets.fraction_slider import fraction_slider
from gui.widgets.named import caption, heading, named, push_button

TITLES: dict[ViewKind, str] = {
    "classes": "Classes",
    "probability": "Probability of the chosen class",
    "entropy": "Entropy: where it is unsure",
    "truth": "True classes (T)",
    "errors": "Errors against the truth (E)",
}


class ViewPanel(QWidget):
    """Edits a View; every movement of a slider is a new one."""

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = named(QComboBox(), "segment.view", "What to draw")
        for kind, title in TITLES.items():
            self._kind.addItem(title, kind)
        self._opacity = fraction_slider("segment.opacity", "Opacity")
        self._threshold_title = QLabel("Above")
        self._threshold = fraction_slider("segment.threshold", "Probability threshold")
        self._opacity.setValue(0.5)
        self._outlines = named(QCheckBox("Outlines"), "segment.outlines", "Outlines of the classes")
        self._outlines.setChecked(True)
        self.scale = named(HeatScale(), "segment.scale", "Colours of the map")
        self.map_text = caption(name="segment.map_text")
        self.legend = named(ClassLegend(), "segment.legend", "Classes and their numbers")
        self._all = push_button("segment.show_all", "All", "Show every class")
        self._none = push_button("segment.hide_all", "None", "Hide every class")
        self._only = push_button("segment.solo", "Only this", "Show the chosen class alone (S)")
        self._build()
        self._connect()
        self._show_controls()

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID_PX)
        grid.setVerticalSpacing(GRID_PX)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._kind, 0, 0, 1, 2)
        grid.addWidget(QLabel("Opacity"), 1, 0)
        grid.addWidget(self._opacity, 1, 1)
        grid.addWidget(self._threshold_title, 2, 0)
        grid.addWidget(self._threshold, 2, 1)
        grid.addWidget(self.scale, 3, 0, 1, 2)
        grid.addWidget(self.map_text, 4, 0, 1, 2)
        grid.addWidget(self._outlines, 5, 0, 1, 2)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX)
        for button in (self._all, self._none, self._only):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(grid)
        layout.addSpacing(GRID_PX)
        layout.addWidget(heading("Classes"))
        layout.addWidget(self.legend)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self._kind.currentIndexChanged.connect(self._on_kind)
        self._opacity.valueChanged.connect(self.view_changed)
        self._threshold.valueChanged.connect(self.view_changed)
        self._outlines.toggled.connect(self.view_changed)
        self.legend.hidden_changed.connect(self.view_changed)
        self.legend.class_chosen.connect(self.view_changed)
        self.legend.pointed.connect(self.view_changed)
        self._all.clicked.connect(self.legend.show_all)
        self._none.clicked.connect(self.legend.hide_all)
        self._only.clicked.connect(self._on_only)

    def view(self) -> View:
        """Return what the controls say."""
        return View(
            kind=self.kind,
            opacity=float(self._opacity.value()),
            has_outlines=self._outlines.isChecked(),
            threshold=round(float(self._threshold.value()), 3),
            class_name=self.legend.current,
            hidden=self.legend.hidden,
            lit=self.legend.pointed_at,
        )

    @property
    def kind(self) -> ViewKind:
        """What is drawn."""
        kind: ViewKind = self._kind.currentData()
        return kind

    def choose(self, kind: ViewKind) -> None:
        """Draw something else."""
        self._kind.setCurrentIndex(self._kind.findData(kind))

    def toggle(self, kind: ViewKind) -> None:
        """Draw something else, or the classes again: to and fro the two can be compared."""
        self.choose("classes" if self.kind == kind else kind)

    @Slot()
    def _on_kind(self) -> None:
        # A map is read by its colours, classes by the picture behind them.
        with QSignalBlocker(self._opacity):
            self._opacity.setValue(0.5 if self.kind in ("classes", "truth") else 0.8)
        self._show_controls()
        self.view_changed.emit()

    @Slot()
    def _on_only(self) -> None:
        self.legend.solo(self.legend.current)

    def _show_controls(self) -> None:
        for part in (self._threshold_title, self._threshold):
            part.setVisible(self.kind == "probability")
        self.scale.setVisible(self.kind in ("probability", "entropy"))
        self.map_text.setVisible(self.kind != "classes")
        self._outlines.setVisible(self.kind == "classes")
