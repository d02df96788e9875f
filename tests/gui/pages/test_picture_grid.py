"""Small pictures: laid out by whole numbers, chosen by mouse and keys, dragged as codes."""

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QSize, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.pages.latent.filmstrip import LABEL_PX, Filmstrip
from gui.pages.latent.picture_grid import CODE_MIME, PictureGrid, code_from_mime, code_to_mime
from gui.pages.latent.picture_well import PictureWell


@pytest.fixture
def grid(qtbot: QtBot) -> PictureGrid:
    """Six pictures of 8 by 8, each of its own grey, three a row."""
    grid = PictureGrid()
    qtbot.addWidget(grid)
    pixels = np.repeat(np.arange(0, 240, 40, dtype=np.uint8), 8 * 8 * 3).reshape(6, 8, 8, 3)
    grid.set_pictures(pixels, np.arange(12, dtype=np.float32).reshape(6, 2), columns=3)
    grid.resize(grid.sizeHint())
    grid.show()
    return grid


def test_pictures_are_enlarged_by_a_whole_number(grid: PictureGrid) -> None:
    assert grid.cell_rect(0).size() == QSize(56, 56)
    shown = grid.grab().toImage()
    for index in range(6):
        assert shown.pixelColor(grid.cell_rect(index).center()).red() == 40 * index


def test_cells_do_not_overlap_and_are_found_by_their_place(grid: PictureGrid) -> None:
    cells = [grid.cell_rect(index) for index in range(6)]
    assert not any(a.intersects(b) for i, a in enumerate(cells) for b in cells[:i])
    assert [grid.index_at(cell.center()) for cell in cells] == list(range(6))


def test_a_click_picks_and_a_double_click_activates(qtbot: QtBot, grid: PictureGrid) -> None:
    place = grid.cell_rect(4).center()
    with qtbot.waitSignal(grid.picked) as picked:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(grid.activated) as activated:
        qtbot.mouseDClick(grid, Qt.MouseButton.LeftButton, pos=place)
    assert (picked.args, activated.args, grid.index) == ([4], [4], 4)


def test_arrows_move_by_columns_and_rows_and_stop_at_the_ends(
    qtbot: QtBot, grid: PictureGrid
) -> None:
    went: list[int] = []
    grid.moved.connect(went.append)
    keys = (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Home)
    for key in keys:
        qtbot.keyClick(grid, key)
    assert went == [1, 4, 5, 4, 0]


def test_space_picks_and_enter_activates_what_arrows_chose(qtbot: QtBot, grid: PictureGrid) -> None:
    qtbot.keyClick(grid, Qt.Key.Key_End)
    with qtbot.waitSignal(grid.picked) as picked:
        qtbot.keyClick(grid, Qt.Key.Key_Space)
    with qtbot.waitSignal(grid.activated) as activated:
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert (picked.args, activated.args) == ([5], [5])


def test_titles_of_rows_make_room_to_their_left(grid: PictureGrid) -> None:
    before = grid.cell_rect(0).left()
    pixels = np.zeros((6, 8, 8, 3), np.uint8)
    grid.set_pictures(pixels, columns=3, row_titles=("originals", "rebuilt\nMSE 0.0171"))
    widest = grid.fontMetrics().horizontalAdvance("MSE 0.0171")
    assert grid.cell_rect(0).left() >= before + widest
    assert grid.sizeHint().width() > grid.cell_rect(2).right()


def test_a_code_survives_being_dragged() -> None:
    code = np.array([0.1, -2.5, 3e-7], np.float32)
    np.testing.assert_array_equal(code_from_mime(code_to_mime(code)), code)


def test_what_is_no_code_is_not_taken_for_one() -> None:
    words, torn = QMimeData(), QMimeData()
    words.setText("1, 2, 3")
    torn.setData(CODE_MIME, b"12345")
    assert code_from_mime(words) is None
    assert code_from_mime(torn) is None


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_a_well_asks_for_the_current_code_by_key(qtbot: QtBot, key: Qt.Key) -> None:
    well = PictureWell("A", "Drop a picture")
    qtbot.addWidget(well)
    with qtbot.waitSignal(well.clicked):
        qtbot.keyClick(well, key)


def test_a_film_is_scrubbed_by_mouse_and_by_arrows(qtbot: QtBot) -> None:
    strip = Filmstrip()
    qtbot.addWidget(strip)
    strip.resize(LABEL_PX + 500, 140)
    strip.set_path(np.zeros((5, 8, 8, 3), np.uint8), np.ones(5, np.float32), 4, 2.0)
    scrubbed: list[int] = []
    strip.scrubbed.connect(scrubbed.append)
    strip.scrubbed.connect(strip.set_index)
    middle = strip.rect().center()
    for x in (LABEL_PX + 1, LABEL_PX + 250, LABEL_PX + 499):
        middle.setX(x)
        qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert scrubbed == [0, 2, 4, 4, 3]


def test_a_picture_that_is_dragged_away_is_not_picked(
    qtbot: QtBot, grid: PictureGrid, monkeypatch: pytest.MonkeyPatch
) -> None:
    dragged: list[int] = []
    monkeypatch.setattr(PictureGrid, "_drag", lambda self: dragged.append(self.index))
    picked: list[int] = []
    grid.picked.connect(picked.append)
    start = grid.cell_rect(4).center()
    qtbot.mousePress(grid, Qt.MouseButton.LeftButton, pos=start)
    assert grid.index == 4
    qtbot.mouseMove(grid, start + QPoint(QApplication.startDragDistance(), 2))
    qtbot.mouseRelease(grid, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 2))
    assert (dragged, picked) == ([4], [])


@pytest.mark.parametrize("highest", [0.07, 1.0, 2.53, 9.9, 41.0])
def test_the_lengths_of_a_walk_have_three_ticks_or_none(qtbot: QtBot, highest: float) -> None:
    strip = Filmstrip()
    qtbot.addWidget(strip)
    strip.set_path(np.zeros((5, 8, 8, 3), np.uint8), np.ones(5, np.float32), 4, highest)
    for height in (8, 20, 36, 80, 200):
        found = strip.ticks(height, 11)
        assert len(found) == 0 or len(found) >= 3
        assert all(0 <= value <= highest * (1 + 1e-6) for value in found)
    assert strip.ticks(36, 11)  # what the smallest strip has room for
