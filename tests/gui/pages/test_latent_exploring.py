"""Sliders, map, drawing: everything moves the same code, and the picture follows."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QSlider, QWidget
from pytestqt.qtbot import QtBot

from engine.api.latent import DecodeLatents, EncodePictures, LatentSource
from engine.api.tasks import TaskContext
from engine.service import execute
from tests.gui.pages.latent_support import Explorer

SILENT = TaskContext(lambda progress: None)


@pytest.fixture
def explorer(qtbot: QtBot, tmp_path: Path) -> Iterator[Explorer]:
    explorer = Explorer(qtbot, tmp_path)
    yield explorer
    explorer.close()
    assert not explorer.crashes


def picture_of(explorer: Explorer) -> np.ndarray:
    """What the engine makes of the present code."""
    state = explorer.state
    request = DecodeLatents(state.facts.source, state.code[None], state.classes_for(1))
    return execute(request, SILENT).pixels[0]


def turn_wheel(widget: QWidget, point: QPointF) -> None:
    plain, none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    place = widget.mapToGlobal(point)
    turn = QPoint(0, 120)
    phase = Qt.ScrollPhase.NoScrollPhase
    QApplication.sendEvent(
        widget, QWheelEvent(point, place, QPoint(), turn, plain, none, phase, False)
    )


def follows(explorer: Explorer) -> bool:
    return np.array_equal(explorer.state.picture, picture_of(explorer))


def test_a_model_is_opened_with_its_facts_its_map_and_the_middle_of_its_codes(
    explorer: Explorer,
) -> None:
    state = explorer.open("vae")
    explorer.until(lambda: np.allclose(state.code, state.cloud.centre))
    explorer.until(lambda: follows(explorer))
    assert "2 axes · 8 x 8 px" in explorer.page.chooser._facts.text()
    assert explorer.page.explore.sliders.count == 2
    assert "60 drawn codes" in explorer.find(QLabel, "latent.map_about").text().lower()


def test_a_dragged_slider_changes_its_axis_and_the_picture_follows(explorer: Explorer) -> None:
    state = explorer.open("vae")
    explorer.until(lambda: np.allclose(state.code, state.cloud.centre))
    slider = explorer.find(QSlider, "latent.axis_2")
    before = state.code.copy()
    middle = QPoint(slider.width() // 2, slider.height() // 2)
    slider.setValue(0)
    explorer.drag(slider, middle, middle + QPoint(10, 0), middle + QPoint(40, 0))
    assert state.code[1] > 0.5
    assert state.code[0] == before[0]
    shown = explorer.page.explore.map_panel.map
    explorer.until(lambda: np.allclose(shown.current, state.code, atol=1e-5))
    explorer.until(lambda: follows(explorer))


def test_in_many_axes_the_first_code_is_one_of_the_cloud(explorer: Explorer) -> None:
    state = explorer.open("vae", dimensions=5)
    lengths = [float(np.linalg.norm(code - state.cloud.centre)) for code in state.cloud.latents]
    nearest = state.cloud.latents[lengths.index(min(lengths))]
    explorer.until(lambda: np.array_equal(state.code, nearest))
    state.set_code(np.ones(5, np.float32))
    state.reset()
    np.testing.assert_array_equal(state.code, nearest)


def test_one_drag_of_a_slider_is_undone_at_once(explorer: Explorer) -> None:
    state = explorer.open("vae")
    explorer.until(lambda: np.allclose(state.code, state.cloud.centre))
    slider = explorer.find(QSlider, "latent.axis_2")
    slider.setValue(0)
    before = state.code.copy()
    middle = QPoint(slider.width() // 2, slider.height() // 2)
    explorer.drag(slider, middle, middle + QPoint(10, 0), middle + QPoint(40, 0))
    once = state.code.copy()
    explorer.bot.keyClick(slider, Qt.Key.Key_Right)
    assert state.code[1] > once[1] > before[1]
    state.undo()
    np.testing.assert_array_equal(state.code, once)
    state.undo()
    np.testing.assert_array_equal(state.code, before)


def test_two_drags_on_the_map_are_undone_one_by_one(explorer: Explorer) -> None:
    state = explorer.open("vae")
    explorer.until(lambda: np.allclose(state.code, state.cloud.centre))
    view = explorer.page.explore.map_panel.map
    before = state.code.copy()
    explorer.drag(view, view.to_screen(0.2, 0.1), view.to_screen(0.4, 0), view.to_screen(0.7, -0.4))
    once = state.code.copy()
    explorer.drag(view, view.to_screen(-0.2, 0.1), view.to_screen(-0.7, 0.4))
    state.undo()
    np.testing.assert_array_equal(state.code, once)
    state.undo()
    np.testing.assert_array_equal(state.code, before)


def test_the_map_shows_what_lies_under_the_pointer(explorer: Explorer) -> None:
    state = explorer.open("vae")
    view = explorer.page.explore.map_panel.map
    before = state.code.copy()
    point = view.to_screen(1.0, -0.5).toPoint()
    explorer.bot.mouseMove(view, point)
    explorer.until(lambda: not view.hovered.isNull())
    code = np.array([view.to_plane(QPointF(point))], np.float32)
    expected = execute(DecodeLatents(state.facts.source, code), SILENT).pixels[0]
    shown = view.hovered
    assert [shown.pixelColor(x, 3).red() for x in range(8)] == expected[3, :, 0].tolist()
    np.testing.assert_array_equal(state.code, before)
    explorer.drag(view, point)
    assert view.hovered.isNull()


def test_the_wheel_zooms_at_the_pointer(explorer: Explorer) -> None:
    explorer.open("vae")
    view = explorer.page.explore.map_panel.map
    point = QPointF(60, 40)
    before, width = view.to_plane(point), view.view.width()
    turn_wheel(view, point)
    assert view.view.width() < width
    np.testing.assert_allclose(view.to_plane(point), before, atol=1e-6)


def test_t_sne_has_no_pictures_between_its_points(explorer: Explorer) -> None:
    explorer.open("vae", dimensions=3)
    panel = explorer.page.explore.map_panel
    explorer.choose("latent.map_layer", "both")
    explorer.choose("latent.map_method", "t-sne")
    assert panel.layer == "points"
    layers = explorer.find(QComboBox, "latent.map_layer")
    assert not layers.model().item(layers.findData("both")).isEnabled()
    explorer.until(lambda: panel.plane is not None and panel.plane.method == "t-sne")
    explorer.choose("latent.map_method", "pca")
    assert layers.model().item(layers.findData("both")).isEnabled()


def test_a_model_that_cannot_be_loaded_leaves_the_one_before(explorer: Explorer) -> None:
    state = explorer.open("vae")
    explorer.page.open(LatentSource("vae", explorer.folder / "gone.safetensors"))
    explorer.until(lambda: explorer.problems)
    assert "gone.safetensors" in explorer.problems[-1]
    assert state.source == state.facts.source
    chooser = explorer.page.chooser
    assert chooser._box.currentData() == state.source
    assert "2 axes" in chooser._facts.text()


def test_a_double_click_puts_a_slider_back(explorer: Explorer) -> None:
    state = explorer.open("vae")
    state.set_code(np.array([1.5, -1.0], np.float32))
    slider = explorer.find(QSlider, "latent.axis_1")
    explorer.bot.mouseDClick(slider, Qt.MouseButton.LeftButton)
    np.testing.assert_allclose(state.code, [0, -1])


def test_sliders_along_principal_directions_move_the_code_along_them(explorer: Explorer) -> None:
    state = explorer.open("vae", dimensions=3)
    explorer.until(lambda: state.code.any())
    explorer.choose("latent.basis", "pca")
    before = state.code.copy()
    explorer.find(QSlider, "latent.axis_2").setValue(500)
    moved = state.code - before
    direction = state.cloud.components[1]
    np.testing.assert_allclose(moved, (moved @ direction) * direction, atol=1e-4)
    expected = 1.5 * state.cloud.deviations[1]
    assert (state.code - state.cloud.centre) @ direction == pytest.approx(expected, rel=1e-3)


def test_a_drag_in_the_map_moves_the_code_and_the_picture_follows(explorer: Explorer) -> None:
    state = explorer.open("vae")
    view = explorer.page.explore.map_panel.map
    explorer.drag(view, view.to_screen(0.2, 0.1), view.to_screen(0.7, -0.4))
    np.testing.assert_allclose(state.code, [0.7, -0.4], atol=0.05)
    explorer.until(lambda: follows(explorer))


def test_the_arrow_keys_move_the_place_in_the_map(explorer: Explorer) -> None:
    state = explorer.open("vae")
    view = explorer.page.explore.map_panel.map
    state.set_code(np.zeros(2, np.float32))
    explorer.bot.keyClick(view, Qt.Key.Key_Right)
    assert state.code[0] > 0
    assert state.code[1] == pytest.approx(0, abs=1e-6)


def test_a_zoomed_map_keeps_the_place_under_the_pointer_and_fits_again(explorer: Explorer) -> None:
    explorer.open("vae")
    view = explorer.page.explore.map_panel.map
    whole = view.view
    explorer.bot.mouseDClick(view, Qt.MouseButton.LeftButton)
    assert view.view == whole
    view.resize(view.width() - 80, view.height())
    view.resize(view.width() + 80, view.height())
    assert view.view.width() == pytest.approx(whole.width(), rel=1e-6)


@pytest.mark.parametrize("layer", ["both", "manifold"])
def test_pictures_lie_between_the_points(explorer: Explorer, layer: str) -> None:
    explorer.open("vae")
    explorer.choose("latent.map_layer", layer)
    panel = explorer.page.explore.map_panel
    if layer == "both":
        shown = panel.map
        explorer.until(lambda: shown.background is not None and shown.background.shape[1] == 20 * 8)
    else:
        explorer.until(lambda: panel.manifold.image.width() == 20 * 8)
        explorer.drag(panel.manifold, panel.manifold.sheet_rect().center())
        np.testing.assert_allclose(explorer.state.code, [0, 0], atol=0.05)


@pytest.mark.parametrize("method", ["pca", "t-sne"])
def test_codes_are_laid_out_another_way(explorer: Explorer, method: str) -> None:
    explorer.open("vae", dimensions=3)
    panel = explorer.page.explore.map_panel
    explorer.choose("latent.map_method", method)
    explorer.until(lambda: panel.plane is not None and panel.plane.method == method)
    x, y = panel.plane.positions[7].tolist()
    view = panel.map
    explorer.drag(view, view.to_screen(x, y))
    np.testing.assert_allclose(explorer.state.code, explorer.state.cloud.latents[7], atol=0.6)


def test_a_random_code_comes_with_its_seed_and_undo_goes_back(explorer: Explorer) -> None:
    state = explorer.open("vae")
    explorer.until(lambda: np.allclose(state.code, state.cloud.centre))
    first = state.code.copy()
    explorer.press("latent.random")
    explorer.until(lambda: not np.allclose(state.code, first))
    drawn = state.code.copy()
    state.undo()
    np.testing.assert_array_equal(state.code, first)
    state.redo()
    np.testing.assert_array_equal(state.code, drawn)
    explorer.press("latent.reset")
    np.testing.assert_allclose(state.code, state.cloud.centre)


def test_a_drawn_digit_is_encoded_and_editing_goes_on_from_there(explorer: Explorer) -> None:
    state = explorer.open("vae", image_size=28)
    own = explorer.page.explore.own
    explorer.drag(own.pad, QPoint(70, 20), QPoint(70, 60), QPoint(60, 110))
    expected = execute(EncodePictures(state.facts.source, (own.pad.pixels(),)), SILENT)
    explorer.until(lambda: np.allclose(state.code, expected.latents[0], atol=1e-5))
    explorer.until(lambda: not own._input.image.isNull())
    gap = np.abs(expected.inputs[0].astype(int) - expected.reconstructions[0])[14, :, 0]
    shown = own._difference.image
    assert [shown.pixelColor(x, 14).red() for x in range(28)] == gap.tolist()
    assert "difference" in explorer.find(QLabel, "latent.own_text").text()
    explorer.until(lambda: follows(explorer))
    explorer.press("latent.pad_clear")
    assert own.pad.is_empty


def test_a_picture_file_is_encoded(explorer: Explorer, tmp_path: Path) -> None:
    state = explorer.open("vae", image_size=16, in_channels=3)
    pixels = np.random.default_rng(0).integers(0, 255, (40, 30, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    explorer.page.explore.own.open_file(tmp_path / "photo.png")
    expected = execute(EncodePictures(state.facts.source, (pixels,)), SILENT)
    explorer.until(lambda: np.allclose(state.code, expected.latents[0], atol=1e-5))


def test_a_generator_searches_for_the_code_of_a_picture(explorer: Explorer) -> None:
    state = explorer.open("gan", with_codes=False, base_channels=None, hidden_units=8)
    assert "no encoder" in explorer.find(QLabel, "latent.map_about").text()
    before = state.code.copy()
    own = explorer.page.explore.own
    explorer.drag(own.pad, QPoint(20, 20), QPoint(100, 100))
    explorer.until(lambda: not np.allclose(state.code, before))
    explorer.until(lambda: not own._output.image.isNull())


def test_the_model_is_conditioned_on_the_chosen_class(explorer: Explorer) -> None:
    state = explorer.open("conditional-gan", with_codes=False)
    box = explorer.find(QComboBox, "latent.class")
    assert box.isVisible()
    explorer.until(lambda: follows(explorer))
    before = state.picture.copy()
    box.setCurrentIndex(7)
    box.activated.emit(7)
    assert state.class_index == 7
    explorer.until(lambda: not np.array_equal(state.picture, before))
    explorer.until(lambda: follows(explorer))


def test_a_second_model_has_a_map_of_its_own(explorer: Explorer) -> None:
    explorer.open("vae")
    one = explorer.state.facts.source
    explorer.open("autoencoder")
    explorer.page.explore.compare.addItem("vae", one)
    explorer.choose("latent.compare", one)
    second = explorer.page.explore.second
    panel = explorer.page.explore.second_map
    explorer.until(lambda: panel.plane is not None and second.picture is not None)
    code = explorer.state.code.copy()
    explorer.drag(panel.map, panel.map.to_screen(0.5, 0.5))
    np.testing.assert_allclose(second.code, [0.5, 0.5], atol=0.05)
    np.testing.assert_array_equal(explorer.state.code, code)


def test_weights_of_a_run_are_opened_by_the_card_beside_them(
    explorer: Explorer, tmp_path: Path
) -> None:
    source = explorer.open("vae").facts.source
    (tmp_path / "vae.json").write_text('{"model": "vae"}')
    explorer.open("autoencoder")
    explorer.page.open_file(Path(source.weights))
    explorer.until(lambda: explorer.state.facts.source.model_key == "vae")
    explorer.page.open_file(tmp_path / "nothing.safetensors")
    assert "which model" in explorer.problems[-1]


def test_without_codes_the_map_says_what_to_do(explorer: Explorer) -> None:
    explorer.open("autoencoder", with_codes=False)
    panel = explorer.page.explore.map_panel
    assert "choose pictures" in panel.map.empty_text
    explorer.press("latent.random")
    assert "encode a data set first" in explorer.problems[-1]
    explorer.choose("latent.map_data", "digits")
    explorer.until(lambda: panel.plane is not None)
    assert explorer.state.cloud.thumbnails is not None


def test_every_control_has_a_name_for_screen_readers(explorer: Explorer) -> None:
    explorer.open("vae")
    from tests.gui.controls import controls

    for index in range(explorer.page.tabs.count()):
        explorer.page.tabs.setCurrentIndex(index)
        for control in controls(explorer.page):
            named = control.accessibleName() or getattr(control, "text", str)()
            assert named, control.objectName() or type(control).__name__


def test_without_weights_the_page_says_where_they_come_from(explorer: Explorer) -> None:
    assert "train an autoencoder" in explorer.page.chooser._facts.text()


def test_a_place_on_the_map_survives_a_press_without_a_model(explorer: Explorer) -> None:
    view = explorer.page.explore.map_panel.map
    explorer.drag(view, QPointF(20, 20), QPointF(30, 30))
    assert explorer.state.code.size == 0
