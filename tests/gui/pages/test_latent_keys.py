"""What the keyboard reaches on the Latent page, and answers that come late."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QListWidget,
    QSlider,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.api.errors import DatasetError, DownloadError, EngineError
from engine.api.latent import LatentSource
from engine.api.models import WeightsCard
from engine.core.registry import MODELS
from gui.pages.latent.data_words import why_no_data
from gui.pages.latent.drawing_pad import DrawingPad
from gui.pages.latent.filmstrip import Filmstrip
from gui.pages.latent.latent_map import LatentMap
from gui.pages.latent.manifold_view import ManifoldView
from gui.pages.latent.picture_grid import PictureGrid
from gui.pages.latent.picture_well import PictureWell
from gui.pages.latent.traversal_view import TraversalView
from tests.gui.pages.latent_support import Explorer


@pytest.fixture
def explorer(qtbot: QtBot, tmp_path: Path) -> Iterator[Explorer]:
    explorer = Explorer(qtbot, tmp_path)
    yield explorer
    explorer.close()
    assert not explorer.crashes


def test_arrows_go_through_samples_and_each_is_shown_large(explorer: Explorer) -> None:
    explorer.open("vae", dimensions=3)
    tab = explorer.page.samples
    explorer.show(tab)
    explorer.until(lambda: tab.grid.count == 60)
    for _ in range(2):
        explorer.bot.keyClick(tab.grid, Qt.Key.Key_Right)
    shown = tab._chosen.image
    expected = tab._found.pixels[2]
    assert (shown.height(), shown.width()) == expected.shape[:2]
    reds = [[shown.pixelColor(x, y).red() for x in range(8)] for y in range(8)]
    np.testing.assert_array_equal(reds, expected[..., 0])
    explorer.bot.keyClick(tab.grid, Qt.Key.Key_Return)
    np.testing.assert_array_equal(explorer.state.code, tab._found.latents[2])


def test_arrows_and_enter_take_a_code_out_of_a_traversal(explorer: Explorer) -> None:
    state = explorer.open("vae", dimensions=3)
    tab = explorer.page.traversals
    explorer.show(tab)
    panel = tab.first_panel
    explorer.until(lambda: panel.view._nats is not None)
    latents = panel._latents
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right):
        explorer.bot.keyClick(panel.view, key)
    explorer.bot.keyClick(panel.view, Qt.Key.Key_Return)
    np.testing.assert_array_equal(state.code, latents[9 + 2])


def test_a_walk_that_is_answered_after_its_keyframes_went_is_not_shown(
    explorer: Explorer,
) -> None:
    explorer.open("vae", dimensions=3)
    tab = explorer.page.interpolate
    explorer.show(tab)
    for value in (1.0, 2.0):
        tab.add(np.full(3, value, np.float32))
    tab._clear.click()
    tab.add(np.full(3, 1.0, np.float32))
    explorer.until(lambda: tab.grid.count == 1)
    explorer.settle()
    assert tab._paths == {}


def test_another_class_walks_anew(explorer: Explorer) -> None:
    state = explorer.open("conditional-gan", with_codes=False)
    tab = explorer.page.interpolate
    explorer.show(tab)
    explorer.find(QSpinBox, "latent.frames").setValue(3)
    for value in (1.0, -1.0):
        tab.add(np.full(len(state.code), value, np.float32))
    explorer.until(lambda: len(tab._paths) == 2)
    before = tab._paths["lerp"].pixels
    state.set_class(4)
    explorer.until(lambda: not np.array_equal(tab._paths["lerp"].pixels, before))


def test_samples_of_one_class_follow_the_class_of_the_page(explorer: Explorer) -> None:
    state = explorer.open("conditional-gan", with_codes=False)
    tab = explorer.page.samples
    explorer.show(tab)
    explorer.find(QCheckBox, "latent.every_class").setChecked(False)
    explorer.until(lambda: tab._found is not None and set(tab._found.class_indices) == {0})
    state.set_class(7)
    explorer.until(lambda: set(tab._found.class_indices) == {7})


def test_rows_of_a_traversal_fit_the_width_that_there_is(explorer: Explorer) -> None:
    explorer.open("vae", dimensions=3)
    tab = explorer.page.traversals
    explorer.show(tab)
    view = tab.first_panel.view
    explorer.until(lambda: view._nats is not None)
    explorer.find(QSpinBox, "latent.traverse_count").setValue(15)
    explorer.until(lambda: view._columns == 15)
    assert view._left() + view._sheet_size().width() <= view.width()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DownloadError("mnist: allow it (--download)"), "mnist is not on this machine; choose its"),
        (DatasetError("mnist: 3 pictures"), "mnist: 3 pictures"),
    ],
)
def test_missing_data_are_asked_for_in_words_of_the_page(error: EngineError, expected: str) -> None:
    text = why_no_data(error, "mnist", "Folder…")
    assert text.startswith(expected)
    assert "--" not in text


def test_of_many_axes_it_is_said_how_many_have_a_row(explorer: Explorer) -> None:
    explorer.open("vae", dimensions=48)
    tab = explorer.page.traversals
    explorer.show(tab)
    explorer.until(lambda: tab.first_panel.view._rows == 40)
    assert "The first 40 of 48 rows" in tab.first_panel.about.text()


def test_principal_directions_have_no_nats_to_be_sorted_by(explorer: Explorer) -> None:
    explorer.open("vae", dimensions=3)
    explorer.show(explorer.page.traversals)
    box = explorer.find(QCheckBox, "latent.traverse_sorted")
    assert box.isEnabled()
    explorer.choose("latent.traverse_basis", "pca")
    assert not box.isEnabled()
    view = explorer.page.traversals.first_panel.view
    explorer.until(lambda: list(view._names) == ["PC1", "PC2", "PC3"])
    assert view._nats is None
    explorer.choose("latent.traverse_basis", "axes")
    assert box.isEnabled()


def test_a_traversal_goes_from_a_picture_and_so_does_the_one_beside(explorer: Explorer) -> None:
    explorer.open("vae", dimensions=3)
    one = explorer.state.facts.source
    state = explorer.open("beta-vae", dimensions=2)
    tab = explorer.page.traversals
    explorer.show(tab)
    tab.compare.addItem("vae", one)
    explorer.choose("latent.traverse_compare", one)
    explorer.until(lambda: tab.second.cloud is not None)
    explorer.press("latent.traverse_base")
    chosen = [
        np.flatnonzero((each.cloud.latents == each.code).all(axis=1)).tolist()
        for each in (state, tab.second)
    ]
    assert len(chosen[0]) == 1
    assert chosen[0] == chosen[1]
    before = state.code.copy()
    explorer.press("latent.traverse_base")
    assert not np.array_equal(state.code, before)


def test_every_set_of_weights_can_stand_beside(explorer: Explorer) -> None:
    names = ("vae-mnist-2d", "vae-mnist-10d")
    weights = tuple(WeightsCard(name, "shipped", "digits", "", 0, "MIT") for name in names)
    card = replace(MODELS.card("vae"), weights=weights)
    explorer.page.traversals.compare.set_models([card])
    box = explorer.find(QComboBox, "latent.traverse_compare")
    assert [box.itemText(index) for index in range(box.count())] == [
        "no other model",
        "Variational autoencoders",
        *names,
    ]
    assert not box.model().item(1).isEnabled()
    assert box.itemData(2) == LatentSource("vae", "vae-mnist-2d")


def test_every_list_number_and_view_says_what_it_is_for(explorer: Explorer) -> None:
    explorer.open("conditional-gan", with_codes=False)
    kinds = (QComboBox, QAbstractSpinBox, QListWidget, LatentMap, ManifoldView, PictureWell)
    views = (PictureGrid, TraversalView, Filmstrip, DrawingPad, QSlider)
    steps = explorer.page.steps
    silent = [
        widget.objectName()
        for widget in explorer.page.findChildren(QWidget)
        if isinstance(widget, kinds + views)
        and widget.objectName().startswith("latent.")
        and not steps.isAncestorOf(widget)
        and not widget.objectName().startswith("latent.axis")  # nats, where they are known
        and not widget.toolTip()
    ]
    assert silent == []
