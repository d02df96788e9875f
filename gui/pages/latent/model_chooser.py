"""Choose a model with its weights; says what it was trained on and what it reaches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from engine.api.latent import LatentFacts, LatentSource
from engine.api.models import ModelCard
from gui.pages.latent.model_groups import (
    ModelList,
    about,
    add_heading,
    add_member,
    by_family,
    prior_words,
)
from gui.theme import GRID_PX
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.file_dialogs import file_to_open
from gui.widgets.named import named, narrow, push_button

WEIGHT_FILES = "Weights (*.safetensors)"


class ModelChooser(QWidget):
    """A list of shipped weights by model, and a way to those of a run."""

    source_chosen = Signal(object)  # LatentSource

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: dict[str, ModelCard] = {}
        self._runs_folder: Path | None = None
        self._box = named(ModelList(), f"{prefix}.model", "Model and weights")
        narrow(self._box, 34)
        self._file = push_button(
            f"{prefix}.open_run", "Your run…", "Weights of a run of yours: its best.safetensors"
        )
        self._classes = named(
            QComboBox(), f"{prefix}.class", "Class that the model is conditioned on"
        )
        self._class_title = QLabel("Class")
        self._facts = ElidedLabel()
        self._facts.setObjectName(f"{prefix}.facts")
        self._facts.setProperty("class", "caption")
        self._facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        for part in (self._box, self._file, self._class_title, self._classes):
            layout.addWidget(part)
        layout.addWidget(self._facts, 1)
        self.show_facts(None)
        self._box.activated.connect(self._on_chosen)
        self._file.clicked.connect(self._on_file)

    @property
    def class_box(self) -> QComboBox:
        """List of classes; hidden for a model without."""
        return self._classes

    def set_models(self, cards: Sequence[ModelCard]) -> None:
        """List every set of weights that is on this machine; the choice stays."""
        chosen = self._box.currentData()
        self._cards = {card.key: card for card in cards}
        with QSignalBlocker(self._box):
            self._box.clear()
            for family, members in by_family(cards):
                add_heading(self._box, family)
                for card, weights in members:
                    parts = (card.title, weights.title, about(card, weights))
                    add_member(self._box, card, weights, " · ".join(filter(None, parts)))
            self.choose(chosen)

    def sources(self) -> list[LatentSource]:
        """Return what is listed."""
        found = (self._box.itemData(index) for index in range(self._box.count()))
        return [source for source in found if source is not None]

    def choose(self, source: LatentSource | None) -> None:
        """Show a choice without announcing it; weights of a run are added to the list."""
        if source is None:
            return
        every = [self._box.itemData(index) for index in range(self._box.count())]
        found = every.index(source) if source in every else -1
        with QSignalBlocker(self._box):
            if found < 0:
                title = self._cards[source.model_key].title
                path = Path(str(source.weights))
                name = path.parent.name if path.name == "best.safetensors" else path.stem
                self._box.addItem(f"{title} · {name}", source)
                found = self._box.count() - 1
            self._box.setCurrentIndex(found)

    def show_facts(self, facts: LatentFacts | None) -> None:
        """Show what is known of the model, and the classes that it is conditioned on."""
        has_classes = facts is not None and bool(facts.classes)
        with QSignalBlocker(self._classes):
            self._classes.clear()
            self._classes.addItems(list(facts.classes) if facts is not None else [])
        self._classes.setVisible(has_classes)
        self._class_title.setVisible(has_classes)
        if facts is None:
            self._facts.setText("Loading…")
            return
        axes = "axis" if facts.latent_dimensions == 1 else "axes"
        height, width = facts.size
        parts = (
            f"{facts.latent_dimensions} {axes}",
            f"{width} x {height} px",
            prior_words(facts.prior),
            "" if facts.beta is None else f"beta {facts.beta:g}",
            _known("MIG", facts.numbers.get("mig")),
            facts.data,
            facts.metric.replace("_", " "),
        )
        self._facts.setText(" · ".join(part for part in parts if part))

    def show_failure(self) -> None:
        """Say that there is no model; why stands in the notice above the page."""
        self._facts.setText("This model could not be loaded; choose another one.")

    def show_nothing(self) -> None:
        """Say where the first model comes from."""
        self._facts.setText("No weights yet: train an autoencoder on the Train page, then open it.")

    @Slot()
    def _on_chosen(self) -> None:
        source = self._box.currentData()
        if source is not None:
            self.source_chosen.emit(source)

    @Slot()
    def _on_file(self) -> None:
        begin = str(self._runs_folder or "")
        path = file_to_open(self, "Weights of a run", WEIGHT_FILES, begin)
        if path is not None:
            self.open_file(path)

    def set_runs_folder(self, folder: Path) -> None:
        """Say where looking for weights begins."""
        self._runs_folder = folder

    def open_file(self, path: Path) -> None:
        """Use weights of a run; which model they belong to is for the file to say."""
        self.file_chosen.emit(path)

    file_chosen = Signal(object)  # Path


def _known(name: str, value: float | None) -> str:
    return "" if value is None else f"{name} {value:.3f}"
