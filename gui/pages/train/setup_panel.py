"""The right-hand side of the Train page: what to train, on what, how, and where it goes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.api.datasets import DatasetCard
from engine.api.models import ModelCard
from engine.api.training import Train
from gui.pages.train.data_chooser import DATA_TASKS, DataChooser
from gui.pages.train.training_forms import TrainingForms
from gui.theme import GRID_PX
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.file_dialogs import folder_to_open
from gui.widgets.scroll_column import ScrollColumn
from gui.widgets.wheel_guard import guard_wheel

FIRST_MODEL, FIRST_DATA, FIRST_EPOCHS = "classifier-small", "digits", 10
"""A good first run: it ends in well under a minute on two cores."""


class SetupPanel(QWidget):
    """Holds the controls; answers the request that they describe."""

    start_wanted = Signal()
    detached_wanted = Signal()
    data_changed = Signal(str)
    check_wanted = Signal()
    root_chosen = Signal(object)  # Path
    changed = Signal()  # what would be trained is another thing

    def __init__(self, root: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._root = root
        self._cards: dict[str, ModelCard] = {}
        self._datasets: tuple[DatasetCard, ...] = ()
        self._is_name_own = False
        self._is_busy = False
        self._is_augmentation_own = False
        self._refusal = ""
        self.model = QComboBox()
        self._summary = _caption()
        self.data = DataChooser()
        self.forms = TrainingForms()
        self._name = QLineEdit()
        self._choose_root = QToolButton()
        self._root_text = ElidedLabel()
        self._hint = _caption()
        self._start = QPushButton("Start")
        self._detached = QPushButton("Start detached")
        self._build()
        self._connect()
        self._refresh()

    def _build(self) -> None:
        self._name_controls()
        name_row = QHBoxLayout()
        name_row.setSpacing(GRID_PX)
        name_row.addWidget(self._name, 1)
        name_row.addWidget(self._choose_root)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(*(4 * [2 * GRID_PX]))
        layout.setSpacing(GRID_PX)
        groups: list[tuple[str, list[QWidget | QHBoxLayout]]] = [
            ("Model", [self.model, self._summary]),
            ("Data", [self.data]),
            ("Settings", [self.forms]),
            ("Run", [name_row, self._root_text]),
        ]
        for title, parts in groups:
            heading = QLabel(title)
            heading.setProperty("class", "heading")
            layout.addWidget(heading)
            for part in parts:
                if isinstance(part, QWidget):
                    layout.addWidget(part)
                else:
                    layout.addLayout(part)
            layout.addSpacing(GRID_PX)
        layout.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(ScrollColumn(content), 1)
        outer.addLayout(self._foot())

    def _foot(self) -> QVBoxLayout:
        foot = QVBoxLayout()
        foot.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        foot.setSpacing(GRID_PX)
        foot.addWidget(self._hint)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX)
        buttons.addWidget(self._start, 1)
        buttons.addWidget(self._detached, 1)
        foot.addLayout(buttons)
        return foot

    def _name_controls(self) -> None:
        named: list[tuple[QWidget, str, str]] = [
            (self.model, "model", "Model to train"),
            (self._name, "run_folder", "Name of the run folder"),
            (self._choose_root, "root", "Choose where run folders go"),
            (self._start, "start", "Start training in this window"),
            (self._detached, "start_detached", "Start training without the window"),
            (self._hint, "hint", "What to know before a run starts"),
        ]
        for widget, name, title in named:
            widget.setObjectName(f"train.{name}")
            widget.setAccessibleName(title)
        self._choose_root.setText("…")
        self._choose_root.setToolTip("Choose where run folders go")
        self._start.setProperty("class", "primary")
        self._start.setToolTip("Train here; closing the window stops it (Ctrl+Return)")
        self._detached.setToolTip(
            "A process of its own trains, and goes on when the window is closed"
        )
        self.model.setToolTip("What learns; its recipe gives the settings below")
        self._name.setToolTip("Everything that the run writes goes into this folder")
        self._root_text.setProperty("class", "caption")
        guard_wheel(self.model)
        self.model.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.model.setMinimumContentsLength(16)

    def _connect(self) -> None:
        self.model.currentIndexChanged.connect(self._on_model)
        self.data.data_changed.connect(self._on_data)
        self.data.download_changed.connect(self._refresh)
        self.data.check_wanted.connect(self.check_wanted)
        self.data.facts_changed.connect(self.changed)
        self.forms.changed.connect(self.changed)
        self._name.textEdited.connect(self._on_name_edited)
        self._choose_root.clicked.connect(self._on_choose_root)
        self._start.clicked.connect(self.start_wanted)
        self._detached.clicked.connect(self.detached_wanted)

    @property
    def card(self) -> ModelCard | None:
        """The chosen model; None until the engine has started."""
        return self._cards.get(str(self.model.currentData() or ""))

    def is_ready(self, is_detached: bool) -> bool:
        """Whether what the controls describe can be started."""
        return (self._detached if is_detached else self._start).isEnabled()

    @property
    def folder(self) -> Path:
        """The run folder asked for."""
        return self._root / self._name.text().strip()

    def set_models(self, cards: Sequence[ModelCard]) -> None:
        """List the models that can be trained."""
        chosen = self.model.currentData()
        self._cards = {card.key: card for card in cards if card.is_trainable}
        with QSignalBlocker(self.model):
            self.model.clear()
            for card in self._cards.values():
                self.model.addItem(card.title, card.key)
            self.model.setCurrentIndex(max(0, self.model.findData(chosen or FIRST_MODEL)))
        self.model.setEnabled(bool(self._cards))
        if self.card is not None and self.card.key != chosen:
            self._on_model()

    def set_datasets(self, cards: Sequence[DatasetCard]) -> None:
        """List the data sets."""
        self._datasets = tuple(cards)
        if self.card is not None:
            self.data.set_cards(self._datasets, DATA_TASKS[self.card.task])
        self._refresh()

    def set_root(self, root: Path) -> None:
        """Say where run folders go."""
        self._root = root
        self._suggest_name()
        self._refresh()

    def set_busy(self, is_busy: bool) -> None:
        """Say whether a run trains in this window; a second one goes detached."""
        self._is_busy = is_busy
        self._suggest_name()
        self._refresh()

    @Slot(bool)
    def set_augmentation_own(self, is_own: bool) -> None:
        """Say whether runs take the values of the preview in place of the preset."""
        self._is_augmentation_own = is_own
        self._refresh()

    def set_refusal(self, text: str) -> None:
        """Say why a run could not begin as it is set up; empty where it can."""
        self._refusal = text
        self._refresh()

    def fill_from(self, run: Train) -> None:
        """Show the settings of another run, under a new name."""
        if run.model_key not in self._cards:
            return
        self.model.setCurrentIndex(self.model.findData(run.model_key))
        self.data.choose(run.data)
        self.forms.show_settings(run.model_config, run.config)
        self._suggest_name()
        self._start.setFocus()

    def fill_first_run(self) -> None:
        """Choose a run that shows all there is to see within a minute."""
        self.model.setCurrentIndex(max(0, self.model.findData(FIRST_MODEL)))
        self.data.choose(FIRST_DATA)
        self.forms.set_train_values(epochs=FIRST_EPOCHS)
        self._start.setFocus()

    def request(self, device: str) -> Train:
        """Return what the controls describe.

        Raises:
            ConfigError: settings that exclude each other.
        """
        card = self.card
        assert card is not None
        return Train(
            model_key=card.key,
            data=self.data.data,
            run_folder=self.folder,
            model_config=self.forms.model_config(),
            config=self.forms.train_config(),
            device=device,
            may_download=self.data.may_download,
        )

    @Slot()
    def refresh(self) -> None:
        """Look again at what can be started."""
        self._refresh()

    @Slot()
    def _on_model(self) -> None:
        card = self.card
        if card is None:
            return
        self._summary.setText(card.summary)
        self.forms.set_model(card)
        self.data.set_cards(self._datasets, DATA_TASKS[card.task])
        self._suggest_name()
        self.data_changed.emit(self.data.data)
        self._refresh()
        self.changed.emit()

    @Slot(str)
    def _on_data(self, data: str) -> None:
        self._suggest_name()
        self._refresh()
        self.data_changed.emit(data)

    @Slot(str)
    def _on_name_edited(self, text: str) -> None:
        self._is_name_own = bool(text.strip())
        self._refresh()

    def _suggest_name(self) -> None:
        """Offer the first free name, unless the person has given one that is still free."""
        if self.card is None or (self._is_name_own and not os.path.exists(self.folder)):
            return
        self._is_name_own = False
        stem = "-".join(part for part in (self.card.key, self.data.title) if part)
        number = 1
        while os.path.exists(self._root / f"{stem}-{number}"):
            number += 1
        self._name.setText(f"{stem}-{number}")

    @Slot()
    def _on_choose_root(self) -> None:
        folder = folder_to_open(self, "Where run folders go", str(self._root))
        if folder is not None:
            self.root_chosen.emit(folder)

    @Slot()
    def _refresh(self) -> None:
        home = Path.home()
        is_at_home = self._root.is_relative_to(home)
        place = Path("~") / self._root.relative_to(home) if is_at_home else self._root
        self._root_text.setText(f"in {place}")
        missing = self._missing()
        self._hint.setText(missing or self._busy_text() or self._augmentation_text())
        self._hint.setVisible(bool(self._hint.text()))
        self._start.setEnabled(not missing and not self._is_busy)
        self._detached.setEnabled(not missing)

    def _busy_text(self) -> str:
        return "A run trains in this window; start another one detached." if self._is_busy else ""

    def _augmentation_text(self) -> str:
        own = "Pictures change by the values of the Augmentation tab, not by the preset."
        return own if self._is_augmentation_own else ""

    def _missing(self) -> str:
        if self.card is None:
            return "The engine is starting…"
        name = self._name.text().strip()
        if not self.data.data:
            return "Choose a data set, or a folder."
        if not name or Path(name).name != name:
            return "Give the run folder a name without slashes."
        if os.path.exists(self.folder):
            return f"{name} exists already; give another name."
        if not self.data.is_ready:
            return "This data is not ready: see above."
        if self.data.is_faulty:
            return "This data is not ready to train on: mend what its check names, or choose other."
        return self._refusal


def _caption() -> QLabel:
    label = QLabel()
    label.setProperty("class", "caption")
    label.setWordWrap(True)
    return label
