"""From opening a photograph to stepping through the suppression of a real detector."""

import json

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSlider, QComboBox, QLabel, QTableView, QWidget

from gui.widgets.canvas import Canvas
from gui.widgets.step_player import StepPlayer

FACE_IN_THE_ASTRONAUT = np.array([175, 60, 270, 180])


def document_of(person):
    return person.window.workbench.session.current


@pytest.fixture
def at_detect(open_window, astronaut):
    """The window on the Detect page, with the photograph open and the detectors listed."""
    person = open_window(astronaut)
    person.until(lambda: document_of(person) and document_of(person).picture)
    person.window.pages.show_page("detect")
    model = person.find(QComboBox, "detect.model")
    person.until(lambda: model.findData("viola-jones-face") >= 0)
    model.setCurrentIndex(model.findData("viola-jones-face"))
    return person


def run(person) -> QTableView:
    person.press("detect.run")
    table = person.find(QTableView, "detect.boxes")
    person.until(lambda: table.model().rowCount() > 0)
    return table


def test_the_one_face_is_found_and_its_box_is_linked_with_the_list(at_detect):
    table = run(at_detect)
    assert table.model().rowCount() == 1
    assert table.model().index(0, 0).data() == "face"
    table.selectRow(0)
    assert at_detect.find(Canvas, "detect.canvas").isVisible()


def test_lowering_the_thresholds_shows_more_boxes_without_running_again(at_detect):
    table = run(at_detect)
    page = at_detect.window.findChild(QWidget, "detect.run")
    score, iou = (at_detect.find(QAbstractSlider, f"detect.{name}") for name in ("score", "iou"))
    iou.setValue(1.0)
    at_detect.until(lambda: table.model().rowCount() > 1)
    without_suppression = table.model().rowCount()
    score.setValue(0.0)
    at_detect.until(lambda: table.model().rowCount() > without_suppression)
    assert page.isEnabled()  # a running detector would have disabled it


def test_suppression_is_stepped_through_forwards_and_backwards(at_detect):
    run(at_detect)
    at_detect.press("detect.step")
    player = at_detect.window.findChild(StepPlayer)
    at_detect.until(lambda: player.trace is not None and len(player.trace) > 1)
    player.first()
    titles = [player.step.title]
    while player.index < len(player.trace) - 1:
        at_detect.press("nms.next")
        titles.append(player.step.title)
    assert len(titles) == len(player.trace)
    for expected in reversed(titles[:-1]):
        at_detect.press("nms.back")
        assert player.step.title == expected


def test_drawn_boxes_are_suppressed_like_detected_ones(at_detect):
    at_detect.window.pages.show_page("images")
    canvas = at_detect.find(Canvas, "images.canvas")
    at_detect.until(lambda: canvas.isVisible() and not canvas.picture_rect().isEmpty())
    canvas.set_tool("box")
    for number, box in enumerate((((100, 100), (300, 300)), ((110, 110), (310, 310))), 1):
        at_detect.drag_on(canvas, *box)
        at_detect.until(lambda number=number: len(document_of(at_detect).shapes) == number)
    at_detect.window.pages.show_page("detect")
    source = at_detect.find(QComboBox, "detect.source")
    source.setCurrentIndex(source.findData("drawn"))
    table = at_detect.find(QTableView, "detect.boxes")
    at_detect.until(lambda: table.model().rowCount() == 1)


def test_detections_become_shapes_and_undo_takes_them_back(at_detect):
    run(at_detect)
    at_detect.press("detect.adopt")
    (shape,) = document_of(at_detect).shapes
    x1, y1, x2, y2 = shape.box_xyxy
    assert shape.label == "face"
    assert FACE_IN_THE_ASTRONAUT[0] < (x1 + x2) / 2 < FACE_IN_THE_ASTRONAUT[2]
    assert FACE_IN_THE_ASTRONAUT[1] < (y1 + y2) / 2 < FACE_IN_THE_ASTRONAUT[3]
    at_detect.bot.keyClick(at_detect.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document_of(at_detect).shapes == ()


def test_saved_detections_can_be_loaded_again(at_detect, tmp_path):
    run(at_detect)
    page = at_detect.window.pages.page("detect")
    page.save(tmp_path / "faces.json")
    at_detect.until((tmp_path / "faces.json").exists)
    (picture,) = json.loads((tmp_path / "faces.json").read_text())["images"]
    assert [found["label"] for found in picture["detections"]] == ["face"]
    page.load_boxes(tmp_path / "faces.json")
    source = at_detect.find(QComboBox, "detect.source")
    at_detect.until(lambda: source.currentData() == "file")
    table = at_detect.find(QTableView, "detect.boxes")
    at_detect.until(lambda: table.model().rowCount() == 1)


def test_the_pictures_of_the_images_page_are_gone_through_on_every_page_on_pictures(
    open_window, tmp_path, astronaut
):
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).write_bytes(astronaut.read_bytes())
    (tmp_path / "bad.png").write_text("no picture", encoding="utf-8")
    person = open_window(tmp_path)
    person.until(lambda: document_of(person) and document_of(person).title == "a.png")
    for page in ("detect", "segment"):
        person.window.pages.show_page(page)
        canvas = person.find(Canvas, f"{page}.canvas")
        position = person.find(QLabel, f"{page}.position")
        pictures = person.find(QTableView, f"{page}.pictures")
        person.until(lambda position=position: position.text() == "1 / 4")
        assert [pictures.model().index(row, 0).data() for row in range(4)] == [
            *("a.png", "b.png", "bad.png", "c.png")
        ]
        person.bot.keyClick(canvas, Qt.Key.Key_D)
        person.until(lambda: document_of(person).title == "b.png" and document_of(person).picture)
        person.press(f"{page}.next")
        person.until(lambda canvas=canvas: "bad.png cannot be opened" in canvas.placeholder)
        pictures.setFocus()
        person.bot.keyClick(pictures, Qt.Key.Key_Down)
        person.until(lambda: document_of(person).title == "c.png")
        assert canvas.placeholder.startswith("No picture is open")
        person.bot.keyClick(canvas, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        assert not pictures.isVisible()
        for _ in range(3):
            person.bot.keyClick(canvas, Qt.Key.Key_A)
        person.until(lambda: document_of(person).title == "a.png" and document_of(person).picture)


def test_closing_while_a_detector_runs_leaves_nothing_behind(at_detect):
    at_detect.press("detect.run")
    at_detect.close()  # the guard of every test looks for leftover threads


def test_the_detector_says_what_it_is(at_detect):
    captions = [label.text() for label in at_detect.window.findChildren(QLabel)]
    assert any("cascade" in text.lower() for text in captions)


def test_the_first_detector_offered_works_offline_and_a_choice_is_remembered(
    open_window, astronaut
):
    person = open_window(astronaut)
    person.window.pages.show_page("detect")
    model = person.find(QComboBox, "detect.model")
    person.until(lambda: model.count() > 0)
    assert model.currentData() == "viola-jones-face"
    model.setCurrentIndex(model.findData("hog-people"))
    person.close()
    again = open_window(astronaut)
    again.window.pages.show_page("detect")
    model = again.find(QComboBox, "detect.model")
    again.until(lambda: model.count() > 0)
    assert model.currentData() == "hog-people"


def test_a_detector_without_its_weights_offers_the_download_with_its_size(at_detect):
    model = at_detect.find(QComboBox, "detect.model")
    model.setCurrentIndex(model.findData("fasterrcnn-resnet50-fpn"))
    assert at_detect.find(QWidget, "detect.download").text() == "Download 168 MB"
    assert not at_detect.find(QWidget, "detect.run").isEnabled()
