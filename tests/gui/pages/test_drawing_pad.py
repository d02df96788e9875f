"""The sheet to draw on: light strokes on black, taken back one by one."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from gui.pages.latent.drawing_pad import SIDE_PX, DrawingPad

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def pad(qtbot: QtBot) -> DrawingPad:
    pad = DrawingPad()
    qtbot.addWidget(pad)
    pad.show()
    return pad


def stroke(qtbot: QtBot, pad: DrawingPad, *points: tuple[int, int]) -> None:
    places = [QPoint(*point) for point in points]
    qtbot.mousePress(pad, LEFT, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(pad, place)
    qtbot.mouseRelease(pad, LEFT, pos=places[-1])


def test_a_stroke_is_white_where_it_went_and_black_elsewhere(qtbot: QtBot, pad: DrawingPad) -> None:
    stroke(qtbot, pad, (20, 70), (120, 70))
    pixels = pad.pixels()
    assert pixels.shape == (SIDE_PX, SIDE_PX, 3)
    assert (pixels[70, 20:121] == 255).all()
    assert not pixels[:50].any()
    assert not pixels[90:].any()


def test_a_click_leaves_a_dot(qtbot: QtBot, pad: DrawingPad) -> None:
    stroke(qtbot, pad, (40, 50))
    assert pad.pixels()[50, 40].tolist() == [255, 255, 255]


def test_strokes_are_taken_back_one_by_one(qtbot: QtBot, pad: DrawingPad) -> None:
    stroke(qtbot, pad, (20, 20), (60, 20))
    once = pad.pixels()
    stroke(qtbot, pad, (20, 100), (60, 100))
    with qtbot.waitSignal(pad.drawn):
        qtbot.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(pad.pixels(), once)
    pad.undo()
    assert pad.is_empty
    assert not pad.pixels().any()


def test_delete_wipes_the_sheet(qtbot: QtBot, pad: DrawingPad) -> None:
    stroke(qtbot, pad, (20, 20), (60, 20))
    qtbot.keyClick(pad, Qt.Key.Key_Delete)
    assert pad.is_empty
    assert not pad.pixels().any()
