"""Reconstructions: the same pictures through several models, with what each of them loses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.api.errors import EngineError
from engine.api.latent import EncodedPictures, LatentSource
from engine.api.latent_pictures import CompareReconstructions, Reconstructions
from engine.api.models import ModelCard, WeightsCard
from gui.bridge.page_request import PageRequest
from gui.pages.latent.data_words import why_no_data
from gui.pages.latent.latent_state import LatentState
from gui.pages.latent.model_groups import about, by_family
from gui.pages.latent.picture_grid import PictureGrid
from gui.theme import CONTROL_HEIGHT_PX, GRID_PX
from gui.widgets.file_dialogs import folder_to_open
from gui.widgets.named import caption, heading, named, push_button
from gui.workbench import Workbench

FIRST_MODELS = (
    "autoencoder-mnist-2d",
    "autoencoder-mnist-5d",
    "pca-mnist",
    "autoencoder-mnist-10d",
    "vae-mnist-10d",
)
LIST_WIDTH_PX = 280


class ReconstructionsTab(QWidget):
    """Ticked models give a row each, below the originals."""

    def __init__(
        self, workbench: Workbench, state: LatentState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench, self._state = workbench, state
        self._own: list[NDArray[np.uint8]] = []
        self._comparing = PageRequest(workbench.client, self, quiet=True)  # about a title
        self.models = named(QListWidget(), "latent.rebuilt_by", "Models to compare")
        self._data = named(QComboBox(), "latent.rebuilt_data", "Which pictures")
        self._count = named(QSpinBox(), "latent.rebuilt_count", "Pictures a row")
        self._folder = push_button(
            "latent.rebuilt_folder", "Folder…", "Pictures of your own, or a data set"
        )
        self._run = push_button("latent.rebuild", "Compare", "Run the ticked models", True)
        self.grid = named(PictureGrid(), "latent.rebuilt", "Originals and reconstructions")
        self._text = caption(name="latent.rebuilt_text")
        self._build()
        self._connect()

    def _build(self) -> None:
        self.models.setMinimumWidth(LIST_WIDTH_PX)
        self.models.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.models.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.models.setMaximumWidth(LIST_WIDTH_PX + 8 * GRID_PX)
        self._count.setRange(1, 24)
        self._count.setValue(10)
        self._count.setSuffix(" pictures")
        self._data.addItem("Digits of scikit-learn", "digits")
        self._data.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.grid.set_empty_text("Tick models and press Compare.")
        left = QVBoxLayout()
        left.setSpacing(GRID_PX)
        left.addWidget(heading("Models"))
        left.addWidget(self.models, 1)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        for part in (self._data, self._folder, self._count, self._run):
            row.addWidget(part)
        row.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(self.grid)
        scroll.setWidgetResizable(True)
        right = QVBoxLayout()
        right.setSpacing(GRID_PX)
        right.addLayout(row)
        right.addWidget(scroll, 1)
        right.addWidget(self._text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        layout.addLayout(left)
        layout.addLayout(right, 1)

    def _connect(self) -> None:
        self._folder.clicked.connect(self._on_folder)
        self._run.clicked.connect(self.compare)
        self._state.opened.connect(self._on_opened)
        self._state.encoded.connect(self._on_encoded)
        self._comparing.answered.connect(self._on_compared)
        self._comparing.failed.connect(self._on_failed)
        self._comparing.busy_changed.connect(self._on_busy)

    def set_models(self, cards: Sequence[ModelCard]) -> None:
        """List the models that have an encoder; a few are ticked at first."""
        ticked = {source.weights for source in self.sources()} or set(FIRST_MODELS)
        self.models.clear()
        encoders = [card for card in cards if card.task == "representation"]
        for _, members in by_family(encoders):
            for card, weights in members:
                self._add(card, weights, weights.name in ticked)

    def _add(self, card: ModelCard, weights: WeightsCard, is_ticked: bool) -> None:
        item = QListWidgetItem(f"{card.title} · {weights.title}")
        item.setData(Qt.ItemDataRole.UserRole, LatentSource(card.key, weights.name))
        item.setCheckState(Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked)
        item.setToolTip("\n".join((item.text(), about(card, weights), weights.metric)))
        item.setSizeHint(QSize(0, CONTROL_HEIGHT_PX))
        self.models.addItem(item)

    def sources(self) -> list[LatentSource]:
        """Return the ticked models."""
        items = [self.models.item(row) for row in range(self.models.count())]
        return [
            item.data(Qt.ItemDataRole.UserRole)
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        ]

    @Slot()
    def _on_opened(self) -> None:
        facts = self._state.facts
        if facts is not None and facts.data_key and self._data.findData(facts.data_key) < 0:
            self._data.addItem(f"Held-out pictures of {facts.data_key}", facts.data_key)

    @Slot(object)
    def _on_encoded(self, found: EncodedPictures) -> None:
        """A person's own pictures can be compared too."""
        self._own = [*self._own[-23:], found.inputs[0]]
        if self._data.findData("own") < 0:
            self._data.addItem("Your own pictures", "own")

    @Slot()
    def _on_folder(self) -> None:
        folder = folder_to_open(self, "Pictures to compare")
        if folder is not None:
            name = str(folder)
            if self._data.findData(name) < 0:
                self._data.addItem(name, name)
            self._data.setCurrentIndex(self._data.findData(name))

    @Slot()
    def compare(self) -> None:
        """Run the ticked models."""
        sources = tuple(self.sources())
        if not sources:
            self._workbench.problem.emit("No model is ticked; tick one or more to compare.")
            return
        data = str(self._data.currentData())
        own = tuple(self._own) if data == "own" else ()
        request = CompareReconstructions(sources, data, own, self._count.value())
        self._comparing.start(request, about=self._data.currentText())

    @Slot(object, EngineError)
    def _on_failed(self, request: CompareReconstructions, error: EngineError) -> None:
        self._workbench.problem.emit(why_no_data(error, request.data, self._folder.text()))

    @Slot()
    def _on_busy(self) -> None:
        self._run.setEnabled(not self._comparing.is_busy)

    @Slot(object, object, object)
    def _on_compared(self, _: CompareReconstructions, found: Reconstructions, title: str) -> None:
        pixels = np.concatenate([found.originals, *found.rows])
        pairs = zip(found.names, found.errors, strict=True)
        titles = ["originals", *(f"{name}\nMSE {error:.4f}" for name, error in pairs)]
        self.grid.set_pictures(pixels, columns=len(found.originals), row_titles=titles)
        self._text.setText(
            f"{title}. MSE: mean squared difference of values from 0 to 1, over the row."
        )
