"""Detect: run a detector, move its thresholds, step through its suppression, keep the result."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Slot

from engine.api.detection import (
    Detect,
    DetectionResult,
    Detections,
    ReadBoxes,
    SaveDetections,
    Suppressed,
)
from gui.bridge.page_request import PageRequest
from gui.document.picture_document import PictureDocument
from gui.pages.detect.boxes import ClassFilter, ShapeBoxes, Source, new_shapes
from gui.pages.detect.inspector import Controls
from gui.pages.detect.presenter import ResultPresenter
from gui.pages.picture_page import ModelChoice, PicturePage, Work
from gui.pages.result_memory import NOBODY, ResultMemory
from gui.widgets.file_dialogs import file_to_open, file_to_save
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
REMEMBERED = 200
"""Raw boxes of so many runs are kept; they have a few hundred kilobytes at most."""
WORK = Work("detect", "Picture with detections", "detection", Detect, REMEMBERED, lambda r: r)
HINTS: dict[Source, str] = {
    "detector": "Press Run to look for objects.",
    "drawn": "Draw boxes with R, then see which survive.",
    "file": "Load boxes from a JSON file to look at them.",
}


class DetectPage(PicturePage[DetectionResult]):
    """One picture, one detector; the sliders never run the detector again."""

    def __init__(self, workbench: Workbench) -> None:
        self._controls = Controls()
        self._drawn, self._filter = ShapeBoxes(), ClassFilter()
        self._player = StepPlayer("nms")
        super().__init__(
            workbench,
            WORK,
            models={"first": ModelChoice(self._controls.model, "detect/model", FIRST_MODEL)},
            inspector=self._controls.groups,
            footer=self._controls.footer,
            below=self._player,
            steps_area="detect",
        )
        self._player.hide()
        self._loaded: ResultMemory[Detections] = ResultMemory(REMEMBERED)
        self._reading = PageRequest(workbench.client, self, "browse")  # about a document
        self._presenter = ResultPresenter(
            workbench.client, self.canvas, self._controls.table, self._player, self
        )
        self._connect_controls()
        entries = (
            ("Run the detector", "Ctrl+Return", self.run),
            ("Step through suppression", "Ctrl+Shift+N", self._controls.step.toggle),
            ("Score of the selected shapes", "Ctrl+Shift+E", self._edit_score),
        )
        add_page_actions(self, entries)
        self._on_classes_changed()
        self.begin()

    def _connect_controls(self) -> None:
        controls = self._controls
        self.session.classes_changed.connect(self._on_classes_changed)
        controls.model.model_changed.connect(self._on_model_changed)
        controls.thresholds.config_changed.connect(self.show_results)
        controls.source.currentIndexChanged.connect(self.show_results)
        controls.source.activated.connect(self._on_source_chosen)
        controls.classes.hidden_changed.connect(self.show_results)
        controls.score.left.connect(self.canvas.setFocus)
        controls.table.row_chosen.connect(self._on_row_chosen)
        controls.load_boxes.clicked.connect(self._choose_boxes_file)
        controls.step.toggled.connect(self._on_step_toggled)
        controls.adopt.clicked.connect(self._adopt)
        for kind, action in controls.save_actions.items():
            action.triggered.connect(partial(self._choose_save_target, kind))
        self._reading.answered.connect(self._on_boxes_loaded)
        self._presenter.shown_changed.connect(self._on_shown)

    def words_of(self, answer: DetectionResult) -> str:
        """Return how many boxes there are, and how long it took."""
        device = "CPU" if answer.device == "cpu" else answer.device
        return f"{len(answer.raw)} raw boxes in {answer.milliseconds:.0f} ms on {device}"

    def on_new_result(self, side: str) -> None:
        """Look at what the detector found."""
        self._controls.choose_source("detector")

    def on_shapes_changed(self) -> None:
        """Drawn boxes are suppressed as they are drawn."""
        if self._controls.chosen_source == "drawn":
            self.show_results()

    def boxes(self) -> Detections | None:
        """Return the raw boxes that are looked at, None where there are none yet."""
        raw = self._all_boxes()
        return None if raw is None else self._filter.left(raw, self._controls.classes.hidden)

    def _all_boxes(self) -> Detections | None:
        """Return the raw boxes of the chosen source, of all classes."""
        source, document = self._controls.chosen_source, self.document
        if document is not None and source == "drawn":
            return self._drawn.boxes(document.shapes)
        if source == "file":
            return self._loaded.get(document, "file", NOBODY)
        result = self.result()
        return result.raw if result is not None else None

    @Slot()
    def show_results(self) -> None:
        """Show the boxes of the chosen source through the thresholds."""
        self._show_shapes()
        self._controls.score.setVisible(self._controls.chosen_source == "drawn")
        self._controls.score.set_document(self.document)
        self._presenter.present(self.boxes(), self._controls.thresholds.config())
        self.steps.show_needs()

    def _show_shapes(self) -> None:
        is_stepping = self._controls.step.isChecked()
        is_drawn = self._controls.chosen_source == "drawn"
        self.canvas.set_shapes_visible(not (is_drawn and is_stepping))

    @Slot()
    def _on_model_changed(self) -> None:
        card = self._controls.model.card
        if card is not None:
            self._controls.thresholds.follow(card)
            self.show_results()

    @Slot()
    def _edit_score(self) -> None:
        """Go to the score of the shapes that are selected."""
        self._controls.choose_source("drawn")
        self._controls.score.take_keys()

    @Slot(int)
    def _on_row_chosen(self, row: int) -> None:
        """Select the drawn shape of a row, so that its score can be changed."""
        shown, document = self._presenter.shown, self.document
        if shown is None or document is None or row < 0:
            return
        if self._controls.chosen_source == "drawn":
            boxes, kept = self._all_boxes(), self._presenter.raw
            if boxes is not None and boxes is kept:
                document.select((int(shown.kept[row]),))

    @Slot()
    def _on_classes_changed(self) -> None:
        self.canvas.set_classes(self.session.classes)
        self.canvas.set_class_for_new(self.session.classes[0])

    @Slot()
    def _on_source_chosen(self) -> None:
        if self._controls.chosen_source == "drawn":
            self.canvas.setFocus()  # so that R draws at once

    @Slot(bool)
    def _on_step_toggled(self, is_stepping: bool) -> None:
        self._player.setVisible(is_stepping)
        self.bar.make_room(is_stepping)  # the table of boxes needs the width
        if is_stepping:
            height = max(self.column.height(), 2 * PLAYER_HEIGHT_PX)
            self.column.setSizes([height - PLAYER_HEIGHT_PX, PLAYER_HEIGHT_PX])
            self._player.setFocus()
        self._show_shapes()
        self._presenter.set_stepping(is_stepping)

    @Slot(object)
    def _on_shown(self, result: Suppressed | None) -> None:
        controls, raw = self._controls, self._presenter.raw
        controls.show_classes(self._all_boxes(), result.detections if result else None)
        has_boxes = result is not None and len(result.detections) > 0
        # Drawn boxes are shapes already; those that survive would be there twice.
        controls.adopt.setEnabled(has_boxes and controls.chosen_source != "drawn")
        controls.save.setEnabled(has_boxes)
        if raw is None or result is None:
            hint = "Open a picture on the Images page first."
            if self.document is not None:
                hint = HINTS[controls.chosen_source]
            controls.count.setText(hint)
            self._player.set_empty_text("Nothing to step through yet", hint)
        else:
            every = self._all_boxes()
            left_out = len(every) - len(raw) if every is not None else 0
            more = f", {left_out} of other classes" if left_out else ""
            controls.count.setText(f"{len(result.detections)} of {len(raw)} raw boxes kept{more}")

    @Slot()
    def _adopt(self) -> None:
        shown, document = self._presenter.shown, self.document
        if document is None or shown is None:
            return
        shapes = new_shapes(shown.detections, document.shapes)
        if not shapes:
            self.workbench.message.emit("All of them are shapes already.")
        self.session.add_classes(dict.fromkeys(shape.label for shape in shapes))
        document.add(shapes, "Keep detections")

    @Slot()
    def _choose_boxes_file(self) -> None:
        path = file_to_open(self, "Load boxes", "JSON (*.json)")
        if path is not None:
            self.load_boxes(path)

    def load_boxes(self, path: Path) -> None:
        """Look at boxes that were made elsewhere."""
        if self.document is None:
            self.workbench.problem.emit("Open the picture that the boxes belong to first.")
            return
        name = self.document.path.name if self.document.path else None
        self._reading.add(ReadBoxes(path, name), about=self.document)

    @Slot(object, object, object)
    def _on_boxes_loaded(self, _: ReadBoxes, boxes: Detections, document: PictureDocument) -> None:
        self._loaded.put(document, "file", NOBODY, boxes)
        if document is self.document:
            self._controls.choose_source("file")
            self.show_results()

    def _choose_save_target(self, kind: str, _checked: bool = False) -> None:
        title = Path(self.document.title).stem if self.document else "detections"
        suffix = ".png" if kind == "picture" else ".json"
        name = f"{title}-detections{suffix}"
        target = file_to_save(self, "Save", name, SAVE_FILTERS[kind])
        if target is not None:
            self.save(target, kind == "coco")

    def save(self, target: Path, is_coco: bool = False) -> None:
        """Write what is shown to a file."""
        shown, document = self._presenter.shown, self.document
        if shown is None or document is None or document.picture is None:
            return
        name = document.path.name if document.path else document.title
        pixels = document.picture.pixels
        request = SaveDetections(shown.detections, pixels, name, target, is_coco)
        self.writing.add(request)
