"""Walks, sums, traversals, samples and reconstructions."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSlider, QSpinBox
from pytestqt.qtbot import QtBot

from engine.api.latent import attribute_direction
from engine.api.traces import Tiles
from gui.pages.latent.arithmetic import ArithmeticTab
from gui.pages.latent.picture_grid import code_to_mime
from tests.gui.pages.latent_support import Explorer


@pytest.fixture
def explorer(qtbot: QtBot, tmp_path: Path) -> Iterator[Explorer]:
    explorer = Explorer(qtbot, tmp_path)
    yield explorer
    explorer.close()
    assert not explorer.crashes


def drop(widget: object, code: np.ndarray) -> None:
    mime = code_to_mime(code)
    event = QDropEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    widget.dropEvent(event)  # type: ignore[attr-defined]


def walking(explorer: Explorer) -> None:
    """Two keyframes, and both walks between them."""
    state = explorer.open("vae", dimensions=4)
    tab = explorer.page.interpolate
    explorer.show(tab)
    explorer.find(QSpinBox, "latent.frames").setValue(4)
    for code in (np.eye(4)[0] * 2, np.eye(4)[1] * 2):
        state.set_code(code.astype(np.float32))
        explorer.press("latent.keyframe_add")
    explorer.until(lambda: len(tab._paths) == 2 and tab.grid.count == 2)
    explorer.until(lambda: all(len(p.latents) == 5 for p in tab._paths.values()))


def test_two_keyframes_make_a_straight_walk_and_one_along_the_sphere(explorer: Explorer) -> None:
    walking(explorer)
    paths = explorer.page.interpolate._paths
    np.testing.assert_allclose(paths["slerp"].lengths, 2, rtol=1e-5)
    assert paths["lerp"].lengths[2] == pytest.approx(np.sqrt(2), rel=1e-5)
    text = explorer.find(QLabel, "latent.walk_text").text()
    assert "2 keyframes, 5 frames" in text


def test_a_walk_is_exported_as_a_gif_and_as_an_mp4_that_open_again(
    explorer: Explorer, tmp_path: Path
) -> None:
    walking(explorer)
    tab = explorer.page.interpolate
    tab.export("slerp", tmp_path / "walk.gif")
    explorer.until(lambda: "Saved walk.gif" in explorer.messages)
    with Image.open(tmp_path / "walk.gif") as film:
        assert film.n_frames == 5
        assert film.size == (256, 256)
    tab.export("lerp", tmp_path / "walk.mp4")
    explorer.until(lambda: "Saved walk.mp4" in explorer.messages)
    with av.open(str(tmp_path / "walk.mp4")) as container:
        assert len(list(container.decode(video=0))) == 5


def test_keyframes_can_be_dropped_moved_and_removed(explorer: Explorer) -> None:
    walking(explorer)
    tab = explorer.page.interpolate
    drop(tab, np.full(4, 0.5, np.float32))
    explorer.until(lambda: tab.grid.count == 3)
    assert tab.grid.index == 2
    explorer.press("latent.keyframe_earlier")
    np.testing.assert_allclose(tab.keyframes[1], 0.5)
    explorer.until(lambda: tab.grid.index == 1)
    explorer.press("latent.keyframe_remove")
    assert len(tab.keyframes) == 2
    drop(tab, np.zeros(7, np.float32))
    assert "another model" in explorer.problems[-1]
    explorer.press("latent.keyframe_clear")
    assert tab.keyframes == []


def test_both_walks_play_together_and_can_be_scrubbed(explorer: Explorer) -> None:
    walking(explorer)
    tab = explorer.page.interpolate
    strip = tab.strips["lerp"]
    explorer.bot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(strip.width() - 3, 10))
    assert (tab.strips["lerp"].index, tab.strips["slerp"].index) == (4, 4)
    explorer.find(QSpinBox, "latent.fps").setValue(60)
    explorer.press("latent.play")
    explorer.until(lambda: tab.strips["slerp"].index == 2)
    explorer.press("latent.play")
    assert not tab._timer.isActive()


def arithmetic(explorer: Explorer) -> ArithmeticTab:
    explorer.open("vae", dimensions=3)
    tab = explorer.page.arithmetic
    explorer.show(tab)
    explorer.until(lambda: tab.pictures.count == 60)
    return tab


def test_codes_dropped_into_wells_make_a_minus_b_plus_c(explorer: Explorer) -> None:
    tab = arithmetic(explorer)
    codes = [np.full(3, value, np.float32) for value in (1.0, 0.25, -0.5)]
    for letter, code in zip("ABC", codes, strict=True):
        drop(tab.wells[letter], code)
    explorer.until(lambda: not tab.result.image.isNull())
    np.testing.assert_allclose(tab.result.code, [0.25] * 3)
    explorer.press("latent.use_result")
    np.testing.assert_allclose(explorer.state.code, [0.25] * 3)


def test_a_click_fills_a_well_with_the_current_code(explorer: Explorer) -> None:
    tab = arithmetic(explorer)
    explorer.state.set_code(np.array([1, 2, 3], np.float32))
    explorer.bot.mouseClick(tab.wells["B"], Qt.MouseButton.LeftButton)
    np.testing.assert_allclose(tab.wells["B"].code, [1, 2, 3])


def test_a_code_of_another_model_is_refused(explorer: Explorer) -> None:
    tab = arithmetic(explorer)
    drop(tab.wells["A"], np.zeros(5, np.float32))
    assert tab.wells["A"].code is None
    assert "another model" in explorer.problems[-1]


def test_two_groups_make_an_attribute_that_a_slider_applies(explorer: Explorer) -> None:
    tab = arithmetic(explorer)
    state, codes = explorer.state, tab.pictures.codes
    for index in (0, 3):
        cell = tab.pictures.cell_rect(index).center()
        explorer.bot.mouseClick(tab.pictures, Qt.MouseButton.LeftButton, pos=cell)
    explorer.press("latent.group_without")
    for index in (1, 4):
        cell = tab.pictures.cell_rect(index).center()
        explorer.bot.mouseClick(tab.pictures, Qt.MouseButton.LeftButton, pos=cell)
    start = state.code.copy()
    explorer.press("latent.attribute_keep")
    explorer.find(QSlider, "latent.strength").setValue(50)
    direction = attribute_direction(codes[[0, 3]], codes[[1, 4]])
    np.testing.assert_allclose(state.code, start + 0.5 * direction, atol=1e-5)
    explorer.find(QSlider, "latent.strength").setValue(0)
    np.testing.assert_allclose(state.code, start, atol=1e-5)


def test_traversals_have_a_row_an_axis_with_its_nats_most_first(explorer: Explorer) -> None:
    state = explorer.open("vae", dimensions=3)
    tab = explorer.page.traversals
    explorer.show(tab)
    panel = tab.first_panel
    explorer.until(lambda: panel.view._nats is not None)
    assert list(panel.view._nats) == sorted(state.cloud.kl.tolist(), reverse=True)
    assert panel.view.image.width() == 9 * 8
    assert "3 of 3 axes in use" in panel.about.text()
    explorer.bot.mouseClick(
        panel.view, Qt.MouseButton.LeftButton, pos=QPoint(panel.view._left() + 4, 4)
    )
    greatest = int(state.cloud.kl.argmax())
    explorer.until(lambda: panel._latents is not None)
    assert state.code[greatest] < state.cloud.centre[greatest]


def test_a_second_model_is_traversed_beside(explorer: Explorer) -> None:
    explorer.open("vae", dimensions=3)
    one = explorer.state.facts.source
    explorer.open("beta-vae", dimensions=2)
    tab = explorer.page.traversals
    explorer.show(tab)
    tab.compare.addItem("vae", one)
    explorer.choose("latent.traverse_compare", one)
    explorer.until(lambda: not tab.second_panel.view.image.isNull())
    assert tab.second_panel.view.image.height() == 3 * 8


def test_samples_are_drawn_and_one_becomes_the_current_code(explorer: Explorer) -> None:
    state = explorer.open("vae", dimensions=3)
    tab = explorer.page.samples
    explorer.show(tab)
    explorer.until(lambda: tab.grid.count == 60)
    first = tab._found.latents.copy()
    explorer.find(QSpinBox, "latent.sample_seed").setValue(5)
    explorer.until(lambda: not np.array_equal(tab._found.latents, first))
    cell = tab.grid.cell_rect(3).center()
    explorer.bot.mouseClick(tab.grid, Qt.MouseButton.LeftButton, pos=cell)
    explorer.press("latent.sample_use")
    np.testing.assert_array_equal(state.code, tab._found.latents[3])


def test_where_there_is_no_prior_a_gaussian_is_fitted(explorer: Explorer) -> None:
    explorer.open("autoencoder", dimensions=3)
    tab = explorer.page.samples
    explorer.show(tab)
    explorer.until(lambda: tab.grid.count == 60)
    box = explorer.find(QComboBox, "latent.sampling")
    assert [box.itemData(index) for index in range(box.count())] == ["gaussian", "mixture"]


def test_samples_of_a_conditional_model_stand_in_columns_of_their_class(
    explorer: Explorer,
) -> None:
    explorer.open("conditional-gan", with_codes=False)
    tab = explorer.page.samples
    explorer.show(tab)
    explorer.until(lambda: tab.grid.count == 60)
    assert tab.grid.columns == 10
    assert tab._found.class_indices.tolist()[:11] == [*range(10), 0]


def test_the_nearest_training_picture_stands_beside_a_sample(
    explorer: Explorer, tmp_path: Path
) -> None:
    explorer.open("vae", dimensions=3)
    tab = explorer.page.samples
    explorer.show(tab)
    explorer.until(lambda: tab.grid.count == 60)
    explorer.bot.mouseClick(tab.grid, Qt.MouseButton.LeftButton, pos=tab.grid.cell_rect(0).center())
    explorer.press("latent.find_nearest")  # among scikit-learn's digits, which the card names
    explorer.until(lambda: not tab._nearest.image.isNull())
    assert "of the training split" in explorer.find(QLabel, "latent.nearest_text").text()
    tab.save(tmp_path / "samples.png")
    assert Image.open(tmp_path / "samples.png").width > 100


def test_training_data_that_are_not_there_are_asked_for(explorer: Explorer) -> None:
    explorer.open("vae", dimensions=3)
    tab = explorer.page.samples
    explorer.show(tab)
    explorer.until(lambda: tab.grid.count == 60)
    tab._data = "nowhere"
    tab.grid.choose(0)
    tab.find_nearest()
    text = explorer.find(QLabel, "latent.nearest_text")
    explorer.until(text.text)
    assert "nowhere" in text.text()
    assert explorer.problems == []


def test_ticked_models_rebuild_the_same_pictures(explorer: Explorer) -> None:
    sources = [
        explorer.open("autoencoder").facts.source,
        explorer.open("vae", dimensions=5).facts.source,
    ]
    tab = explorer.page.reconstructions
    explorer.show(tab)
    tab.sources = lambda: sources  # type: ignore[method-assign]
    explorer.press("latent.rebuild")
    explorer.until(lambda: tab.grid.count == 30)
    assert tab.grid.columns == 10
    originals, *rebuilt = tab.grid.row_titles
    assert originals == "originals"
    assert [title.splitlines()[0] for title in rebuilt] == ["autoencoder, 2 axes", "vae, 5 axes"]
    assert "scikit-learn" in explorer.find(QLabel, "latent.rebuilt_text").text()


def test_without_a_ticked_model_the_cure_is_named(explorer: Explorer) -> None:
    tab = explorer.page.reconstructions
    explorer.show(tab)
    explorer.press("latent.rebuild")
    assert "tick one or more" in explorer.problems[-1]


def test_a_topic_is_stepped_through_with_its_pictures_on_a_sheet(explorer: Explorer) -> None:
    explorer.bench.refresh_models()
    explorer.until(lambda: explorer.bench.traces)
    tab = explorer.page.steps
    tab.set_traces(explorer.bench.traces)
    explorer.show(tab)
    topics = {"linear-autoencoder-is-pca", "reparameterisation", "elbo", "gan-step", "dcgan"}
    assert topics | {"denoising"} <= tab._cards.keys()
    explorer.choose("latent.topic", "linear-autoencoder-is-pca")
    explorer.find(QSpinBox, "latent.topic_option.steps").setValue(50)
    explorer.press("latent.trace")
    explorer.until(lambda: tab.player.trace is not None)
    explorer.until(lambda: tab.player.step is not None)
    steps = list(tab.player.trace)
    with_tiles = [i for i, step in enumerate(steps) if any(type(m) is Tiles for m in step.marks)]
    tab.player.go_to(with_tiles[-1])
    title = steps[with_tiles[-1]].title
    explorer.until(lambda: tab.player.step is not None and tab.player.step.title == title)
    assert tab.player.has_tiles
    assert not tab.canvas.isVisible()
