"""Which model stands beside the one that is open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from engine.api.models import ModelCard
from gui.pages.latent.model_groups import add_heading, add_member, by_family


class ModelBeside(QComboBox):
    """None, or one of all weights."""

    chosen = Signal(object)  # LatentSource, None for no other model

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.activated.connect(self._on_activated)

    def set_models(self, cards: Sequence[ModelCard]) -> None:
        """List the models; the chosen one stays where it is still among them."""
        present = self.currentData()
        self.clear()
        self.addItem("no other model", None)
        for family, members in by_family(cards):
            add_heading(self, family)
            for card, weights in members:
                add_member(self, card, weights, weights.title)
                if self.itemData(self.count() - 1) == present:
                    self.setCurrentIndex(self.count() - 1)

    @Slot()
    def _on_activated(self) -> None:
        self.chosen.emit(self.currentData())
