"""What a data set holds, what is wrong with it, and what augmentation makes of it."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from engine.api.augmentation import AUGMENTATION_PRESETS, Augment, AugmentationConfig
from engine.api.datasets import DatasetReport
from engine.api.traces import BarsMark
from gui.theme import GRID_PX
from gui.widgets.config_form import ConfigForm
from gui.widgets.icons import icon
from gui.widgets.picture_area import PictureArea
from gui.widgets.scroll_column import ScrollColumn
from gui.widgets.trace_bars import TraceBars

FORM_WIDTH_PX = 300


class DataView(QWidget):
    """Two sides of a data set: the report of its check, and its samples augmented."""

    closed = Signal()
    preview_wanted = Signal(object)  # AugmentationConfig
    own_changed = Signal(bool)  # whether runs take these very values

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel()
        self._close = QPushButton("Back to the runs")
        self._summary = QLabel()
        self._findings = QTableWidget()
        self._histogram = TraceBars()
        self._grid = PictureArea()
        self._preview = PictureArea()
        self._form = ConfigForm("train.augmentation")
        self._own = QCheckBox("Train with these values")
        self._tabs = QTabWidget()
        self._build()
        self._close.clicked.connect(self.closed)
        self._form.config_changed.connect(self.preview_wanted)
        self._own.toggled.connect(self.own_changed)
        self._tabs.currentChanged.connect(self._on_tab)

    def _build(self) -> None:
        self._title.setProperty("class", "title")
        self._close.setObjectName("train.close_report")
        self._close.setAccessibleName("Back to the runs")
        self._summary.setObjectName("train.report")
        self._summary.setWordWrap(True)
        self._grid.setObjectName("train.report.samples")
        self._preview.setObjectName("train.augmentation.picture")
        self._histogram.setObjectName("train.report.classes")
        self._tabs.setObjectName("train.data_tabs")
        self._tabs.addTab(self._check_tab(), "Check")
        self._tabs.addTab(self._augmentation_tab(), "Augmentation")
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, 2 * GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(head)
        layout.addWidget(self._tabs, 1)

    def _check_tab(self) -> QWidget:
        table = self._findings
        table.setObjectName("train.report.findings")
        table.setAccessibleName("What was found")
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setColumnCount(2)
        table.setHorizontalHeaderLabels(["Where", "What"])
        table.horizontalHeader().setStretchLastSection(True)
        table.verticalHeader().hide()
        page, lower = QWidget(), QSplitter(Qt.Orientation.Horizontal)
        lower.addWidget(self._grid)
        lower.addWidget(self._histogram)
        lower.setSizes([300, 300])
        layout = QVBoxLayout(page)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._summary)
        layout.addWidget(table, 1)
        layout.addWidget(lower, 2)
        return page

    def _augmentation_tab(self) -> QWidget:
        self._form.set_config_type(AugmentationConfig)
        note = QLabel(
            "Each row is one sample: as it is, then as a run may see it. A run takes the preset "
            "of its setting Augment, or these very values where that is ticked."
        )
        note.setProperty("class", "caption")
        note.setWordWrap(True)
        left, controls = QWidget(), QWidget()
        picture = QVBoxLayout(left)
        picture.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        picture.addWidget(note)
        picture.addWidget(self._preview, 1)
        column = QVBoxLayout(controls)
        column.setContentsMargins(0, GRID_PX, GRID_PX, GRID_PX)
        presets = QHBoxLayout()
        for name in AUGMENTATION_PRESETS:
            button = QPushButton(name.capitalize())
            button.setObjectName(f"train.augmentation.{name}")
            button.setAccessibleName(f"Augmentation preset {name}")
            button.clicked.connect(partial(self._take_preset, name))
            presets.addWidget(button)
        self._own.setObjectName("train.augmentation.own")
        self._own.setAccessibleName(self._own.text())
        self._own.setToolTip("In place of the preset that the setting Augment names")
        column.addLayout(presets)
        column.addWidget(self._own)
        column.addWidget(self._form)
        column.addStretch(1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(left)
        splitter.addWidget(ScrollColumn(controls))
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([400, FORM_WIDTH_PX])
        return splitter

    @property
    def augmentation(self) -> AugmentationConfig | None:
        """What a run is to take in place of its preset; None where that is not ticked.

        Raises:
            ConfigError: values that exclude each other.
        """
        config: AugmentationConfig | None = self._form.config() if self._own.isChecked() else None
        return config

    def begin(self, title: str, preset: Any) -> None:
        """Show that a data set is looked at; `preset` names the run's augmentation."""
        self._title.setText(f"Data: {title}")
        self._summary.setText("Looking at the samples…")
        self._findings.setRowCount(0)
        self._findings.hide()
        self._histogram.hide()
        self._grid.set_pixels(None)
        self._preview.set_pixels(None)
        if not self._own.isChecked():
            self._form.set_config(AUGMENTATION_PRESETS[preset])
        self._tabs.setCurrentIndex(0)

    def set_report(self, report: DatasetReport) -> None:
        """Show what a check has found."""
        sign = "Ready to train on." if report.is_usable else "Not ready to train on."
        self._summary.setText(f"{sign} {report.summary}")
        self._grid.set_pixels(report.grid)
        table = self._findings
        table.setRowCount(len(report.findings))
        for row, finding in enumerate(report.findings):
            where = QTableWidgetItem(finding.file or finding.kind)
            what = QTableWidgetItem(finding.text)
            name, role = (
                ("alert-circle-outline", "danger")
                if finding.is_error
                else ("information-outline", "muted")
            )
            where.setIcon(icon(name, role))
            what.setToolTip(finding.text)
            for column, item in enumerate((where, what)):
                table.setItem(row, column, item)
        table.resizeColumnToContents(0)
        table.setVisible(bool(report.findings))
        counts = [split.class_counts for split in report.splits if split.class_counts]
        self._histogram.setVisible(bool(counts and report.classes))
        if counts and report.classes:
            totals = np.sum(np.array(counts, float), axis=0)
            title = f"{report.unit.capitalize()} of each class"
            self._histogram.set_mark(BarsMark(report.classes, totals, title))

    def set_problem(self, text: str) -> None:
        """Say why there is no report."""
        self._summary.setText(text)

    def set_preview(self, pixels: NDArray[np.uint8]) -> None:
        """Show samples before and after augmentation, RGB (H, W, 3)."""
        self._preview.set_pixels(pixels)

    @Slot(int)
    def _on_tab(self, index: int) -> None:
        if index == 1:
            self.preview_wanted.emit(self._form.config())

    def _take_preset(self, name: Augment, _is_checked: bool = False) -> None:
        config = AUGMENTATION_PRESETS[name]
        self._form.set_config(config)
        self.preview_wanted.emit(config)
