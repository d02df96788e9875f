"""One picture, the models that run on it, an inspector beside it, and the steps of its area."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from engine.api.detection import Detections
from gui.bridge.page_request import PageRequest
from gui.document.picture_document import PictureDocument
from gui.pages.picture_bar import PictureBar
from gui.pages.result_memory import Choice, ResultMemory
from gui.pages.steps import StepsTab
from gui.runs_folder import runs_folder
from gui.widgets.canvas import Canvas
from gui.widgets.inspector import Group, Inspector
from gui.widgets.model_panel import ModelPanel
from gui.widgets.named import named
from gui.workbench import Workbench

ResultT = TypeVar("ResultT")
LIST_WIDTH_PX, CANVAS_WIDTH_PX, INSPECTOR_WIDTH_PX = 176, 764, 340
NO_PICTURE = "No picture is open", "Open one on the Images page."


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A place for a model on a page.

    Attributes:
        panel: where it is chosen.
        setting: under which the choice is remembered.
        wanted: key of the model that is chosen the first time.
    """

    panel: ModelPanel
    setting: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Work:
    """What the models of a page do.

    Attributes:
        key: of the page, the prefix of its controls' names.
        title: what a screen reader calls the picture.
        task: of the models.
        request_type: runs a model; made from its key, pixels, options, weights and a device.
        remembered: so many results are kept.
        keep: what is remembered of an answer.
    """

    key: str
    title: str
    task: str
    request_type: Callable[..., Any]
    remembered: int
    keep: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class About:
    """What a run is about: a picture, and one of the models beside it."""

    document: PictureDocument
    side: str


