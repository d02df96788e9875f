"""Sliders of a code: values beyond their ends are kept, and nobody hears of what is only shown."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot

from gui.pages.latent.code_sliders import STEPS, CodeSliders
from gui.widgets.still_text import StillText


@pytest.fixture
def sliders(qtbot: QtBot) -> CodeSliders:
    """Two axes about 1 and -2, reaching 2 and 4."""
    sliders = CodeSliders("axis")
    qtbot.addWidget(sliders)
    sliders.set_axes(("z1", "z2"), np.array([1.0, -2.0]), np.array([2.0, 4.0]))
    sliders.resize(240, 120)
    sliders.show()
    return sliders


def slider(sliders: CodeSliders, number: int) -> QSlider:
    found = sliders.findChild(QSlider, f"axis_{number}")
    assert found is not None
    return found


def test_a_slider_speaks_in_values_of_its_axis(qtbot: QtBot, sliders: CodeSliders) -> None:
    heard: list[tuple[int, float]] = []
    sliders.value_changed.connect(lambda axis, value: heard.append((axis, value)))
    slider(sliders, 2).setValue(STEPS // 2)
    slider(sliders, 1).setValue(-STEPS)
    assert heard == [(1, pytest.approx(0.0)), (0, pytest.approx(-1.0))]


def test_values_that_are_shown_are_not_announced(qtbot: QtBot, sliders: CodeSliders) -> None:
    with qtbot.assertNotEmitted(sliders.value_changed):
        sliders.set_values(np.array([2.0, 0.0]))
    assert slider(sliders, 1).value() == slider(sliders, 2).value() == STEPS // 2


def test_a_value_beyond_the_end_is_written_out_and_not_cut(
    qtbot: QtBot, sliders: CodeSliders
) -> None:
    with qtbot.assertNotEmitted(sliders.value_changed):
        sliders.set_values(np.array([9.0, -2.0]))
    assert slider(sliders, 1).value() == STEPS
    assert "9.00" in [label.text() for label in sliders.findChildren(StillText)]


def test_a_key_is_a_whole_change(qtbot: QtBot, sliders: CodeSliders) -> None:
    with qtbot.waitSignals([sliders.value_changed, sliders.settled]):
        qtbot.keyClick(slider(sliders, 1), Qt.Key.Key_Right)


def test_another_model_has_as_many_sliders_as_axes(qtbot: QtBot, sliders: CodeSliders) -> None:
    for count in (5, 1, 3):
        sliders.set_axes([f"z{i}" for i in range(count)], np.zeros(count), np.ones(count))
        assert sliders.count == count
        sliders.set_values(np.linspace(-1, 1, count))
    assert [slider(sliders, number).value() for number in (1, 2, 3)] == [-STEPS, 0, STEPS]
