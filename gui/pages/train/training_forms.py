"""The settings of a run as forms: the common ones, and the rest folded away."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any, get_type_hints

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from engine.api.augmentation import Augment
from engine.api.models import ModelCard
from engine.api.training import TrainConfig
from gui.theme import GRID_PX
from gui.widgets.config_form import ConfigForm
from gui.widgets.named import push_button

COMMON = ("epochs", "batch_size", "learning_rate", "seed")
FROM_DATA = frozenset({"classes", "in_channels", "image_size"})
"""Fields of a model that the data set decides."""


class TrainingForms(QWidget):
    """Edits the model's config and the training's; the model's recipe gives the defaults."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card: ModelCard | None = None
        self._recipe = TrainConfig()
        self._common = ConfigForm("train.setting")
        self._more = QToolButton()
        self._folded = QWidget()
        self._model_title = QLabel("Model")
        self._model = ConfigForm("train.model_setting")
        self._paper = push_button(
            "train.paper", "Values of the paper", "The network at the size of its paper"
        )
        self._rest = ConfigForm("train.more_setting")
        self._build()
        self._more.toggled.connect(self._on_more)
        self._paper.clicked.connect(self._on_paper)
        for form in (self._common, self._model, self._rest):
            form.config_changed.connect(self.changed)

    def _build(self) -> None:
        self._more.setObjectName("train.more")
        self._more.setAccessibleName("Show all settings")
        self._more.setText("More settings")
        self._more.setCheckable(True)
        self._more.setAutoRaise(True)
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._more.setArrowType(Qt.ArrowType.RightArrow)
        folded = QVBoxLayout(self._folded)
        folded.setContentsMargins(0, 0, 0, 0)
        folded.setSpacing(GRID_PX)
        training = QLabel("Training")
        for label in (self._model_title, training):
            label.setProperty("class", "heading")
        parts = (self._model_title, self._paper, self._model, training, self._rest)
        for part in parts:
            folded.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        for widget in (self._common, self._more, self._folded):
            layout.addWidget(widget)
        self._folded.hide()

    def set_model(self, card: ModelCard) -> None:
        """Show the settings of a model at the values of its recipe."""
        self._card = card
        self._recipe = card.recipe or TrainConfig()
        names = {field.name for field in dataclasses.fields(TrainConfig)}
        self._common.set_config_type(part_of(self._recipe, COMMON))
        self._rest.set_config_type(part_of(self._recipe, names - set(COMMON)))
        own = {field.name for field in dataclasses.fields(card.config_type)} - FROM_DATA
        self._model.set_config_type(part_of(card.config_type(), own))
        for widget in (self._model_title, self._model):
            widget.setVisible(bool(own))
        self._paper.setVisible(card.paper_config is not None)

    def train_config(self) -> TrainConfig:
        """Return the settings of the training.

        Raises:
            ConfigError: values that exclude each other.
        """
        values = _values(self._common.config()) | _values(self._rest.config())
        return dataclasses.replace(self._recipe, **values)

    @property
    def augment(self) -> Augment:
        """The preset of random changes to the pictures."""
        augment: Augment = self._rest.config().augment
        return augment

    @property
    def image_size(self) -> int | None:
        """Shorter side of the pictures; None keeps it."""
        size: int | None = self._rest.config().image_size
        return size

    def model_config(self) -> Any:
        """Return the model's config; what the data decides is at its default.

        Raises:
            ConfigError: values that exclude each other.
        """
        assert self._card is not None
        return self._card.config_type(**_values(self._model.config()))

    def set_train_values(self, **values: Any) -> None:
        """Show other values of some settings."""
        for form in (self._common, self._rest):
            config = form.config()
            own = {n: v for n, v in values.items() if hasattr(config, n)}
            form.set_config(dataclasses.replace(config, **own))
        self.changed.emit()

    def show_settings(self, model_config: Any, train_config: TrainConfig | None) -> None:
        """Show the settings of another run; what the data decides is left to the data."""
        if train_config is not None:
            self._recipe = train_config
            self.set_train_values(**_values(train_config))
        own = self._model.config()
        if own is not None and model_config is not None:
            kept = {name: getattr(model_config, name) for name in _values(own)}
            self._model.set_config(dataclasses.replace(own, **kept))
        self.changed.emit()

    @Slot()
    def _on_paper(self) -> None:
        """Show the sizes of the paper; what the data decides stays as it is."""
        assert self._card is not None
        config = self._model.config()
        paper = {name: getattr(self._card.paper_config, name) for name in _values(config)}
        self._model.set_config(dataclasses.replace(config, **paper))
        self.changed.emit()

    @Slot(bool)
    def _on_more(self, is_open: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
        self._more.setArrowType(arrow)
        self._folded.setVisible(is_open)


def part_of(config: Any, names: Collection[str]) -> type:
    """Return a dataclass with some of a config's fields, whose defaults are the config's values."""
    hints = get_type_hints(type(config))
    parts = [
        (
            field.name,
            hints[field.name],
            dataclasses.field(default=getattr(config, field.name), metadata=field.metadata),
        )
        for field in dataclasses.fields(config)
        if field.name in names
    ]
    return dataclasses.make_dataclass(f"{type(config).__name__}Part", parts, frozen=True)


def _values(config: Any) -> dict[str, Any]:
    return dataclasses.asdict(config) if config is not None else {}
