"""What is done with what was found: followed, counted, filtered, hidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.api.live_analysis import (
    OFFERED_PRIVATE_CLASSES,
    AnalysisConfig,
    Anchor,
    FrameAnalysis,
    PrivacyConfig,
    PrivacyMethod,
    TrackingConfig,
)
from gui.pages.live.region_panel import RegionPanel
from gui.theme import GRID_PX
from gui.widgets.class_legend import ClassLegend
from gui.widgets.named import heading, named
from gui.widgets.swatch_table import swatch

ANCHOR_TITLES: dict[Anchor, str] = {
    "centre": "Middle of the box counts",
    "bottom": "Foot of the box counts",
}
METHOD_TITLES: dict[PrivacyMethod, str] = {
    "pixelate": "Pixelate",
    "blur": "Blur",
    "fill": "Fill with one colour",
}
SHOWN, PRIVATE = 1, 2


class AnalysisPanel(QWidget):
    """Edits an AnalysisConfig; every change is told at once."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tracking = named(QCheckBox("Follow objects"), "live.tracking", "Follow objects")
        self._tracking.setChecked(True)
        self._anchor = named(QComboBox(), "live.anchor", "Which place of a box counts")
        for anchor, title in ANCHOR_TITLES.items():
            self._anchor.addItem(title, anchor)
        self.regions = RegionPanel()
        self._classes = named(QTreeWidget(), "live.classes", "Classes: which are shown and hidden")
        self.legend = named(ClassLegend(), "live.legend", "Classes of the pixels and their areas")
        self._counting, self._is_segmenting = QWidget(), False
        self._method = named(QComboBox(), "live.privacy_method", "How private classes are hidden")
        for method, title in METHOD_TITLES.items():
            self._method.addItem(title, method)
        self._build()
        self._connect()
        self.add_classes(OFFERED_PRIVATE_CLASSES)

    def _build(self) -> None:
        self._classes.setHeaderLabels(["Class", "Show", "Hide in picture"])
        self._classes.setRootIsDecorated(False)
        self._classes.setFixedHeight(5 * 26 + 34)
        header = self._classes.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        counting = _column(self._counting)
        counting.addWidget(heading("Following and counting"))
        counting.addWidget(self._tracking)
        counting.addWidget(self._anchor)
        counting.addWidget(self.regions)
        counting.addSpacing(GRID_PX)
        layout = _column(self)
        layout.addWidget(self._counting)
        layout.addWidget(heading("Classes and privacy"))
        layout.addWidget(self.legend)
        layout.addWidget(self._classes)
        layout.addWidget(self._method)

    def _connect(self) -> None:
        self._tracking.toggled.connect(self.changed)
        self._anchor.currentIndexChanged.connect(self.changed)
        self._method.currentIndexChanged.connect(self.changed)
        self._classes.itemChanged.connect(self._on_class_changed)
        self.regions.changed.connect(self.changed)
        self.legend.hidden_changed.connect(self.changed)
        self.set_segmenting(False)

    def set_segmenting(self, is_segmenting: bool) -> None:
        """Offer what acts on the class of every pixel, or what acts on boxes."""
        before = self.config()
        self._is_segmenting = is_segmenting
        self.legend.setVisible(is_segmenting)
        self._counting.setVisible(not is_segmenting)
        self._classes.setColumnHidden(SHOWN, is_segmenting)
        self._show_rows()
        if self.config() != before:
            self.changed.emit()

    def show_areas(self, classes: tuple[str, ...], areas: Mapping[str, float]) -> None:
        """Show which part of a frame each class covers."""
        before = self.config()
        self.legend.set_classes(classes)
        if self.config() != before:  # another model: what is shown has other names
            self.changed.emit()
        texts = {name: f"{100 * share:.1f} %" for name, share in areas.items()}
        self.legend.set_columns([("Area", texts, "Share of the frame")])

    @property
    def private_classes(self) -> tuple[str, ...]:
        """Classes that are hidden on frames.

        Rows that are not listed too: a detector goes on until a segmenter is loaded.
        """
        rows = self._class_rows()
        return tuple(
            row.text(0) for row in rows if row.checkState(PRIVATE) == Qt.CheckState.Checked
        )

    def config(self) -> AnalysisConfig:
        """Return what the controls say."""
        rows = self._class_rows()
        on = Qt.CheckState.Checked
        shown: tuple[str, ...] | None = None
        if self._is_segmenting and self.legend.hidden:
            shown = tuple(name for name in self.legend.classes if name not in self.legend.hidden)
        elif not self._is_segmenting and any(row.checkState(SHOWN) != on for row in rows):
            shown = tuple(row.text(0) for row in rows if row.checkState(SHOWN) == on)
        return AnalysisConfig(
            tracking=TrackingConfig() if self._tracking.isChecked() else None,
            anchor=self._anchor.currentData(),
            zones=self.regions.zones,
            lines=self.regions.lines,
            shown_classes=shown,
            private_classes=self.private_classes,
            privacy=PrivacyConfig(method=self._method.currentData()),
        )

    def add_classes(self, names: Iterable[str]) -> None:
        """Offer further classes, shown and not hidden."""
        known = {row.text(0) for row in self._class_rows()}
        fresh = [name for name in dict.fromkeys(names) if name not in known]
        if not fresh:
            return
        before = self.config()
        with QSignalBlocker(self._classes):
            for name in fresh:
                row = QTreeWidgetItem(self._classes, [name])
                row.setIcon(0, swatch(name))
                row.setCheckState(SHOWN, Qt.CheckState.Checked)
                row.setCheckState(PRIVATE, Qt.CheckState.Unchecked)
            self._show_rows()
        if self.config() != before:
            self.changed.emit()

    def _show_rows(self) -> None:
        """List what can be hidden: beside a segmenter only what has a detector of its own."""
        for row in self._class_rows():
            is_offered = row.text(0) in OFFERED_PRIVATE_CLASSES
            row.setHidden(self._is_segmenting and not is_offered)

    def _class_rows(self) -> list[QTreeWidgetItem]:
        return _rows(self._classes)

    def show_counts(self, analysis: FrameAnalysis) -> None:
        """Show the counts of a frame, and the classes that its model knows."""
        self.add_classes(analysis.tracked.detections.categories)
        self.regions.show_counts(analysis)

    @Slot(QTreeWidgetItem, int)
    def _on_class_changed(self, row: QTreeWidgetItem, column: int) -> None:
        if column:
            self.changed.emit()


def _column(parent: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GRID_PX)
    return layout


def _rows(tree: QTreeWidget) -> list[QTreeWidgetItem]:
    found = (tree.topLevelItem(index) for index in range(tree.topLevelItemCount()))
    return [row for row in found if row is not None]