class PicturePage(QWidget, Generic[ResultT]):
    """Runs models when asked, and keeps what each found; a page adds how that is shown.

    Args:
        models: by side; a page with one model has the side "first" alone.
        below: what stands below the picture.
        steps_area: whose topics the Steps tab lists.
    """

    def __init__(
        self,
        workbench: Workbench,
        work: Work,
        *,
        models: Mapping[str, ModelChoice],
        inspector: Sequence[Group],
        footer: Sequence[QWidget],
        steps_area: str,
        below: QWidget | None = None,
    ) -> None:
        super().__init__()
        self.workbench, self.session = workbench, workbench.session
        self.document: PictureDocument | None = None
        self._work = work
        self._models = models
        self._results: ResultMemory[ResultT] = ResultMemory(work.remembered)
        self._choices: dict[str, Choice] = {}
        self._chosen_here: set[str] = set()  # sides whose model was chosen for this picture
        self.running = PageRequest(workbench.client, self)  # about About
        self.writing = PageRequest(workbench.client, self, "browse")
        self.canvas = named(Canvas(), f"{work.key}.canvas", work.title)
        self.bar = PictureBar(workbench, work.key, self.canvas)
        self.steps = StepsTab(workbench, steps_area, self.boxes)
        self.tabs = named(QTabWidget(), f"{work.key}.tabs", "Parts of the page")
        self.column = QSplitter(Qt.Orientation.Vertical)
        self._build(Inspector(inspector, footer), below)
        self._connect()

    def _build(self, inspector: Inspector, below: QWidget | None) -> None:
        self.column.addWidget(self.canvas)
        if below is not None:
            self.column.addWidget(below)
        middle = QWidget()
        rows = QVBoxLayout(middle)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.bar)
        rows.addWidget(self.column, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName(f"{self._work.key}.columns")
        for part in (self.bar.list, middle, inspector):
            splitter.addWidget(part)
        splitter.setSizes([LIST_WIDTH_PX, CANVAS_WIDTH_PX, INSPECTOR_WIDTH_PX])
        for each, number in ((self.column, 0), (splitter, 1)):
            each.setStretchFactor(number, 1)
            each.setCollapsible(number, False)
        self.setFocusProxy(self.canvas)  # the keys of pictures and shapes are at hand at once
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(splitter, "Picture")
        self.tabs.addTab(self.steps, "Steps")
        self.steps.raise_()  # a player below the picture is found before that of the steps
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tabs)

    def _connect(self) -> None:
        self.workbench.models_changed.connect(self._on_models_changed)
        self.workbench.weights_wanted.connect(self._on_weights_wanted)
        self.workbench.settings.changed.connect(self._on_setting_changed)
        self.session.current_changed.connect(self._on_document_changed)
        for side, choice in self._models.items():
            choice.panel.run_wanted.connect(partial(self.run_side, side))
            choice.panel.download_wanted.connect(self.workbench.download)
            choice.panel.choice_changed.connect(partial(self._on_choice_changed, side))
        self.running.answered.connect(self._on_answered)
        self.running.busy_changed.connect(self._show_running)
        self.writing.answered.connect(self._on_written)
        self.canvas.pointer_moved.connect(self.workbench.pointer)

    def begin(self) -> None:
        """Show what the workbench has; a page calls it once its own parts are there."""
        self.steps.add_action(self, self.tabs)
        self.bar.add_actions(self)
        self._on_setting_changed("wheel_zooms")
        self._on_models_changed()
        self._on_document_changed()

    # What a page adds

    @abstractmethod
    def show_results(self) -> None:
        """Show what is known of the picture: another one, another model, or another result."""

    @abstractmethod
    def words_of(self, answer: Any) -> str:
        """Return one line for the status bar about an answer that has just come."""

    def on_new_result(self, side: str) -> None:
        """Look at a result that has just come; nothing is to do unless a page shows others too."""

    def on_shapes_changed(self) -> None:
        """Act on an edit of the shapes of the picture."""

    def boxes(self) -> Detections | None:
        """Return what topics that need boxes are made from; None where there are none."""
        return None

    # Running

    @Slot()
    def run(self) -> None:
        """Run every model that is offered on the picture that is looked at."""
        for side, choice in self._models.items():
            if not choice.panel.isHidden():
                self.run_side(side)

    def run_side(self, side: str) -> None:
        """Run one of the chosen models on the picture that is looked at."""
        panel, document = self._models[side].panel, self.document
        if document is None or document.picture is None or not panel.is_ready:
            return
        about = About(document, side)
        if not self.running.is_busy_about(about):
            pixels, device = document.picture.pixels, self.workbench.settings.device
            # Beside a run on another picture: its result is there when a person comes back.
            self.running.add(
                self._work.request_type(
                    panel.model_key, pixels, panel.config(), panel.weights, device
                ),
                about,
            )

    @Slot(object, object, object)
    def _on_answered(self, request: Any, answer: Any, about: About) -> None:
        choice = (request.model_key, request.weights)
        self._results.put(about.document, about.side, choice, self._work.keep(answer))
        if about.document is self.document:
            self.workbench.message.emit(self.words_of(answer))
            self.on_new_result(about.side)
            self._refresh()

    @Slot()
    def _show_running(self) -> None:
        for side, choice in self._models.items():
            is_busy = self.document is not None and self.running.is_busy_about(
                About(self.document, side)
            )
            choice.panel.set_running(is_busy)

    def result(self, side: str = "first") -> ResultT | None:
        """Return what the chosen model found on the picture.

        Where that did not run on a picture that is opened again, what was found there last; not
        where it was chosen while the picture is looked at.
        """
        found = self._results.get(self.document, side, self._models[side].panel.choice)
        if found is None and side not in self._chosen_here:
            return self._results.latest(self.document, side)[1]
        return found

    def _refresh(self) -> None:
        """Show what is known, and whose it is where that is not the chosen model's."""
        for side, choice in self._models.items():
            panel = choice.panel
            (key, weights), latest = self._results.latest(self.document, side)
            is_shown = latest is not None and self.result(side) is latest
            is_other = is_shown and (key, weights) != panel.choice
            who = panel.title_of(key) if key != panel.model_key else Path(str(weights)).name
            panel.set_note(f"The picture shows what {who} found." if is_other else "")
        self.show_results()

    # Following the workbench

    @Slot()
    def _on_models_changed(self) -> None:
        cards = self.workbench.models_of(self._work.task)
        for choice in self._models.values():
            wanted = self.workbench.settings.text(choice.setting, choice.wanted)
            choice.panel.set_models(cards, wanted)
            choice.panel.set_weights_folder(runs_folder(self.workbench.settings))

    @Slot(str, str)
    def _on_weights_wanted(self, key: str, weights: str) -> None:
        """Take a run of the Train page; the options stay as its model was left."""
        if key not in {card.key for card in self.workbench.models_of(self._work.task)}:
            return  # for another page
        panel = next(iter(self._models.values())).panel
        panel.choose_model(key)
        panel.choose_weights(weights)

    def _on_choice_changed(self, side: str) -> None:
        choice = self._models[side]
        is_new = choice.panel.choice != self._choices.get(side)
        self._choices[side] = choice.panel.choice
        if is_new and choice.panel.model_key:
            self.workbench.settings.set_text(choice.setting, choice.panel.model_key)
            self._chosen_here.add(side)
            self._refresh()

    @Slot(str)
    def _on_setting_changed(self, name: str) -> None:
        if name == "wheel_zooms":
            self.canvas.set_wheel_zooms(self.workbench.settings.wheel_zooms)

    @Slot()
    def _on_document_changed(self) -> None:
        if self.document is not None:
            self.document.shapes_changed.disconnect(self._on_shapes_changed)
        self.document = self.session.current
        if self.document is not None:
            self.document.shapes_changed.connect(self._on_shapes_changed)
        self._chosen_here.clear()
        self.canvas.set_placeholder(*NO_PICTURE)
        self.canvas.set_document(self.document)
        self._show_running()
        self._refresh()

    @Slot()
    def _on_shapes_changed(self) -> None:
        self.on_shapes_changed()

    @Slot(object, object)
    def _on_written(self, _: Any, written: Path | tuple[Path, ...]) -> None:
        paths = written if isinstance(written, tuple) else (written,)
        self.workbench.message.emit("Saved " + " and ".join(path.name for path in paths))
