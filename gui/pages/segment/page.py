"""Segment: the class of every pixel, one segmenter or two, with their scores and their steps."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot

from engine.api.annotations import Point
from engine.api.segmentation import (
    FolderReport,
    SaveSegmentation,
    Segment,
    SegmentationResult,
    SegmentFolder,
)
from gui.bridge.page_request import PageRequest
from gui.pages.picture_page import ModelChoice, PicturePage, Work
from gui.pages.segment.answers import SIDES, Answer
from gui.pages.segment.confusion import ConfusionDialog
from gui.pages.segment.inspector import Controls
from gui.pages.segment.presenter import AnswerPresenter
from gui.pages.segment.split_handle import SplitHandle
from gui.pages.segment.truth import TruthFinder
from gui.pages.segment.words import columns, map_texts, run_words, score_text
from gui.widgets.file_dialogs import file_to_open, folder_to_open, folder_to_save
from gui.widgets.page_actions import add_page_actions
from gui.workbench import Workbench

MASK_FILES = "Masks (*.png *.bmp *.tif *.tiff *.gif)"
SAVED_ENDS = ("classes.png", "classes.txt", "overlay.png")
REMEMBERED = 16
"""So many answers are kept; of a large picture one has 100 megabytes and more."""
WORK = Work("segment", "Picture with its classes", "segmentation", Segment, REMEMBERED, Answer)


class SegmentPage(PicturePage[Answer]):
    """One picture; networks run when asked, everything else acts on their answers."""

    def __init__(self, workbench: Workbench) -> None:
        self._controls = controls = Controls()
        super().__init__(
            workbench,
            WORK,
            models={
                "first": ModelChoice(controls.model, "segment/first", "deeplabv3plus"),
                "second": ModelChoice(controls.second, "segment/second", "unet"),
            },
            inspector=controls.groups,
            footer=controls.footer,
            steps_area="segment",
        )
        self._readout = ""
        self._tried: dict[str, tuple[object, ...]] = {}  # by side, what ran by itself last
        self.canvas.set_editable(False)
        self.canvas.set_shapes_visible(False)
        self._split = SplitHandle(self.canvas)
        self._presenter = AnswerPresenter(workbench.client, self.canvas, self)
        self._truth = TruthFinder(workbench.client, self)
        self._folders = PageRequest(workbench.client, self)
        self._connect_controls()
        entries = (
            ("Run the segmenters", "Ctrl+Return", self.run),
            ("Compare two segmenters", "Ctrl+Shift+C", controls.compares.toggle),
            ("True classes, or the answer again", "T", lambda: controls.view.toggle("truth")),
            ("Errors, or the answer again", "E", lambda: controls.view.toggle("errors")),
        )
        add_page_actions(self, entries)
        self.begin()

    def _connect_controls(self) -> None:
        controls = self._controls
        controls.compares.toggled.connect(self._on_compares)
        controls.runs_itself.toggled.connect(self._run_unknown)
        for panel in (controls.model, controls.second):
            panel.options_changed.connect(self._run_again)
        self.canvas.view_changed.connect(self._run_unknown)  # another picture has arrived
        controls.view.view_changed.connect(self._on_view_changed)
        controls.truth.currentIndexChanged.connect(self._find_truth)
        controls.load_truth.clicked.connect(self._choose_truth)
        controls.confusion.clicked.connect(self._show_confusion)
        controls.save.clicked.connect(self._choose_save_folder)
        controls.folder.clicked.connect(self._choose_folders)
        self._presenter.numbers_changed.connect(self._show_numbers)
        self._truth.found.connect(self._presenter.score)
        self._truth.problem.connect(controls.scores.setText)
        self._folders.answered.connect(self._on_folder)
        self._split.moved.connect(self._presenter.set_split)
        self.canvas.pointer_moved.connect(self._on_readout)
        self.canvas.pointer_at.connect(self._on_pointer)

    def words_of(self, answer: SegmentationResult) -> str:
        """Return what answered, and how long it took."""
        return run_words(answer)

    def on_new_result(self, side: str) -> None:
        """Make room beside the picture for the classes and their areas."""
        self._models[side].panel.fold()

    @Slot()
    def _run_again(self) -> None:
        """Options have changed."""
        if self._controls.runs_itself.isChecked():
            self.run()

    @Slot()
    def _run_unknown(self) -> None:
        """Run once, where that was chosen, what has not answered to the picture yet."""
        document = self.document
        if not self._controls.runs_itself.isChecked() or document is None:
            return
        for side, choice in self._models.items():
            panel = choice.panel
            tried = (id(document), panel.choice)
            is_possible = panel.is_ready and document.picture is not None and not panel.isHidden()
            if is_possible and self.result(side) is None and self._tried.get(side) != tried:
                self._tried[side] = tried
                self.run_side(side)

    def on_shapes_changed(self) -> None:
        """Drawn shapes are the truth as they are drawn."""
        if self._controls.truth_source == "drawn":
            self._find_truth()

    @Slot(bool)
    def _on_compares(self, compares: bool) -> None:
        self._controls.second.setVisible(compares)
        self.show_results()

    @Slot()
    def show_results(self) -> None:
        """Show what is known of the picture that is looked at."""
        first = self.result("first")
        second = self.result("second") if self._controls.compares.isChecked() else None
        known = [answer.result for answer in (first, second) if answer is not None]
        classes = dict.fromkeys(name for result in known for name in result.classes)
        self._controls.view.legend.set_classes(tuple(classes))
        self._presenter.set_answers(first, second)
        self._on_view_changed()
        self._split.set_shown(self._presenter.is_split)
        if first is not None and second is not None:
            self._split.set_names(first.result.weights, second.result.weights)
        self._find_truth(only_missing=True)
        self._controls.save.setEnabled(first is not None)
        self._show_numbers()
        self._on_pointer(None)
        self._run_unknown()

    @Slot()
    def _on_view_changed(self) -> None:
        self._presenter.set_view(self._controls.view.view())
        self._show_numbers()

    def _find_truth(self, index: int = -1, only_missing: bool = False) -> None:
        del index  # of the list of sources
        source = self._controls.truth_source
        for side, answer in self._presenter.answers.items():
            is_asked = answer is None or (only_missing and answer.truth_source == source)
            if answer is not None and self.document is not None and not is_asked:
                self._truth.ask(self.document, side, answer, source)
        self._show_numbers()
        self._presenter.draw()

    @Slot()
    def _choose_truth(self) -> None:
        path = file_to_open(self, "Load a mask", MASK_FILES)
        if path is not None:
            self.load_truth(path)

    def load_truth(self, path: Path) -> None:
        """Compare with a mask from a file."""
        if self.document is None:
            self.workbench.problem.emit("Open the picture that the mask belongs to first.")
            return
        self._truth.set_file(self.document, path)
        combo = self._controls.truth
        if combo.currentData() != "file":
            combo.setCurrentIndex(combo.findData("file"))
        else:
            self._find_truth()

    @Slot()
    def _show_numbers(self) -> None:
        panel, view = self._controls.view, self._controls.view.view()
        answers = [answer for answer in self._presenter.answers.values() if answer is not None]
        panel.legend.set_columns(columns(answers))
        is_scored = any(answer.scores is not None for answer in answers)
        self._controls.confusion.setEnabled(is_scored)
        if not answers or is_scored:
            self._controls.scores.setText(score_text(answers))
        for answer in answers:
            if answer.map is not None and answer.map_of == view.map_key:
                high = answer.map.limits[1]
                panel.scale.set_texts("0", f"{high:.2f} bits" if high > 1 else "1")
        panel.map_text.setText("\n".join(map_texts(view, answers)))

    @Slot()
    def _show_confusion(self) -> None:
        for answer in self._presenter.answers.values():
            if answer is not None and answer.scores is not None:
                found = answer.result
                title = f"{found.weights} on {self.document.title if self.document else ''}"
                ConfusionDialog(title, found.classes, answer.scores.confusion, self).open()
                return

    @Slot(str)
    def _on_readout(self, text: str) -> None:
        self._readout = text

    @Slot(object)
    def _on_pointer(self, at: Point | None) -> None:
        """Show the probabilities under the pointer, of the answer that is drawn there."""
        first, second = (self._presenter.answers[side] for side in SIDES)
        answer = first or second
        if at is not None and first is not None and second is not None:
            left = self._split.share * first.result.extent_xyxy[2]
            answer = first if at[0] < left else second
        scores = answer.result.scores_at(*at) if answer is not None and at is not None else None
        legend = self._controls.view.legend
        if scores is None or answer is None:
            legend.set_scores({})
            return
        classes = answer.result.classes
        legend.set_scores(dict(zip(classes, scores.tolist(), strict=True)))
        best = int(scores.argmax())
        self.workbench.pointer.emit(f"{self._readout} | {classes[best]} {scores[best]:.2f}")

    @Slot()
    def _choose_save_folder(self) -> None:
        stem = Path(self.document.title).stem if self.document is not None else ""
        names = tuple(f"{stem}-{end}" for end in SAVED_ENDS)
        folder = folder_to_save(self, "Save the class mask and the overlay in", names)
        if folder is not None:
            self.save(folder)

    def save(self, folder: Path) -> None:
        """Write the class mask and the overlay, as it is shown, of the first answer."""
        answer, document = self._presenter.answers["first"], self.document
        if answer is None or document is None or document.picture is None:
            return
        view = self._controls.view.view()
        request = SaveSegmentation(
            answer.result,
            document.picture.pixels,
            folder,
            Path(document.title).stem,
            view.opacity if view.kind == "classes" else 0.5,
            tuple(sorted(view.hidden)),
        )
        self.writing.add(request)

    @Slot()
    def _choose_folders(self) -> None:
        source = folder_to_open(self, "Segment the pictures in")
        target = folder_to_save(self, "Save masks and overlays in") if source else None
        if source is not None and target is not None:
            self.run_on_folder(source, target)

    def run_on_folder(self, source: Path, target: Path) -> None:
        """Segment and save every picture of a folder; progress and Cancel are the task bar's."""
        panel = self._controls.model
        if not panel.is_ready:
            self.workbench.problem.emit("The segmenter has no weights yet; choose another one.")
            return
        device = self.workbench.settings.device
        config, weights = panel.config(), panel.weights
        request = SegmentFolder(source, target, panel.model_key, config, weights, device)
        self._folders.add(request)

    @Slot(object, object)
    def _on_folder(self, _: SegmentFolder, report: FolderReport) -> None:
        count = len(report.pictures)
        self.workbench.message.emit(
            f"{count} picture{'s' if count != 1 else ''} segmented into {report.target.name}"
        )
        if report.problems:
            more = f" (and {len(report.problems) - 1} more)" if len(report.problems) > 1 else ""
            self.workbench.problem.emit(f"Left out: {report.problems[0]}{more}")
