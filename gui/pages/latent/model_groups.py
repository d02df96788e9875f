"""Models with a latent space in the order of the course: by family, and 2 axes before 10."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from engine.api.latent import LatentSource
from engine.api.models import ModelCard, WeightsCard
from gui.theme import GRID_PX

FAMILIES = {
    "autoencoder": "Autoencoders",
    "linear": "Linear",
    "variational autoencoder": "Variational autoencoders",
    "adversarial": "Adversarial networks",
}
_PLAIN_VAE = "vae"
SHORT_ROLE = Qt.ItemDataRole.UserRole + 1
"""What stands in the closed list; the line below it says more."""
_NUMBER = re.compile(r"(\d+)")

Member = tuple[ModelCard, WeightsCard]


def by_family(cards: Sequence[ModelCard]) -> list[tuple[str, list[Member]]]:
    """Return the weights of models by family, with the family's title; none without weights."""
    families = dict.fromkeys((*FAMILIES, *(card.family for card in cards)))
    found = []
    for family in families:
        own = [card for card in cards if card.family == family]
        members = [(card, weights) for card in own for weights in in_order(card.weights)]
        if members:
            found.append((FAMILIES.get(family, family.capitalize()), members))
    return found


def about(card: ModelCard, weights: WeightsCard) -> str:
    """Return how long the codes are, how much the divergence weighs, and what the prior is."""
    axes, beta = weights.config.get("latent_dimensions"), weights.config.get("beta")
    if beta is None and card.key == _PLAIN_VAE:
        beta = 1.0
    prior = str(weights.config.get("prior", card.prior))
    parts = (
        "" if axes is None else f"{axes} {'axis' if axes == 1 else 'axes'}",
        "" if beta is None else f"beta {beta:g}",
        prior_words(prior) if prior else "",
    )
    return " · ".join(part for part in parts if part)


def prior_words(prior: str) -> str:
    """Return what codes are drawn from, in words; a model may have no prior."""
    return "no prior" if prior == "none" else f"prior {prior.replace('-', ' ')}"


def add_member(box: QComboBox, card: ModelCard, weights: WeightsCard, title: str) -> None:
    """Add weights to a list; pointing at them says what they are and what they reach."""
    box.addItem(title, LatentSource(card.key, weights.name))
    tip = "\n".join(part for part in (card.title, about(card, weights), weights.metric) if part)
    last = box.count() - 1
    box.setItemData(last, tip, Qt.ItemDataRole.ToolTipRole)
    box.setItemData(last, f"{card.title} · {weights.title}", SHORT_ROLE)


class ModelList(QComboBox):
    """A list whose lines may say more than it shows while it is closed."""

    def showPopup(self) -> None:
        """Open it as wide as its lines."""
        view = self.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + 4 * GRID_PX)
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the short form of the chosen line."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        short = self.currentData(SHORT_ROLE)
        room = self.width() - 6 * GRID_PX  # beside the arrow
        text = short or option.currentText
        option.currentText = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


def add_heading(box: QComboBox, text: str) -> None:
    """Add a line to a list that cannot be chosen."""
    box.addItem(text)
    model = box.model()
    assert isinstance(model, QStandardItemModel)
    item = model.item(box.count() - 1)
    item.setEnabled(False)
    font = item.font()
    font.setBold(True)
    item.setFont(font)


def in_order(weights: Iterable[WeightsCard]) -> list[WeightsCard]:
    """Return weights by name, 2 axes before 10; runs last, the newest first as they come."""
    cards = list(weights)
    runs = [card for card in cards if card.origin == "run"]
    return [*sorted((card for card in cards if card not in runs), key=_by_numbers), *runs]


def _by_numbers(card: WeightsCard) -> list[tuple[int, str]]:
    parts = _NUMBER.split(card.name)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]
