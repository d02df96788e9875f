"""Choose a model, its weights and its options; says what each is before it is fetched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.api.models import ModelCard, WeightsCard
from engine.api.wording import size_text
from gui.theme import GRID_PX
from gui.widgets.config_form import ConfigForm
from gui.widgets.file_dialogs import file_to_open
from gui.widgets.named import caption, named, narrow, push_button

NO_WEIGHTS = "No weights yet: train it on the Train page, or load a file."
_OWN, _PUBLISHED = ("safetensors",), ("safetensors", "pth", "pt")
"""Endings of the weights of models that are trained here, and of those that others publish."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """How a model was left when another was chosen."""

    options: Any
    weights: str | Path | None


class ModelPanel(QWidget):
    """What to run. The first model of the list is the default; the options are its card's.

    Args:
        defaults_of: options that suit a model here, until a person chooses others.
    """

    run_wanted = Signal()
    download_wanted = Signal(str, str)  # model key, weights name
    model_changed = Signal(str)
    choice_changed = Signal()  # another model, or other weights
    options_changed = Signal(object)  # of the chosen model, by hand

    def __init__(
        self,
        prefix: str,
        noun: str,
        parent: QWidget | None = None,
        defaults_of: Callable[[ModelCard], Any] = lambda card: card.options_type(),
    ) -> None:
        super().__init__(parent)
        self._prefix, self._noun, self._defaults_of = prefix, noun, defaults_of
        self._cards: dict[str, ModelCard] = {}
        self._kept: dict[str, _Kept] = {}
        self._shown_key = ""
        self._file: Path | None = None
        self._weights_folder: Path | None = None
        self._is_running = False
        self._build()
        self._connect()
        self.set_models(())

    def _build(self) -> None:
        tip = "What to run; those that are marked need more first"
        self._model = self._combo("model", self._noun, tip)
        self._summary = caption()
        self._weights = self._combo("weights", "Weights", "Trained parameters that it runs with")
        self._load = self._tool("load_weights", "Load weights from a file…", "…")
        self._facts = caption()
        self._download = self._push("download", "Download the weights")
        self._download.setToolTip("Fetch the weights from their publisher and keep them")
        self._options_toggle = self._tool(
            "options", f"Show the options of the {self._noun.lower()}", "Options"
        )
        self._options_toggle.setCheckable(True)
        self._options_toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._options_toggle.setArrowType(Qt.ArrowType.RightArrow)
        self._options_toggle.setAutoRaise(True)
        self._options = ConfigForm(f"{self._prefix}.option")
        self._options.hide()
        self.run_button = self._push("run", "Run")
        tip = f"Run the {self._noun.lower()} with these weights and options (Ctrl+Return)"
        self.run_button.setToolTip(tip)
        self.run_button.setProperty("class", "primary")
        self._note = caption(name=f"{self._prefix}.note")
        self._note.hide()
        weights_row = QHBoxLayout()
        weights_row.addWidget(self._weights, 1)
        weights_row.addWidget(self._load)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._model)
        layout.addWidget(self._summary)
        layout.addLayout(weights_row)
        for widget in (self._facts, self._download, self._options_toggle, self._options):
            layout.addWidget(widget)
        layout.addWidget(self.run_button)
        layout.addWidget(self._note)

    def _connect(self) -> None:
        self._model.currentIndexChanged.connect(self._on_model)
        self._weights.currentIndexChanged.connect(self._on_weights)
        self._load.clicked.connect(self._on_load)
        self._download.clicked.connect(self._on_download)
        self._options_toggle.toggled.connect(self._on_options_toggled)
        self._options.config_changed.connect(self.options_changed)
        self.run_button.clicked.connect(self.run_wanted)

    def set_models(self, cards: Sequence[ModelCard], wanted: str = "") -> None:
        """List the models, those that work without a download first.

        The one chosen before stays chosen; `wanted` is for the first time.
        """
        chosen = self.model_key or wanted
        ready = [card for card in cards if _works_here(card)]
        rest = [card for card in cards if card not in ready]
        self._cards = {card.key: card for card in (*ready, *rest)}
        with QSignalBlocker(self._model):
            self._model.clear()
            for group in (ready, rest):
                if group is rest and ready and rest:
                    self._model.insertSeparator(self._model.count())
                for card in group:
                    self._model.addItem(f"{card.title}{_mark(card)}", card.key)
            self.choose_model(chosen)
        self._model.setEnabled(bool(self._cards))
        self._on_model()

    def choose_model(self, key: str) -> None:
        """Choose a model by its key; an unknown one leaves the choice as it is."""
        index = self._model.findData(key)
        if index >= 0:
            self._model.setCurrentIndex(index)

    @property
    def model_key(self) -> str:
        """Key of the chosen model; empty until the engine has started."""
        return str(self._model.currentData() or "")

    @property
    def card(self) -> ModelCard | None:
        """Card of the chosen model."""
        return self._cards.get(self.model_key)

    def title_of(self, key: str) -> str:
        """Return the title of a model, or its key where it is not listed."""
        return self._cards[key].title if key in self._cards else key

    @property
    def weights(self) -> str | Path | None:
        """Name of the chosen weights, the path of a file, or None for the default."""
        return self._file if self._file is not None else self._weights.currentData()

    @property
    def choice(self) -> tuple[str, str | Path | None]:
        """Key of the chosen model, and its weights."""
        return self.model_key, self.weights

    def config(self) -> Any:
        """Return the options; None until a model is chosen."""
        return self._options.config() if self.card else None

    def set_running(self, is_running: bool) -> None:
        """Show that the model runs; cancelling is the task bar's."""
        self._is_running = is_running
        self.run_button.setText("Running…" if is_running else "Run")
        self._show_ready()

    def _show_ready(self) -> None:
        self.run_button.setEnabled(self.is_ready and not self._is_running)

    def set_note(self, text: str) -> None:
        """Say something about what the model has done; empty for nothing."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    @Slot()
    def _on_model(self) -> None:
        """Show the chosen model as it was left: its weights, its options."""
        if self._shown_key:
            self._kept[self._shown_key] = _Kept(self._options.config(), self.weights)
        card, self._shown_key = self.card, self.model_key
        kept = self._kept.get(self.model_key)
        self._file = None
        self._summary.setText(card.summary if card else "The engine is starting…")
        self._summary.show()
        with QSignalBlocker(self._weights):
            self._weights.clear()
            for weights in card.weights if card else ():
                self._weights.addItem(weights.title, weights.name)
        takes_files = card is not None and (card.is_trainable or _has_download(card))
        self._weights.setVisible(takes_files)
        self._load.setVisible(takes_files)
        if card is not None:
            options = kept.options if kept is not None else None
            defaults = self._defaults_of(card)
            self._options.set_config(options or defaults, defaults)
        if kept is not None and isinstance(kept.weights, Path):
            self._list_file(kept.weights)
        elif kept is not None:
            with QSignalBlocker(self._weights):
                self._weights.setCurrentIndex(max(0, self._weights.findData(kept.weights)))
        self._on_weights()
        self.model_changed.emit(self.model_key)

    @Slot()
    def _on_weights(self) -> None:
        card = self._weights_card()
        if self._weights.currentData() is not None or self._weights.count() == 0:
            self._file = None
        self._facts.setText(self._facts_text(card))
        self._facts.setVisible(bool(self._facts.text()))
        needs_download = self._file is None and card is not None and not card.is_local
        self._download.setVisible(needs_download)
        if needs_download and card is not None:
            self._download.setText(f"Download {size_text(card.bytes)}")
        self._show_ready()
        self.choice_changed.emit()

    def fold(self) -> None:
        """Make room for what was found: what the model is stands there until it is run.

        It comes back when another model or other weights are chosen.
        """
        self._summary.hide()
        self._facts.hide()

    def _facts_text(self, card: WeightsCard | None) -> str:
        if self._file is not None:
            return f"From {self._file.name}"
        if card is None:
            needs_some = self.card is not None and self.card.is_trainable
            return NO_WEIGHTS if needs_some else ""
        size = size_text(card.bytes) if card.bytes else ""
        parts = (card.metric, f"Trained on {card.data}" if card.data else "", size, card.licence)
        return " · ".join(part for part in parts if part)

    def _weights_card(self) -> WeightsCard | None:
        cards = self.card.weights if self.card else ()
        name = self._weights.currentData()
        return next((weights for weights in cards if weights.name == name), None)

    @property
    def is_ready(self) -> bool:
        """Whether the chosen model could run: its weights are here, or it needs none."""
        if self.card is None:
            return False
        weights = self._weights_card()
        if self._file is not None:
            return True
        return not self.card.is_trainable if weights is None else weights.is_local

    @Slot()
    def _on_download(self) -> None:
        weights = self._weights_card()
        if weights is not None:
            self.download_wanted.emit(self.model_key, weights.name)

    @Slot()
    def _on_load(self) -> None:
        begin = str(self._weights_folder or "")
        is_published = self.card is not None and _has_download(self.card)
        endings = _PUBLISHED if is_published else _OWN
        files = f"Weights ({' '.join(f'*.{e} *.{e.upper()}' for e in endings)})"
        path = file_to_open(self, "Load weights", files, begin)
        if path is not None:
            self.set_weights_file(path)

    def set_weights_folder(self, folder: Path) -> None:
        """Say where looking for files of weights begins."""
        self._weights_folder = folder

    def choose_weights(self, name: str) -> None:
        """Choose weights by name; a run that is not listed yet by its folder."""
        index = self._weights.findData(name)
        if index >= 0:
            self._weights.setCurrentIndex(index)
        else:
            self.set_weights_file(Path(name))

    def set_weights_file(self, path: Path) -> None:
        """Use weights from a file instead of published ones."""
        self._list_file(path)
        self._on_weights()

    def _list_file(self, path: Path) -> None:
        with QSignalBlocker(self._weights):
            if self._weights.count() == 0 or self._weights.itemData(0) is not None:
                self._weights.insertItem(0, path.name, None)
            else:
                self._weights.setItemText(0, path.name)
            self._weights.setCurrentIndex(0)
        self._file = path

    @Slot(bool)
    def _on_options_toggled(self, is_open: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
        self._options_toggle.setArrowType(arrow)
        self._options.setVisible(is_open)

    def _combo(self, name: str, title: str, tip: str) -> QComboBox:
        combo = named(QComboBox(), f"{self._prefix}.{name}", title, tip)
        narrow(combo)
        return combo

    def _push(self, name: str, text: str) -> QPushButton:
        return push_button(f"{self._prefix}.{name}", text)

    def _tool(self, name: str, title: str, text: str) -> QToolButton:
        button = named(QToolButton(), f"{self._prefix}.{name}", title, title)
        button.setText(text)
        return button


def _mark(card: ModelCard) -> str:
    """Return what is still to be done before a model runs, as the end of its title."""
    if _works_here(card):
        return ""
    return f"  ({'download' if _has_download(card) else 'to be trained'})"


def _has_download(card: ModelCard) -> bool:
    return any(weights.origin == "download" for weights in card.weights)


def _works_here(card: ModelCard) -> bool:
    """Whether it runs without a download or a training: some need no weights at all."""
    if not card.weights:
        return not card.is_trainable
    return any(weights.is_local for weights in card.weights)
