"""Two models beside each other: what their facts say, and bars that can be compared."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QSlider
from pytestqt.qtbot import QtBot

from engine.api.latent_space import ReadyAttribute
from engine.api.models import WeightsCard
from engine.core.registry import MODELS
from gui.pages.latent.model_groups import about
from gui.pages.latent.traversal_view import BAR_PX, NAME_PX, TraversalView
from gui.theme import THEME
from tests.gui.pages.latent_support import Explorer


@pytest.fixture
def explorer(qtbot: QtBot, tmp_path: Path) -> Iterator[Explorer]:
    explorer = Explorer(qtbot, tmp_path)
    yield explorer
    explorer.close()
    assert not explorer.crashes


def bar_lengths(view: TraversalView) -> list[int]:
    """Pixels of each bar, as painted."""
    picture = view.grab().toImage()
    ratio = picture.devicePixelRatio()
    colour = QColor(THEME.tokens.accent)
    found = []
    for row in range(view._rows):
        y = round((row + 0.5) * view._cell * ratio)
        columns = range(round(NAME_PX * ratio), round((NAME_PX + BAR_PX) * ratio))
        found.append(sum(picture.pixelColor(x, y) == colour for x in columns))
    return found


def test_the_facts_tell_how_much_the_divergence_weighs(explorer: Explorer) -> None:
    explorer.open("beta-vae", dimensions=3, beta=6.0)
    facts = explorer.page.chooser._facts
    assert "3 axes" in facts.text()
    assert "prior gaussian · beta 6" in facts.text()
    explorer.open("autoencoder", dimensions=3)
    assert "no prior" in facts.text()
    assert "beta" not in facts.text()


def test_the_facts_tell_how_disentangled_the_axes_are_where_that_is_known(
    explorer: Explorer,
) -> None:
    state = explorer.open("beta-vae", dimensions=2)
    chooser = explorer.page.chooser
    assert "MIG" not in chooser._facts.text()
    chooser.show_facts(replace(state.facts, numbers={"mig": 0.2044}))
    assert "beta 4 · MIG 0.204" in chooser._facts.text()


def test_bars_of_two_models_have_one_scale(explorer: Explorer) -> None:
    explorer.open("vae", dimensions=3)
    one = explorer.state.facts.source
    state = explorer.open("beta-vae", dimensions=2)
    state.cloud = replace(state.cloud, kl=state.cloud.kl * 3)
    state.cloud_changed.emit()
    tab = explorer.page.traversals
    explorer.show(tab)
    tab.compare.addItem("vae", one)
    first, second = tab.first_panel.view, tab.second_panel.view
    explorer.until(lambda: first.most_nats > 0)
    assert max(bar_lengths(first)) == pytest.approx(BAR_PX, abs=1)
    explorer.choose("latent.traverse_compare", one)
    explorer.until(lambda: second.most_nats > 0)
    longest = max(first.most_nats, second.most_nats)
    for view in (first, second):
        wanted = [round(BAR_PX * nats / longest) for nats in view._nats]
        assert bar_lengths(view) == pytest.approx(wanted, abs=1)
    explorer.choose("latent.traverse_compare", None)  # alone again: its own scale
    assert first.bars_end == first.most_nats


def test_a_list_says_of_each_model_its_axes_its_beta_and_its_prior() -> None:
    beta_vae, plain, hybrid = (
        MODELS.card(key) for key in ("beta-vae", "vae", "adversarial-autoencoder")
    )
    weights = WeightsCard("one", "shipped", "", "", 1, "MIT", config={"latent_dimensions": 10})
    four = replace(weights, config={"latent_dimensions": 1, "beta": 4.0})
    roll = replace(weights, config={"latent_dimensions": 2, "prior": "swiss-roll"})
    assert about(beta_vae, four) == "1 axis · beta 4 · prior gaussian"
    assert about(plain, weights) == "10 axes · beta 1 · prior gaussian"
    assert about(hybrid, roll) == "2 axes · prior swiss roll"
    assert about(MODELS.card("autoencoder"), weights) == "10 axes · no prior"


def test_models_stand_in_groups_and_each_line_names_weights_beta_and_prior(
    explorer: Explorer,
) -> None:
    cards = [MODELS.card(key) for key in ("dcgan", "beta-vae", "autoencoder")]
    explorer.page.chooser.set_models(cards)
    box = explorer.find(QComboBox, "latent.model")
    lines = [box.itemText(row) for row in range(box.count())]
    headings = [line for row, line in enumerate(lines) if box.itemData(row) is None]
    assert headings == ["Autoencoders", "Variational autoencoders", "Adversarial networks"]
    assert "Beta-VAE · beta-vae-mnist · 10 axes · beta 4 · prior gaussian" in lines
    row = lines.index("Beta-VAE · beta-vae-mnist · 10 axes · beta 4 · prior gaussian")
    assert "ELBO in nats" in box.itemData(row, Qt.ItemDataRole.ToolTipRole)


def test_samples_are_large_enough_to_be_seen(explorer: Explorer) -> None:
    explorer.open("vae", dimensions=3, image_size=64)
    explorer.show(explorer.page.samples)
    grid = explorer.page.samples.grid
    explorer.until(lambda: grid.count == 60)
    assert grid.cell_rect(0).width() == 128  # pixels of 64 x 64, twice as large


def test_ready_attributes_are_there_and_kept_for_the_next_model(explorer: Explorer) -> None:
    state = explorer.open("vae", dimensions=3)
    glasses = ReadyAttribute("glasses", (0, 1), (2, 3))
    state.cloud = replace(state.cloud, attributes=(glasses,))
    state.cloud_changed.emit()
    explorer.show(explorer.page.arithmetic)
    box = explorer.find(QComboBox, "latent.attributes")
    assert box.currentText() == "glasses"
    start, latents = state.code.copy(), state.cloud.latents
    explorer.find(QSlider, "latent.strength").setValue(100)
    direction = latents[[0, 1]].mean(axis=0) - latents[[2, 3]].mean(axis=0)
    assert np.allclose(state.code, start + direction, atol=1e-5)
    explorer.open("beta-vae", dimensions=2)  # its codes are of the same pictures
    assert box.currentText() == "glasses"
