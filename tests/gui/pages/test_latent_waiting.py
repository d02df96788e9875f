"""What the Latent page shows while it waits, and after it waits no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot

from engine.api.errors import TaskCancelled
from engine.api.latent_space import EncodeData, ProjectLatents
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
