"""What the Latent page shows while it waits, and after it waits no more."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot

from engine.api.errors import TaskCancelled, WeightsError
from engine.api.latent import DecodeLatents, EncodePictures, LatentSource, OpenLatents
from engine.api.latent_space import EncodeData, ProjectLatents
from engine.api.tasks import TaskContext
from engine.service import execute
from tests.engine.inference.latents import saved, some_codes
from tests.gui.held_engine import HeldEngine
from tests.gui.pages.latent_support import SMALL, Explorer


@pytest.fixture
def engine() -> HeldEngine:
    return HeldEngine()


@pytest.fixture
def explorer(qtbot: QtBot, tmp_path: Path, engine: HeldEngine) -> Iterator[Explorer]:
    explorer = Explorer(qtbot, tmp_path, engine)
    yield explorer
    explorer.close()
    assert not explorer.crashes


def test_a_layout_that_is_stopped_leaves_the_map_as_it_was(
    explorer: Explorer, engine: HeldEngine
) -> None:
    explorer.open("vae", dimensions=3)
    panel = explorer.page.explore.map_panel
    about = explorer.find(QLabel, "latent.map_about")
    before = about.text()
    engine.hold(ProjectLatents)
    explorer.choose("latent.map_method", "t-sne")
    explorer.until(lambda: len(engine.held) == 1)
    assert "at work" in about.text()
    engine.hold()
    explorer.client.cancel_all()
    engine.held[0].answer(TaskCancelled())
    explorer.settle()
    assert explorer.find(QComboBox, "latent.map_method").currentData() == panel.plane.method
    assert panel.plane.method == "pca"
    assert about.text() == before


def test_the_next_model_ends_the_layout_of_the_one_before(
    explorer: Explorer, engine: HeldEngine
) -> None:
    engine.hold(ProjectLatents)
    first = saved(
        explorer.folder, "vae", some_codes(3, has_posterior=True), latent_dimensions=3, **SMALL
    )
    explorer.page.open(first)
    explorer.until(lambda: len(engine.held) == 1)
    explorer.choose("latent.map_method", "t-sne")
    explorer.until(lambda: len(engine.held) == 2)
    engine.hold()
    explorer.open("autoencoder")
    assert all(held.is_cancelled for held in engine.held)
    for held in engine.held:
        held.answer(TaskCancelled())
    explorer.settle()
    assert explorer.page.explore.map_panel.plane.method == "axes"


def test_codes_on_their_way_are_not_called_missing(explorer: Explorer, engine: HeldEngine) -> None:
    engine.hold(EncodeData)
    source = saved(
        explorer.folder, "vae", some_codes(2, has_posterior=True), latent_dimensions=2, **SMALL
    )
    explorer.page.open(source)
    explorer.until(lambda: len(engine.held) == 1)
    shown = explorer.page.explore.map_panel.map
    assert "being read" in shown.empty_text
    engine.held[0].finish()
    explorer.until(lambda: explorer.page.explore.map_panel.plane is not None)
    assert not shown.empty_text


def test_the_picture_of_one_model_never_stands_under_the_name_of_another(
    explorer: Explorer, engine: HeldEngine
) -> None:
    state = explorer.open("vae")
    shown = explorer.page.explore.picture
    explorer.until(lambda: not shown.image.isNull())
    code, picture = state.code.copy(), state.picture.copy()
    engine.hold(OpenLatents)
    explorer.page.open(saved(explorer.folder, "autoencoder", latent_dimensions=2, **SMALL))
    explorer.until(lambda: len(engine.held) == 1)
    assert shown.image.isNull()
    engine.held[0].answer(WeightsError("damaged"))
    explorer.until(lambda: not shown.image.isNull())
    np.testing.assert_array_equal(state.code, code)
    np.testing.assert_array_equal(state.picture, picture)


def test_the_first_picture_of_a_model_is_that_of_one_of_its_codes(
    explorer: Explorer, engine: HeldEngine
) -> None:
    engine.hold(DecodeLatents)
    explorer.page.open(
        saved(
            explorer.folder, "vae", some_codes(2, has_posterior=True), latent_dimensions=2, **SMALL
        )
    )
    explorer.until(lambda: engine.of(DecodeLatents))
    for held in engine.of(DecodeLatents):
        assert not (held.request.latents == 0).all(axis=1).any()
        held.finish()
    engine.hold()
    explorer.until(lambda: explorer.state.picture is not None)


def test_what_was_drawn_is_encoded_anew_by_the_next_model(explorer: Explorer) -> None:
    explorer.open("vae", image_size=28)
    pad = explorer.page.explore.own.pad
    explorer.drag(pad, QPoint(70, 20), QPoint(70, 60), QPoint(60, 110))
    explorer.until(lambda: not explorer.page.explore.own._output.image.isNull())
    state = explorer.open("autoencoder", image_size=28)
    request = EncodePictures(state.facts.source, (pad.pixels(),))
    expected = execute(request, TaskContext(lambda progress: None)).latents[0]
    explorer.until(lambda: np.allclose(state.code, expected, atol=1e-5))
    explorer.press("latent.pad_clear")
    explorer.open("vae", image_size=28)
    explorer.settle()
    assert explorer.page.explore.own._output.image.isNull()


def test_the_sum_is_shown_as_the_chosen_class(explorer: Explorer) -> None:
    state = explorer.open("conditional-gan", with_codes=False)
    tab = explorer.page.arithmetic
    explorer.show(tab)
    for letter in "ABC":
        tab.fill(letter, state.code.copy())
    explorer.until(lambda: not tab.result.image.isNull())
    before = tab.result.image.copy()
    box = explorer.find(QComboBox, "latent.class")
    box.setCurrentIndex(7)
    box.activated.emit(7)
    explorer.until(lambda: not tab.result.image.isNull() and tab.result.image != before)


def test_an_attribute_is_found_again_in_the_codes_of_another_model(explorer: Explorer) -> None:
    explorer.open("vae")
    tab = explorer.page.arithmetic
    explorer.show(tab)
    explorer.until(lambda: tab.pictures.count > 4)
    tab._on_picked(0)
    tab._without.setChecked(True)
    tab._on_picked(1)
    tab._name.setText("glasses")
    tab.keep_attribute()
    state = explorer.open("autoencoder")
    box = explorer.find(QComboBox, "latent.attributes")
    explorer.until(lambda: box.findText("glasses") >= 0)
    one, other = state.cloud.latents[tab._chosen[[0, 1]]]
    np.testing.assert_allclose(tab._directions["glasses"], one - other, atol=1e-6)
    explorer.open("vae", dimensions=3, with_codes=False)
    assert box.count() == 0


def test_weights_of_ones_own_are_looked_at_again_the_next_time(
    qtbot: QtBot, tmp_path: Path
) -> None:
    first = Explorer(qtbot, tmp_path)
    source = first.open("vae").source
    (tmp_path / "vae.json").write_text('{"model": "vae"}')
    first.page.open_file(Path(source.weights))
    assert first.settings.text("latent/weights") == str(source.weights)
    other = LatentSource("autoencoder", "shipped")
    assert first.page._remembered(str(source.weights), [other]) == LatentSource(
        "vae", Path(source.weights)
    )
    assert first.page._remembered("gone.safetensors", [other]) == other
    first.close()


def test_two_maps_leave_room_for_the_rail_in_a_window_of_1280(explorer: Explorer) -> None:
    source = explorer.open("vae").source
    explore = explorer.page.explore
    explore.compare.addItem("vae", source)
    explorer.choose("latent.compare", source)
    explorer.until(explore.second_picture.isVisible)
    rail_px = 72
    assert explorer.page.minimumSizeHint().width() <= 1280 - rail_px
