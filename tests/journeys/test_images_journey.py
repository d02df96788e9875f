"""From an empty machine to saved shapes that are there again the next time."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QTableView, QWidget

from gui.widgets.canvas import Canvas

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in (1, 2, 10):
        pixels = np.full((120, 160, 3), 20 * number, np.uint8)
        Image.fromarray(pixels).save(folder / f"street {number}.png")
    return folder


def document_of(person):
    return person.window.workbench.session.current


def arrive(person, name: str) -> Canvas:
    person.until(lambda: document_of(person) and document_of(person).title == name)
    person.until(lambda: document_of(person).picture and document_of(person).is_loaded)
    # Nothing can interrupt the import of torch, and no thread may be left behind.
    person.until(lambda: person.window.workbench.models)
    return person.find(Canvas, "images.canvas")


def test_a_fresh_machine_shows_the_samples(open_window):
    person = open_window()
    person.until(lambda: document_of(person) and document_of(person).picture)
    arrive(person, document_of(person).title)
    assert "astronaut" in document_of(person).title.lower()
    assert person.find(QTableView, "images.list").model().rowCount() > 5
    assert person.find(Canvas, "images.canvas").isVisible()


def test_drawn_boxes_survive_undo_redo_saving_and_the_next_start(open_window, pictures):
    person = open_window(pictures)
    canvas = arrive(person, "street 1.png")
    person.bot.keyClick(canvas, Qt.Key.Key_R)
    person.drag_on(canvas, (20, 30), (70, 80))
    person.drag_on(canvas, (80, 20), (140, 100))
    assert len(document_of(person).shapes) == 2
    person.bot.keyClick(canvas, Qt.Key.Key_Z, CONTROL)
    assert len(document_of(person).shapes) == 1
    person.bot.keyClick(canvas, Qt.Key.Key_Y, CONTROL)
    drawn = document_of(person).shapes
    assert len(drawn) == 2
    assert "street 1.png" in person.window.windowTitle()
    assert person.window.isWindowModified()
    person.bot.keyClick(canvas, Qt.Key.Key_S, CONTROL)
    person.until(lambda: not document_of(person).is_modified)
    assert not person.window.isWindowModified()
    person.bot.keyClick(canvas, Qt.Key.Key_D)
    arrive(person, "street 2.png")
    person.close()

    again = open_window()  # what was open comes back, with the picture looked at last
    arrive(again, "street 2.png")
    assert again.find(QLabel, "images.position").text() == "2 / 3"
    again.press("images.previous")
    arrive(again, "street 1.png")
    assert document_of(again).shapes == drawn


def test_closing_with_unsaved_shapes_keeps_them(open_window, pictures):
    person = open_window(pictures)
    canvas = arrive(person, "street 1.png")
    person.bot.keyClick(canvas, Qt.Key.Key_R)
    person.drag_on(canvas, (20, 30), (70, 80))
    drawn = document_of(person).shapes
    person.close()
    again = open_window(pictures)
    arrive(again, "street 1.png")
    again.until(lambda: document_of(again).shapes == drawn)
    assert not again.find(QWidget, "images.recovery").isVisible()


def test_the_keys_work_while_the_list_has_the_focus(open_window, pictures):
    person = open_window(pictures)
    arrive(person, "street 1.png")
    view = person.find(QTableView, "images.list")
    view.setFocus()
    person.bot.keyClick(view, Qt.Key.Key_D)
    arrive(person, "street 2.png")
    person.bot.keyClick(view, Qt.Key.Key_Down)
    arrive(person, "street 10.png")
