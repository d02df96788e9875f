"""From the first code of the Latent page to a drawn digit, samples and another model."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QLabel, QSlider, QTabWidget, QWidget

from engine.api.latent import DecodeLatents
from engine.api.tasks import TaskContext
from engine.service import execute
from gui.pages.latent.picture_grid import PictureGrid

CONTROL = Qt.KeyboardModifier.ControlModifier
SILENT = TaskContext(lambda progress: None)


@pytest.fixture
def at_latent(open_window):
    """The window on the Latent page, with the first model and its codes."""
    person = open_window()
    person.press("rail.latent")
    state = person.window.pages.page("latent").state
    person.until(lambda: state.picture is not None and state.cloud is not None)
    return person


def state_of(person):
    return person.window.pages.page("latent").state


def is_shown(state) -> bool:
    """Whether the picture is that of the code, as the engine decodes it."""
    request = DecodeLatents(state.facts.source, state.code[None], state.classes_for(1))
    return np.array_equal(state.picture, execute(request, SILENT).pixels[0])


def show(person, title: str) -> None:
    """Click on a tab."""
    bar = person.find(QTabWidget, "latent.tabs").tabBar()
    titles = [bar.tabText(number) for number in range(bar.count())]
    person.bot.mouseClick(
        bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(titles.index(title)).center()
    )


def test_a_slider_moved_by_keys_changes_the_picture_and_undo_takes_it_back(at_latent):
    state = state_of(at_latent)
    at_latent.until(state.code.any)  # the middle of the codes
    code = state.code.copy()
    slider = at_latent.find(QSlider, "latent.axis_1")
    for _ in range(4):
        at_latent.bot.keyClick(slider, Qt.Key.Key_PageUp)
    at_latent.until(lambda: is_shown(state))
    assert state.code[0] > code[0]
    assert state.code[1] == code[1]
    for _ in range(4):
        at_latent.bot.keyClick(at_latent.window, Qt.Key.Key_Z, CONTROL)
    np.testing.assert_array_equal(state.code, code)
    at_latent.until(lambda: is_shown(state))


def test_a_digit_drawn_by_mouse_is_encoded_and_becomes_the_code(at_latent):
    state = state_of(at_latent)
    before = state.code.copy()
    pad = at_latent.find(QWidget, "latent.pad")
    middle = pad.rect().center()
    at_latent.bot.mousePress(pad, Qt.MouseButton.LeftButton, pos=middle - QPoint(0, 30))
    for down in (-10, 10, 30):
        at_latent.bot.mouseMove(pad, middle + QPoint(0, down))
    at_latent.bot.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=middle + QPoint(0, 30))
    at_latent.until(lambda: not np.allclose(state.code, before))
    text = at_latent.find(QLabel, "latent.own_text")
    at_latent.until(lambda: text.text().startswith("Mean squared difference"))


def test_a_sample_chosen_among_many_becomes_the_code(at_latent):
    state = state_of(at_latent)
    show(at_latent, "Samples")
    grid = at_latent.find(PictureGrid, "latent.samples")
    at_latent.until(lambda: grid.count == 60)
    before = state.code.copy()
    place = grid.cell_rect(7).center()
    at_latent.bot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
    at_latent.until(at_latent.find(QWidget, "latent.sample_use").isEnabled)
    at_latent.press("latent.sample_use")
    at_latent.until(lambda: not np.array_equal(state.code, before))


def test_another_model_has_its_own_axes_and_the_choice_is_remembered(at_latent, open_window):
    state = state_of(at_latent)
    box = at_latent.find(QComboBox, "latent.model")
    listed = [box.itemData(row) for row in range(box.count())]
    sources = {source.weights: source for source in listed if source is not None}
    at_latent.choose("latent.model", sources["vae-mnist-10d"])
    at_latent.until(lambda: state.facts.weights == "vae-mnist-10d")
    at_latent.until(lambda: at_latent.window.findChild(QSlider, "latent.axis_10") is not None)
    at_latent.close()
    again = open_window()
    again.press("rail.latent")
    at_next = state_of(again)
    again.until(lambda: at_next.facts is not None and at_next.picture is not None)
    assert at_next.facts.weights == "vae-mnist-10d"


def test_closing_while_samples_are_drawn_leaves_nothing_behind(at_latent):
    show(at_latent, "Samples")
    at_latent.close()  # the guard of every test looks for leftover threads
