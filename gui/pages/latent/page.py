"""Latent: codes and what they stand for, by sliders, maps, walks, sums and samples."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from engine.api.latent import LatentSource
from engine.api.models import ModelCard
from gui.pages.latent.arithmetic import ArithmeticTab
from gui.pages.latent.explore import ExploreTab
from gui.pages.latent.interpolate import InterpolateTab
from gui.pages.latent.latent_state import LatentState
from gui.pages.latent.model_chooser import ModelChooser
from gui.pages.latent.reconstructions import ReconstructionsTab
from gui.pages.latent.samples import SamplesTab
from gui.pages.latent.tips import explain
from gui.pages.latent.traversals import TraversalsTab
from gui.pages.steps import StepsTab
from gui.runs_folder import runs_folder
from gui.theme import GRID_PX
from gui.widgets.named import named
from gui.widgets.page_actions import add_page_actions
from gui.workbench import Workbench

FIRST_WEIGHTS = "vae-mnist-2d"
"""Two axes: the map shows all of it."""


class LatentPage(QWidget):
    """One model above, and tabs that share its code."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.state = LatentState(workbench.client, "latent", self)
        self.chooser = ModelChooser("latent")
        self.tabs = named(QTabWidget(), "latent.tabs", "Ways to look at the codes")
        self.explore = ExploreTab(workbench, self.state)
        self.interpolate = InterpolateTab(workbench, self.state)
        self.arithmetic = ArithmeticTab(workbench, self.state)
        self.traversals = TraversalsTab(workbench, self.state)
        self.samples = SamplesTab(workbench, self.state)
        self.reconstructions = ReconstructionsTab(workbench, self.state)
        self.steps = StepsTab(workbench, "latent")
        self._build()
        self._connect()
        self._add_actions()
        self._on_models_changed()

    def _build(self) -> None:
        titled = (
            (self.explore, "Explore"),
            (self.interpolate, "Interpolate"),
            (self.arithmetic, "Arithmetic"),
            (self.traversals, "Traversals"),
            (self.samples, "Samples"),
            (self.reconstructions, "Reconstructions"),
            (self.steps, "Steps"),
        )
        for tab, title in titled:
            self.tabs.addTab(tab, title)
        self.steps.hide_when_presenting(self.chooser)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.chooser)
        layout.addWidget(self.tabs, 1)
        explain(self)

    def _connect(self) -> None:
        self._workbench.models_changed.connect(self._on_models_changed)
        self._workbench.weights_wanted.connect(self._on_weights_wanted)
        self.chooser.source_chosen.connect(self.open)
        self.chooser.file_chosen.connect(self.open_file)
        self.chooser.class_box.activated.connect(self.state.set_class)
        self.state.opened.connect(self._on_opened)
        self.state.open_failed.connect(self._on_open_failed)
        self.state.picture_changed.connect(self._on_picture_changed)
        self.state.problem.connect(self._workbench.problem)

    def _add_actions(self) -> None:
        """Give the window the page's menu entries; QWidget.actions() lists them."""
        entries = (
            ("Random code", "Ctrl+R", self.explore.draw_random),
            ("Reset the code", "Ctrl+0", self.state.reset),
            ("Undo the code", "Ctrl+Z", self.state.undo),
            ("Redo the code", "Ctrl+Shift+Z", self.state.redo),
            ("Add the code as keyframe", "Ctrl+K", self.interpolate.add_current),
        )
        add_page_actions(self, entries)
        self.steps.add_action(self, self.tabs)

    @Slot(object)
    def open(self, source: LatentSource) -> None:
        """Look at another model."""
        self.chooser.choose(source)
        self.chooser.show_facts(None)
        self._workbench.settings.set_text("latent/weights", str(source.weights or ""))
        self.state.open(source)

    @Slot(object)
    def open_file(self, path: Path) -> None:
        """Look at the weights of a run: the card beside them says of which model they are."""
        key = self._model_of(path)
        if key is None:
            self._workbench.problem.emit(
                f"{path.name}: no card beside it says which model it belongs to; choose "
                "best.safetensors in the folder of a run"
            )
            return
        self.open(LatentSource(key, path))

    @Slot(str, str)
    def _on_weights_wanted(self, key: str, weights: str) -> None:
        if key in {card.key for card in self._cards()}:
            self.open(LatentSource(key, weights))

    def _model_of(self, path: Path) -> str | None:
        from gui.pages.latent.run_card import model_of

        key = model_of(path)
        return key if key in {card.key for card in self._cards()} else None

    def _cards(self) -> list[ModelCard]:
        representation = self._workbench.models_of("representation")
        return [*representation, *self._workbench.models_of("generation")]

    @Slot()
    def _on_models_changed(self) -> None:
        cards = self._cards()
        self.chooser.set_models(cards)
        self.explore.compare.set_models(cards)
        self.traversals.compare.set_models(cards)
        self.chooser.set_runs_folder(runs_folder(self._workbench.settings))
        self.reconstructions.set_models(cards)
        self.steps.set_traces(self._workbench.traces)
        sources = self.chooser.sources()
        if cards and not sources and self.state.source is None:
            self.chooser.show_nothing()
        if self.state.source is None and sources:
            wanted = self._workbench.settings.text("latent/weights", FIRST_WEIGHTS)
            self.open(self._remembered(wanted, sources))

    def _remembered(self, wanted: str, sources: list[LatentSource]) -> LatentSource:
        """Return what was looked at last; a file of one's own as long as it is there."""
        from gui.pages.latent.run_card import model_of

        listed = next((one for one in sources if one.weights == wanted), None)
        if listed is not None:
            return listed
        key = model_of(Path(wanted)) if wanted.endswith(".safetensors") else None
        first = next((one for one in sources if one.weights == FIRST_WEIGHTS), sources[0])
        is_known = key in {card.key for card in self._cards()}
        return LatentSource(key, Path(wanted)) if key is not None and is_known else first

    @Slot()
    def _on_opened(self) -> None:
        self.chooser.show_facts(self.state.facts)

    @Slot()
    def _on_open_failed(self) -> None:
        if self.state.facts is None:
            self.chooser.show_failure()
            return
        self.chooser.choose(self.state.source)
        self.chooser.show_facts(self.state.facts)
        self._on_picture_changed()

    @Slot()
    def _on_picture_changed(self) -> None:
        if self.state.class_index is not None:
            self.chooser.class_box.setCurrentIndex(self.state.class_index)
