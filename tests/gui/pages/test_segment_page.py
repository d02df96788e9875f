"""What a person does on the Segment page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QTableWidget
from pytestqt.qtbot import QtBot

from engine.api.annotations import Shape
from engine.api.segmentation import Segment
from engine.api.tasks import TaskContext
from engine.api.traces import HeatMark, MaskMark
from engine.inference.segmentation import segment
from gui.pages.segment.presenter import FILLED, LINES
from tests.gui.held_engine import HeldEngine
from tests.gui.pages.segment_support import CLASSES, HEIGHT, WIDTH, Viewer, pixels


@pytest.fixture
def viewer(qtbot: QtBot, tmp_path: Path) -> Iterator[Viewer]:
    viewer = Viewer(qtbot, tmp_path)
    yield viewer
    viewer.close()
    assert viewer.crashes == []


def write_truth(viewer: Viewer, values: np.ndarray) -> Path:
    path = viewer.folder / "masks" / "street.png"
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(values.astype(np.uint8)).save(path)
    return path


def test_run_draws_every_pixel_in_the_colour_of_its_class(viewer: Viewer) -> None:
    viewer.open()
    answer = viewer.run()
    (mark,) = viewer.marks(FILLED)
    np.testing.assert_array_equal(mark.class_indices, answer.result.labels)
    assert mark.categories == CLASSES
    (line,) = viewer.marks(LINES)
    np.testing.assert_array_equal(line.class_indices, answer.result.outlines)


def test_nothing_but_run_asks_the_network(viewer: Viewer) -> None:
    viewer.open()
    viewer.run()
    panel = viewer.page._controls.view
    viewer.choose("segment.view", "probability")
    viewer.until(lambda: viewer.answer().map is not None)
    panel._threshold.setValue(0.5)
    panel._opacity.setValue(0.9)
    viewer.choose("segment.view", "entropy")
    viewer.until(lambda: viewer.answer().map_of == ("entropy",))
    viewer.find(QCheckBox, "segment.outlines").click()
    viewer.legend.solo("car")
    viewer.press("segment.show_all")
    assert viewer.count(Segment) == 1


def test_a_hidden_class_has_no_colour_and_solo_hides_the_others(viewer: Viewer) -> None:
    viewer.open()
    viewer.run()
    viewer.legend.setFocus()
    viewer.legend.setCurrentIndex(viewer.legend.model().index(1, 0))
    viewer.bot.keyClick(viewer.legend, Qt.Key.Key_Space)
    assert viewer.marks(FILLED)[0].categories == ("sky", "", "car")
    viewer.bot.keyClick(viewer.legend, Qt.Key.Key_S)
    assert viewer.marks(FILLED)[0].categories == ("", "road", "")
    viewer.bot.keyClick(viewer.legend, Qt.Key.Key_S)
    assert viewer.marks(FILLED)[0].categories == CLASSES


def test_the_legend_has_the_area_of_each_class(viewer: Viewer) -> None:
    viewer.open()
    answer = viewer.run()
    shares = np.bincount(answer.result.labels.ravel(), minlength=3) / answer.result.labels.size
    model = viewer.legend.model()
    shown = [model.index(row, 1).data() for row in range(3)]
    assert shown == [f"{100 * share:.1f} %" for share in shares]


def test_the_scores_under_the_pointer_are_bars_beside_the_classes(viewer: Viewer) -> None:
    viewer.open()
    answer = viewer.run()
    at = viewer.canvas.map_to_screen(WIDTH / 4, HEIGHT / 2).toPoint()
    viewer.bot.mouseMove(viewer.canvas, at)
    viewer.until(lambda: viewer.legend.scores)
    x, y = (int(v) for v in viewer.canvas.map_to_picture(at).toTuple())
    expected = answer.result.probabilities[y, x].astype(np.float32)
    assert list(viewer.legend.scores.values()) == pytest.approx(expected.tolist())
    viewer.bot.mouseMove(viewer.canvas, QPoint(1, 1))
    viewer.until(lambda: not viewer.legend.scores)


def test_the_map_of_a_class_leaves_out_what_is_below_the_threshold(viewer: Viewer) -> None:
    viewer.open()
    answer = viewer.run()
    viewer.choose("segment.view", "probability")
    viewer.page._controls.view._threshold.setValue(0.4)
    viewer.until(lambda: viewer.answer().map_of == ("probability", "sky", 0.4))
    (mark,) = viewer.marks(FILLED)
    assert isinstance(mark, HeatMark)
    assert mark.limits == (0.0, 1.0)
    is_shown = answer.result.probabilities[:, :, 0].astype(np.float32) >= 0.4
    np.testing.assert_array_equal(~np.isnan(mark.values), is_shown)


def test_a_mask_beside_the_picture_scores_it_at_once(viewer: Viewer) -> None:
    write_truth(viewer, np.ones((HEIGHT, WIDTH)))
    viewer.open()
    answer = viewer.run()
    viewer.until(lambda: answer.scores is not None)
    expected = (answer.result.labels == 1).mean()
    assert answer.scores.pixel_accuracy == pytest.approx(expected)
    text = viewer.find(QLabel, "segment.scores").text()
    assert f"pixel accuracy {100 * expected:.1f} %" in text
    assert "On this picture alone; 100.0 % of it has a true class." in text
    viewer.choose("segment.view", "errors")
    (mark,) = viewer.marks(FILLED)
    np.testing.assert_array_equal(mark.class_indices == 1, answer.result.labels != 1)


def test_the_true_classes_and_the_errors_are_a_key_away(viewer: Viewer) -> None:
    truth = np.ones((HEIGHT, WIDTH), np.uint8)
    write_truth(viewer, truth)
    viewer.open()
    answer = viewer.run()
    viewer.until(lambda: answer.scores is not None)
    keys = {action.shortcut().toString(): action for action in viewer.page.actions()}
    keys["T"].trigger()
    np.testing.assert_array_equal(viewer.marks(FILLED)[0].class_indices, truth)
    keys["T"].trigger()
    np.testing.assert_array_equal(viewer.marks(FILLED)[0].class_indices, answer.result.labels)
    keys["E"].trigger()
    assert viewer.marks(FILLED)[0].categories == ("", "wrong")


def test_the_confusion_matrix_has_a_row_for_each_true_class(viewer: Viewer) -> None:
    write_truth(viewer, np.ones((HEIGHT, WIDTH)))
    viewer.open()
    answer = viewer.run()
    viewer.until(lambda: answer.scores is not None)
    viewer.press("segment.confusion")
    table = viewer.find(QTableWidget, "segment.confusion_table")
    assert table.verticalHeaderItem(0).text() == CLASSES[1]
    shares = [float(table.item(0, column).text()) for column in range(table.columnCount())]
    assert sum(shares) == pytest.approx(100, abs=0.2)


def test_a_class_that_is_pointed_at_in_the_legend_is_lit(viewer: Viewer) -> None:
    viewer.open()
    viewer.run()
    viewer.legend.entered.emit(viewer.legend.model().index(2, 0))
    assert viewer.marks(FILLED)[0].categories == ("", "", "car")
    QCoreApplication.sendEvent(viewer.legend, QEvent(QEvent.Type.Leave))
    assert viewer.marks(FILLED)[0].categories == CLASSES


def test_a_mask_from_a_file_is_compared_and_a_wrong_one_named(viewer: Viewer) -> None:
    viewer.open()
    answer = viewer.run()
    text = viewer.find(QLabel, "segment.scores").text
    viewer.until(lambda: "No mask lies beside" in text())
    viewer.page.load_truth(write_truth(viewer, np.zeros((5, 5))))
    viewer.until(lambda: "choose the mask of this picture" in text())
    viewer.page.load_truth(write_truth(viewer, answer.result.labels))
    viewer.until(lambda: "mIoU 1.000" in text())


def test_shapes_drawn_on_the_picture_are_the_truth_where_asked(viewer: Viewer) -> None:
    document = viewer.open()
    answer = viewer.run()
    document.add([Shape.box("road", 0, 0, 10, 10)], "Draw")
    viewer.choose("segment.truth", "drawn")
    viewer.until(lambda: answer.scores is not None)
    assert answer.scores.compared == pytest.approx(100 / (HEIGHT * WIDTH))
    document.add([Shape.box("car", 20, 20, 30, 30)], "Draw")
    viewer.until(lambda: answer.scores is not None and answer.scores.compared > 0.06)


def test_two_answers_meet_at_the_split_which_is_dragged(viewer: Viewer) -> None:
    viewer.open()
    first = viewer.run()
    viewer.page._controls.compares.click()
    second = viewer.run("second")
    handle = viewer.page._split
    viewer.until(handle.isVisible)
    middle = handle.rect().center()
    quarter = viewer.canvas.map_to_screen(WIDTH / 4, 0).toPoint().x()
    viewer.bot.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
    viewer.bot.mouseMove(handle, QPoint(quarter - handle.x(), middle.y()))
    viewer.bot.mouseRelease(handle, Qt.MouseButton.LeftButton)
    assert handle.share == pytest.approx(0.25, abs=0.01)
    left, right = viewer.marks(FILLED)
    assert isinstance(left, MaskMark)
    np.testing.assert_array_equal(left.class_indices, first.result.labels[:, :16])
    np.testing.assert_array_equal(right.class_indices, second.result.labels[:, 16:])
    assert left.extent_xyxy == (0, 0, 16, HEIGHT)
    assert right.extent_xyxy == (16, 0, WIDTH, HEIGHT)
    assert viewer.count(Segment) == 2


def test_the_split_follows_the_zoom(viewer: Viewer) -> None:
    viewer.open()
    viewer.run()
    viewer.page._controls.compares.click()
    viewer.run("second")
    viewer.canvas.zoom_to(3.0)
    handle = viewer.page._split
    expected = viewer.canvas.map_to_screen(WIDTH / 2, 0).x()
    assert handle.geometry().center().x() == pytest.approx(expected, abs=1.5)


def test_each_picture_keeps_its_own_answer(viewer: Viewer) -> None:
    first = viewer.open(0)
    answer = viewer.run()
    viewer.open(1, "images/other.png")
    assert viewer.answer() is None
    assert viewer.marks(FILLED) == ()
    viewer.session.set_current(first)
    assert viewer.answer() is answer


def test_saving_writes_the_classes_and_the_overlay(viewer: Viewer) -> None:
    viewer.open()
    answer = viewer.run()
    viewer.page.save(viewer.folder / "out")
    viewer.until(lambda: viewer.messages and "Saved" in viewer.messages[-1])
    with Image.open(viewer.folder / "out" / "street-classes.png") as image:
        np.testing.assert_array_equal(np.array(image), answer.result.labels)
    assert (viewer.folder / "out" / "street-overlay.png").is_file()


def test_a_folder_is_run_and_what_could_not_be_read_is_said(viewer: Viewer) -> None:
    source = viewer.folder / "many"
    source.mkdir()
    for index in range(2):
        Image.fromarray(pixels(index)).save(source / f"{index}.png")
    (source / "bad.png").write_bytes(b"no picture")
    viewer.page.run_on_folder(source, viewer.folder / "found")
    viewer.until(lambda: viewer.messages and "2 pictures segmented" in viewer.messages[-1])
    assert "bad.png" in viewer.problems[-1]
    assert len(list((viewer.folder / "found").glob("*-overlay.png"))) == 2


def test_a_model_without_weights_says_what_to_do(viewer: Viewer) -> None:
    viewer.open()
    panel = viewer.page._controls.model
    panel.choose_model("fcn32s")
    assert not panel.run_button.isEnabled()
    texts = [label.text() for label in panel.findChildren(QLabel)]
    assert any("train it on the Train page" in text for text in texts)


def test_classes_never_stand_under_the_name_of_another_segmenter(viewer: Viewer) -> None:
    viewer.open()
    answer = viewer.run()
    panel = viewer.page._controls.model
    panel.choose_model("fcn32s")
    assert viewer.answer() is None
    assert viewer.marks(FILLED) == ()
    panel.choose_model("unet")
    assert viewer.answer() is answer
    assert len(viewer.marks(FILLED)) == 1
    assert viewer.count(Segment) == 1


def test_the_truth_is_looked_for_where_the_list_says_on_every_picture(viewer: Viewer) -> None:
    write_truth(viewer, np.ones((HEIGHT, WIDTH)))
    first = viewer.open()
    answer = viewer.run()
    viewer.until(lambda: answer.truth is not None)
    first.add([Shape.box("road", 0, 0, 10, 10)], "Draw")
    viewer.open(1, "images/other.png")
    viewer.choose("segment.truth", "drawn")
    viewer.session.set_current(first)
    viewer.until(lambda: answer.truth is not None and answer.truth_source == "drawn")
    assert answer.truth is not None
    assert set(np.unique(answer.truth)) == {CLASSES.index("road"), 255}


def test_answers_of_one_picture_never_stand_on_another_and_none_are_lost(
    qtbot: QtBot, tmp_path: Path
) -> None:
    engine = HeldEngine(Segment)
    viewer = Viewer(qtbot, tmp_path, engine)
    panel = viewer.page._controls.model
    first = viewer.open(0, "images/first.png")
    viewer.press("segment.run")
    panel.set_weights_file(tmp_path / "second.safetensors")
    second = viewer.open(1, "images/second.png")
    viewer.press("segment.run")
    of_first, of_second = engine.held
    answers = [segment(held.request, TaskContext(lambda _: None)) for held in engine.held]
    of_second.answer(answers[1])
    viewer.until(lambda: viewer.answer() is not None)
    of_first.answer(answers[0])
    viewer.until(lambda: not viewer.page.running.is_busy)
    assert viewer.answer().result is answers[1]
    viewer.session.set_current(first)
    assert viewer.answer().result is answers[0]
    note = viewer.find(QLabel, "segment.note")
    assert note.text() == "The picture shows what first.safetensors found."
    viewer.session.set_current(second)
    assert note.text() == ""
    assert viewer.answer().result is answers[1]
    viewer.close()
    assert viewer.crashes == []


def test_what_a_model_is_makes_room_for_what_it_found(viewer: Viewer) -> None:
    viewer.open()
    panel = viewer.page._controls.model
    assert not panel._summary.isHidden()
    viewer.run()
    assert panel._summary.isHidden()
    assert panel._facts.isHidden()
    panel._on_model()  # another one was chosen
    assert not panel._summary.isHidden()


def test_it_runs_by_itself_where_that_was_chosen_and_once(viewer: Viewer) -> None:
    viewer.open()
    viewer.find(QCheckBox, "segment.runs_itself").click()
    viewer.until(lambda: viewer.page.result("first") is not None)
    viewer.canvas.view_changed.emit()
    assert viewer.count(Segment) == 1
    viewer.page._controls.model.options_changed.emit(None)
    viewer.until(lambda: viewer.count(Segment) == 2)
