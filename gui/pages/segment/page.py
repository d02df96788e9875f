"""Segment: the class of every pixel, one segmenter or two, with their scores and their steps."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFileDialog, QSplitter, QTabWidget, QVBoxLayout, QWidget

from engine.api.annotations import Point
from engine.api.segmentation import (
    FolderReport,
    SaveSegmentation,
    Segment,
    SegmentationResult,
    SegmentFolder,
)
from gui.bridge.engine_task import EngineTask
from gui.document.picture_document import PictureDocument
from gui.pages.segment.answers import SIDES, Answer, AnswerMemory, Side
from gui.pages.segment.inspector import WIDTH_PX, Inspector
from gui.pages.segment.presenter import AnswerPresenter
from gui.pages.segment.truth import TruthFinder
from gui.pages.segment.words import (
    columns,
    compared_words,
    error_words,
    map_words,
    run_words,
    score_words,
)
from gui.pages.steps import StepsTab
from gui.widgets.canvas import Canvas
from gui.widgets.model_panel import ModelPanel
from gui.widgets.named import named
from gui.widgets.page_actions import add_page_actions
from gui.widgets.split_handle import SplitHandle
from gui.workbench import Workbench

FIRST_MODELS: dict[Side, str] = {"first": "deeplabv3plus", "second": "unet"}
MASK_FILES = "Masks (*.png *.bmp *.tif *.tiff *.gif)"


class SegmentPage(QWidget):
    """One picture; networks run when asked, everything else acts on their answers."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench, self._session = workbench, workbench.session
        self._memory = AnswerMemory()
        self._document: PictureDocument | None = None
        self._running: dict[Side, EngineTask] = {}
        self._readout = ""
        self._build()
        self._presenter = AnswerPresenter(workbench.client, self._canvas, self)
        self._truth = TruthFinder(workbench.client, self)
        self._connect()
        self._add_actions()
        self._on_models_changed()
        self._on_document_changed()

    def _build(self) -> None:
        self._canvas = named(Canvas(), "segment.canvas", "Picture with its classes")
        self._canvas.set_editable(False)
        self._canvas.set_shapes_visible(False)
        self._canvas.set_wheel_zooms(self._workbench.settings.wheel_zooms)
        self._canvas.set_placeholder("No picture is open", "Open one on the Images page.")
        self._split = SplitHandle(self._canvas)
        self._inspector = Inspector()
        self._panels: dict[Side, ModelPanel] = {
            "first": self._inspector.model,
            "second": self._inspector.second,
        }
        self.steps = StepsTab(self._workbench, "segment")
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("segment.splitter")
        splitter.addWidget(self._canvas)
        splitter.addWidget(self._inspector)
        splitter.setStretchFactor(0, 1)
        splitter.setCollapsible(0, False)
        splitter.setSizes([940, WIDTH_PX])
        self.tabs = named(QTabWidget(), "segment.tabs", "Parts of the page")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(splitter, "Picture")
        self.tabs.addTab(self.steps, "Steps")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tabs)

    def _connect(self) -> None:
        inspector = self._inspector
        self._workbench.models_changed.connect(self._on_models_changed)
        self._workbench.settings.changed.connect(self._on_setting_changed)
        self._session.current_changed.connect(self._on_document_changed)
        for side, panel in self._panels.items():
            panel.setProperty("side", side)
            panel.run_wanted.connect(self._on_run_wanted)
            panel.download_wanted.connect(self._workbench.download)
            panel.model_changed.connect(self._on_model_changed)
        inspector.compares.toggled.connect(self._on_compares)
        inspector.view.view_changed.connect(self._on_view_changed)
        inspector.truth.currentIndexChanged.connect(self._find_truth)
        inspector.load_truth.clicked.connect(self._choose_truth)
        inspector.save.clicked.connect(self._choose_save_folder)
        inspector.folder.clicked.connect(self._choose_folders)
        self._presenter.numbers_changed.connect(self._show_numbers)
        self._truth.found.connect(self._on_truth)
        self._truth.problem.connect(self._inspector.scores.setText)
        self._split.moved.connect(self._presenter.set_split)
        self._canvas.pointer_moved.connect(self._on_readout)
        self._canvas.pointer_at.connect(self._on_pointer)

    def _add_actions(self) -> None:
        """Give the window the page's menu entries; QWidget.actions() lists them."""
        entries = (
            ("Run the segmenters", "Ctrl+Return", self.run_all),
            ("Compare two segmenters", "Ctrl+Shift+C", self._inspector.compares.toggle),
        )
        add_page_actions(self, entries)

    @Slot()
    def run_all(self) -> None:
        """Run every segmenter that is chosen."""
        for side in SIDES:
            if side == "first" or self._inspector.compares.isChecked():
                self.run(side)

    @Slot()
    def _on_run_wanted(self) -> None:
        self.run(self.sender().property("side"))

    def run(self, side: Side = "first") -> None:
        """Run a chosen segmenter on the picture that is looked at."""
        panel, document = self._panels[side], self._document
        if document is None or document.picture is None or not panel.run_button.isEnabled():
            return
        request = Segment(
            panel.model_key,
            document.picture.pixels,
            panel.config(),
            panel.weights,
            self._workbench.settings.device,
        )
        task = self._running[side] = self._workbench.client.start(request)
        task.setProperty("document", document)
        task.setProperty("side", side)
        task.succeeded.connect(self._on_segmented)
        task.ended.connect(self._on_run_ended)
        panel.set_running(True)

    @Slot(object)
    def _on_segmented(self, result: SegmentationResult) -> None:
        task = self.sender()
        self._memory.put(task.property("document"), task.property("side"), result)
        self._workbench.message.emit(run_words(result))
        self._refresh()

    def answer(self, side: Side) -> Answer | None:
        """What is shown of a side; None before its segmenter has run on this picture."""
        return self._presenter.answer(side)

    @Slot()
    def _on_run_ended(self) -> None:
        side: Side = self.sender().property("side")
        self._running.pop(side, None)
        self._panels[side].set_running(False)

    @Slot()
    def _on_models_changed(self) -> None:
        cards = self._workbench.models_of("segmentation")
        for side, panel in self._panels.items():
            wanted = self._workbench.settings.text(f"segment/{side}", FIRST_MODELS[side])
            panel.set_models(cards, wanted)
        self.steps.set_traces(self._workbench.traces)

    @Slot(str)
    def _on_model_changed(self, key: str) -> None:
        if key:
            self._workbench.settings.set_text(f"segment/{self.sender().property('side')}", key)

    @Slot(str)
    def _on_setting_changed(self, name: str) -> None:
        if name == "wheel_zooms":
            self._canvas.set_wheel_zooms(self._workbench.settings.wheel_zooms)

    @Slot(bool)
    def _on_compares(self, compares: bool) -> None:
        self._inspector.second.setVisible(compares)
        self._refresh()

    @Slot()
    def _on_document_changed(self) -> None:
        if self._document is not None:
            self._document.shapes_changed.disconnect(self._on_shapes_changed)
        self._document = self._session.current
        if self._document is not None:
            self._document.shapes_changed.connect(self._on_shapes_changed)
        self._canvas.set_document(self._document)
        self._refresh()

    @Slot()
    def _on_shapes_changed(self) -> None:
        if self._inspector.truth_source == "drawn":
            self._find_truth()

    @Slot()
    def _refresh(self) -> None:
        """Show what is known of the picture that is looked at."""
        first = self._memory.get(self._document, "first")
        compares = self._inspector.compares.isChecked()
        second = self._memory.get(self._document, "second") if compares else None
        known = [answer.result for answer in (first, second) if answer is not None]
        classes = dict.fromkeys(name for result in known for name in result.classes)
        self._inspector.view.legend.set_classes(tuple(classes))
        self._presenter.set_answers(first, second)
        self._on_view_changed()
        self._split.set_shown(self._presenter.is_split)
        if first is not None and second is not None:
            self._split.set_names(first.result.weights, second.result.weights)
        self._find_truth(only_missing=True)
        self._inspector.save.setEnabled(first is not None)
        self._show_numbers()
        self._on_pointer(None)

    @Slot()
    def _on_view_changed(self) -> None:
        self._presenter.set_view(self._inspector.view.view())
        self._show_numbers()

    def _find_truth(self, index: int = -1, only_missing: bool = False) -> None:
        del index  # of the list of sources
        if self._document is None:
            return
        for side in SIDES:
            answer = self._presenter.answer(side)
            if answer is not None and not (only_missing and answer.truth is not None):
                self._truth.ask(self._document, side, answer, self._inspector.truth_source)
        self._show_numbers()
        self._presenter.draw()

    @Slot(str)
    def _on_truth(self, side: Side) -> None:
        self._presenter.score(side)

    @Slot()
    def _choose_truth(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Load a mask", "", MASK_FILES)
        if name:
            self.load_truth(Path(name))

    def load_truth(self, path: Path) -> None:
        """Compare with a mask from a file."""
        if self._document is None:
            self._workbench.problem.emit("Open the picture that the mask belongs to first.")
            return
        self._truth.set_file(self._document, path)
        combo = self._inspector.truth
        if combo.currentData() != "file":
            combo.setCurrentIndex(combo.findData("file"))
        else:
            self._find_truth()

    @Slot()
    def _show_numbers(self) -> None:
        view, inspector = self._inspector.view.view(), self._inspector
        first, second = (self._presenter.answer(side) for side in SIDES)
        inspector.view.legend.set_columns(columns(first, second))
        answers = [answer for answer in (first, second) if answer is not None]
        scored = [answer for answer in answers if answer.scores is not None]
        if scored and scored[0].scores is not None:
            lines = [score_words(answer) for answer in scored]
            inspector.scores.setText("\n".join([*lines, compared_words(scored[0].scores)]))
        elif not answers:
            inspector.scores.setText("Scores appear once the picture is segmented.")
        texts = []
        for answer in answers:
            if answer.map is not None and answer.map_of == view.map_key and view.map_key:
                texts.append(map_words(view, answer.map))
                high = answer.map.limits[1]
                inspector.view.scale.set_texts("0", f"{high:.2f} bits" if high > 1 else "1")
            elif view.kind == "errors" and answer.scores is not None:
                texts.append(error_words(answer.scores))
        if view.kind == "errors" and not texts:
            texts = ["Errors need the true classes: see Ground truth below."]
        inspector.view.map_text.setText("\n".join(texts))

    @Slot(str)
    def _on_readout(self, text: str) -> None:
        self._readout = text
        self._workbench.pointer.emit(text)

    @Slot(object)
    def _on_pointer(self, at: Point | None) -> None:
        """Show the probabilities under the pointer, of the answer that is drawn there."""
        first, second = (self._presenter.answer(side) for side in SIDES)
        answer = first or second
        if at is not None and first is not None and second is not None:
            left = self._split.share * first.result.extent_xyxy[2]
            answer = first if at[0] < left else second
        scores = answer.result.scores_at(*at) if answer is not None and at is not None else None
        legend = self._inspector.view.legend
        if scores is None or answer is None:
            legend.set_scores({})
            return
        classes = answer.result.classes
        legend.set_scores(dict(zip(classes, scores.tolist(), strict=True)))
        best = int(scores.argmax())
        self._workbench.pointer.emit(f"{self._readout} | {classes[best]} {scores[best]:.2f}")

    @Slot()
    def _choose_save_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Save the class mask and the overlay in")
        if name:
            self.save(Path(name))

    def save(self, folder: Path) -> None:
        """Write the class mask and the overlay, as it is shown, of the first answer."""
        answer, document = self._presenter.answer("first"), self._document
        if answer is None or document is None or document.picture is None:
            return
        view = self._inspector.view.view()
        request = SaveSegmentation(
            answer.result,
            document.picture.pixels,
            folder,
            Path(document.title).stem,
            view.opacity if view.kind == "classes" else 0.5,
            tuple(sorted(view.hidden)),
        )
        self._workbench.client.start(request, "browse").succeeded.connect(self._on_saved)

    @Slot(object)
    def _on_saved(self, paths: tuple[Path, ...]) -> None:
        self._workbench.message.emit("Saved " + " and ".join(path.name for path in paths))

    @Slot()
    def _choose_folders(self) -> None:
        source = QFileDialog.getExistingDirectory(self, "Segment the pictures in")
        if not source:
            return
        target = QFileDialog.getExistingDirectory(self, "Save masks and overlays in", source)
        if target:
            self.run_on_folder(Path(source), Path(target))

    def run_on_folder(self, source: Path, target: Path) -> None:
        """Segment and save every picture of a folder; progress and Cancel are the task bar's."""
        panel = self._inspector.model
        if not panel.run_button.isEnabled():
            self._workbench.problem.emit("The segmenter has no weights yet; choose another one.")
            return
        request = SegmentFolder(
            source,
            target,
            panel.model_key,
            panel.config(),
            panel.weights,
            self._workbench.settings.device,
        )
        self._workbench.client.start(request).succeeded.connect(self._on_folder)

    @Slot(object)
    def _on_folder(self, report: FolderReport) -> None:
        count = len(report.pictures)
        self._workbench.message.emit(
            f"{count} picture{'s' if count != 1 else ''} segmented into {report.target.name}"
        )
        if report.problems:
            more = f" (and {len(report.problems) - 1} more)" if len(report.problems) > 1 else ""
            self._workbench.problem.emit(f"Left out: {report.problems[0]}{more}")
