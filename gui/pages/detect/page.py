"""Detect: run a detector, move its thresholds, step through its suppression, keep the result."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QSplitter, QVBoxLayout, QWidget

from engine.api.detection import (
    Detect,
    DetectionResult,
    Detections,
    ReadBoxes,
    SaveDetections,
    Suppressed,
    SuppressionConfig,
)
from gui.bridge.page_request import PageRequest
from gui.document.picture_document import PictureDocument
from gui.pages.detect.inspector import INSPECTOR_WIDTH_PX, Inspector
from gui.pages.detect.presenter import ResultPresenter
from gui.pages.detect.runs import RunMemory, Source, to_shapes
from gui.widgets.canvas import Canvas
from gui.widgets.page_actions import add_page_actions
from gui.widgets.step_player import StepPlayer
from gui.workbench import Workbench

SAVE_FILTERS = {
    "json": "JSON (*.json)",
    "coco": "COCO results (*.json)",
    "picture": "Picture (*.png *.jpg *.webp)",
}
PLAYER_HEIGHT_PX = 280
FIRST_MODEL = "viola-jones-face"
"""Works offline and at once on the first sample picture."""


class DetectPage(QWidget):
    """One picture, one detector; the sliders never run the detector again."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._session = workbench.session
        self._runs = RunMemory()
        self._document: PictureDocument | None = None
        self._detection = PageRequest(workbench.client, self)  # about a document
        self._reading = PageRequest(workbench.client, self, "browse")  # about a document
        self._build()
        self._presenter = ResultPresenter(
            workbench.client, self._canvas, self._inspector.table, self._player, self
        )
        self._connect()
        self._add_actions()
        self._on_models_changed()
        self._on_classes_changed()
        self._on_document_changed()

    def _build(self) -> None:
        self._canvas = Canvas()
        self._canvas.setObjectName("detect.canvas")
        self._canvas.setAccessibleName("Picture with detections")
        self._canvas.set_wheel_zooms(self._workbench.settings.wheel_zooms)
        self._canvas.set_placeholder("No picture is open", "Open one on the Images page.")
        self._player = StepPlayer("nms")
        self._player.hide()
        self._inspector = Inspector("detect")
        self._column = QSplitter(Qt.Orientation.Vertical)
        self._column.addWidget(self._canvas)
        self._column.addWidget(self._player)
        self._column.setStretchFactor(0, 1)
        self._column.setCollapsible(0, False)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("detect.splitter")
        splitter.addWidget(self._column)
        splitter.addWidget(self._inspector)
        splitter.setStretchFactor(0, 1)
        splitter.setCollapsible(0, False)
        splitter.setSizes([960, INSPECTOR_WIDTH_PX])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _connect(self) -> None:
        panel, inspector = self._inspector.model, self._inspector
        self._workbench.models_changed.connect(self._on_models_changed)
        self._workbench.settings.changed.connect(self._on_setting_changed)
        self._session.current_changed.connect(self._on_document_changed)
        self._session.classes_changed.connect(self._on_classes_changed)
        panel.run_wanted.connect(self.run)
        panel.download_wanted.connect(self._workbench.download)
        panel.model_changed.connect(self._on_model_changed)
        inspector.thresholds.config_changed.connect(self._refresh)
        inspector.source.currentIndexChanged.connect(self._refresh)
        inspector.source.activated.connect(self._on_source_chosen)
        inspector.load_boxes.clicked.connect(self._choose_boxes_file)
        inspector.step.toggled.connect(self._on_step_toggled)
        inspector.adopt.clicked.connect(self._adopt)
        for action in inspector.save_actions.values():
            action.triggered.connect(self._choose_save_target)
        self._detection.answered.connect(self._on_detected)
        self._detection.busy_changed.connect(self._show_running)
        self._reading.answered.connect(self._on_boxes_loaded)
        self._presenter.shown_changed.connect(self._on_shown)
        self._canvas.pointer_moved.connect(self._workbench.pointer)

    def _add_actions(self) -> None:
        """Give the window the page's menu entries; QWidget.actions() lists them."""
        entries = (
            ("Run the detector", "Ctrl+Return", self.run),
            ("Step through suppression", "Ctrl+Shift+N", self._inspector.step.toggle),
        )
        add_page_actions(self, entries)

    @property
    def source(self) -> Source:
        """Which boxes are looked at."""
        source: Source = self._inspector.source.currentData()
        return source

    @Slot()
    def run(self) -> None:
        """Run the chosen detector on the picture that is looked at."""
        panel, document = self._inspector.model, self._document
        if document is None or document.picture is None or not panel.is_ready:
            return
        if self._detection.is_busy_about(document):
            return
        request = Detect(
            panel.model_key,
            document.picture.pixels,
            panel.config(),
            panel.weights,
            self._workbench.settings.device,
        )
        # Beside a run on another picture: its boxes will be there when a person comes back.
        self._detection.add(request, about=document)

    @Slot(object, object, object)
    def _on_detected(self, _: Detect, result: DetectionResult, document: PictureDocument) -> None:
        self._runs.put(document, result)
        if document is not self._document:
            return
        device = "CPU" if result.device == "cpu" else result.device
        self._workbench.message.emit(
            f"{len(result.raw)} raw boxes in {result.milliseconds:.0f} ms on {device}"
        )
        self._inspector.source.setCurrentIndex(self._inspector.source.findData("detector"))
        self._refresh()

    @Slot()
    def _show_running(self) -> None:
        self._inspector.model.set_running(self._detection.is_busy_about(self._document))

    @Slot()
    def _on_models_changed(self) -> None:
        wanted = self._workbench.settings.text("detect/model", FIRST_MODEL)
        self._inspector.model.set_models(self._workbench.models_of("detection"), wanted)

    @Slot(str)
    def _on_model_changed(self, key: str) -> None:
        card = self._inspector.model.card
        if card is None:
            return
        self._workbench.settings.set_text("detect/model", key)
        self._inspector.thresholds.set_config(
            SuppressionConfig(score_threshold=card.default_score, iou_threshold=card.default_iou)
        )

    @Slot()
    def _on_classes_changed(self) -> None:
        self._canvas.set_classes(self._session.classes)
        self._canvas.set_class_for_new(self._session.classes[0])

    @Slot(str)
    def _on_setting_changed(self, name: str) -> None:
        if name == "wheel_zooms":
            self._canvas.set_wheel_zooms(self._workbench.settings.wheel_zooms)

    @Slot()
    def _on_document_changed(self) -> None:
        if self._document is not None:
            self._document.shapes_changed.disconnect(self._on_shapes_changed)
        self._document = self._session.current
        if self._document is not None:
            self._document.shapes_changed.connect(self._on_shapes_changed)
        self._canvas.set_document(self._document)
        self._show_running()
        self._refresh()

    @Slot()
    def _on_source_chosen(self) -> None:
        if self.source == "drawn":
            self._canvas.setFocus()  # so that R draws at once

    @Slot()
    def _on_shapes_changed(self) -> None:
        if self.source == "drawn":
            self._refresh()

    @Slot()
    def _refresh(self) -> None:
        raw = self._runs.raw(self._document, self.source)
        self._canvas.set_shapes_visible(self.source != "drawn" or not self._is_stepping)
        self._presenter.present(raw, self._inspector.thresholds.config())

    @property
    def _is_stepping(self) -> bool:
        return self._inspector.step.isChecked()

    @Slot(bool)
    def _on_step_toggled(self, is_stepping: bool) -> None:
        self._player.setVisible(is_stepping)
        if is_stepping:
            height = max(self._column.height(), 2 * PLAYER_HEIGHT_PX)
            self._column.setSizes([height - PLAYER_HEIGHT_PX, PLAYER_HEIGHT_PX])
            self._player.setFocus()
        self._canvas.set_shapes_visible(self.source != "drawn" or not is_stepping)
        self._presenter.set_stepping(is_stepping)

    @Slot(object)
    def _on_shown(self, result: Suppressed | None) -> None:
        inspector = self._inspector
        has_boxes = result is not None and len(result.detections) > 0
        inspector.adopt.setEnabled(has_boxes)
        inspector.save.setEnabled(has_boxes)
        raw = self._presenter.raw
        if raw is None or result is None:
            inspector.count.setText(self._hint())
            self._player.set_empty_text("Nothing to step through yet", self._hint())
        else:
            inspector.count.setText(f"{len(result.detections)} of {len(raw)} raw boxes kept")

    def _hint(self) -> str:
        if self._document is None:
            return "Open a picture on the Images page first."
        hints: dict[Source, str] = {
            "detector": "Press Run to look for objects.",
            "drawn": "Draw boxes with R, then see which survive.",
            "file": "Load boxes from a JSON file to look at them.",
        }
        return hints[self.source]

    @Slot()
    def _adopt(self) -> None:
        shown = self._presenter.shown
        if self._document is None or shown is None:
            return
        self._session.add_classes(dict.fromkeys(shown.detections.labels))
        self._document.add(to_shapes(shown.detections), "Keep detections")
        self._workbench.message.emit(f"{len(shown.detections)} detections are shapes now")

    @Slot()
    def _choose_boxes_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Load boxes", "", "Boxes (*.json)")
        if name:
            self.load_boxes(Path(name))

    def load_boxes(self, path: Path) -> None:
        """Look at boxes that were made elsewhere."""
        if self._document is None:
            self._workbench.problem.emit("Open the picture that the boxes belong to first.")
            return
        document_name = self._document.path.name if self._document.path else None
        self._reading.add(ReadBoxes(path, document_name), about=self._document)

    @Slot(object, object, object)
    def _on_boxes_loaded(
        self, _: ReadBoxes, detections: Detections, document: PictureDocument
    ) -> None:
        self._runs.put_loaded(document, detections)
        if document is not self._document:
            return
        self._inspector.source.setCurrentIndex(self._inspector.source.findData("file"))
        self._refresh()

    @Slot()
    def _choose_save_target(self) -> None:
        sender = self.sender()
        kind = str(sender.data()) if isinstance(sender, QAction) else "json"
        title = Path(self._document.title).stem if self._document else "detections"
        suffix = ".png" if kind == "picture" else ".json"
        start = f"{title}-detections{suffix}"
        name, _ = QFileDialog.getSaveFileName(self, "Save", start, SAVE_FILTERS[kind])
        if name:
            target = Path(name)
            self.save(target if target.suffix else target.with_suffix(suffix), kind == "coco")

    def save(self, target: Path, is_coco: bool = False) -> None:
        """Write what is shown to a file."""
        shown, document = self._presenter.shown, self._document
        if shown is None or document is None or document.picture is None:
            return
        name = document.path.name if document.path else document.title
        pixels = document.picture.pixels
        request = SaveDetections(shown.detections, pixels, name, target, is_coco)
        self._workbench.client.start(request, "browse").succeeded.connect(self._on_saved)

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self._workbench.message.emit(f"Saved {path.name}")
