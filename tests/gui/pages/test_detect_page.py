"""The Detect page alone: boxes belong to the picture that the detector was run on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSlider,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QPushButton,
    QTableView,
    QToolButton,
)
from pytestqt.qtbot import QtBot

import engine.traces  # noqa: F401  fills the registry
from engine.api.annotations import Shape
from engine.api.detection import Detect, DetectionResult, Detections
from engine.api.errors import ConfigError
from engine.api.pictures import Picture
from engine.core.registry import MODELS, TRACES
from gui.document.picture_document import PictureDocument
from gui.pages.detect.page import DetectPage
from gui.pages.detect.presenter import RESULT_LAYER
from gui.widgets.class_legend import ClassLegend
from tests.gui.held_engine import HeldEngine
from tests.gui.pages.page_support import PersonAtCanvas

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
PIXELS = np.zeros((40, 60, 3), np.uint8)


class Watcher(PersonAtCanvas):
    """A person at the Detect page, whose detectors answer when the test says so."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.engine = HeldEngine(Detect)
        super().__init__(qtbot, folder, DetectPage, service=self.engine)

    def open(self, document: PictureDocument) -> None:
        self.session.set_current(document)

    def choose_model(self, key: str) -> None:
        model = self.find(QComboBox, "detect.model")
        model.setCurrentIndex(model.findData(key))

    def canvas_labels(self) -> list[str]:
        """Of the boxes that are drawn."""
        layer = self.canvas._stage.layers._layers.get(RESULT_LAYER)
        return [label for mark in (layer.marks if layer else ()) for label in mark.labels]

    @property
    def labels(self) -> list[str]:
        """Of the boxes that the list shows."""
        model = self.find(QTableView, "detect.boxes").model()
        return [model.index(row, 0).data() for row in range(model.rowCount())]


@pytest.fixture
def watcher(qtbot: QtBot, tmp_path: Path) -> Iterator[Watcher]:
    person = Watcher(qtbot, tmp_path)
    person.choose_model("viola-jones-face")
    yield person
    person.close()
    assert not person.crashes, person.crashes


def picture(name: str) -> PictureDocument:
    document = PictureDocument(Path(name))
    document.set_picture(Picture(PIXELS, Path(name), "RGB"))
    return document


def found(label: str, score: float = 0.9) -> DetectionResult:
    boxes = Detections.of([(5.0, 5.0, 20.0, 20.0)], [score], (label,))
    return DetectionResult("a detector", "", boxes, 1.0, "cpu")


def test_boxes_of_one_picture_never_stand_on_another_and_none_are_lost(watcher: Watcher) -> None:
    first, second = picture("a.png"), picture("b.png")
    watcher.open(first)
    watcher.press("detect.run")
    watcher.choose_model("hog-people")
    watcher.open(second)
    watcher.press("detect.run")
    of_first, of_second = watcher.engine.held
    of_first.answer(found("of the first"))
    of_second.answer(found("of the second"))
    watcher.until(lambda: watcher.labels == ["of the second"])
    watcher.open(first)
    watcher.until(lambda: watcher.labels == ["of the first"])


def test_boxes_of_a_picture_that_was_left_are_there_when_it_is_opened_again(
    watcher: Watcher,
) -> None:
    first, second = picture("a.png"), picture("b.png")
    watcher.open(first)
    watcher.press("detect.run")
    watcher.open(second)
    seen: list[list[str]] = []
    watcher.page._presenter.shown_changed.connect(lambda _: seen.append(watcher.labels))
    watcher.engine.held[0].answer(found("of the first"))
    watcher.until(lambda: not watcher.page.running.is_busy)
    assert seen == []
    assert watcher.labels == []
    watcher.open(first)
    watcher.until(lambda: watcher.labels == ["of the first"])


def test_run_is_offered_for_every_picture_that_no_detector_runs_on(watcher: Watcher) -> None:
    first, second = picture("a.png"), picture("b.png")
    button = watcher.find(QPushButton, "detect.run")
    watcher.open(first)
    watcher.press("detect.run")
    assert not button.isEnabled()
    watcher.choose_model("hog-people")
    assert not button.isEnabled()
    watcher.open(second)
    assert button.isEnabled()
    watcher.open(first)
    assert not button.isEnabled()
    watcher.engine.held[0].answer(ConfigError("no such thing"))
    watcher.until(button.isEnabled)
    assert watcher.problems == ["no such thing"]


def run(watcher: Watcher, label: str, score: float = 0.9) -> None:
    """Press Run and have a box of this class found."""
    watcher.press("detect.run")
    watcher.engine.held[-1].answer(found(label, score))
    watcher.until(lambda: watcher.labels == [label])


def test_boxes_never_stand_under_the_name_of_another_detector(watcher: Watcher) -> None:
    watcher.open(picture("a.png"))
    run(watcher, "face")
    watcher.choose_model("hog-people")
    assert watcher.labels == []
    assert watcher.canvas_labels() == []
    run(watcher, "person")
    watcher.choose_model("viola-jones-face")
    watcher.until(lambda: watcher.labels == ["face"])
    watcher.choose_model("hog-people")
    watcher.until(lambda: watcher.labels == ["person"])


def test_a_picture_that_is_opened_again_says_whose_boxes_it_shows(watcher: Watcher) -> None:
    first, second = picture("a.png"), picture("b.png")
    note = watcher.find(QLabel, "detect.note")
    watcher.open(first)
    run(watcher, "face")
    assert not note.isVisible()
    watcher.open(second)
    watcher.choose_model("hog-people")
    watcher.open(first)
    watcher.until(lambda: watcher.labels == ["face"])
    assert "Viola" in note.text()
    assert note.isVisible()
    watcher.choose_model("viola-jones-face")
    assert not note.isVisible()


def test_thresholds_that_were_moved_stay_when_another_detector_is_chosen(watcher: Watcher) -> None:
    score, iou = (watcher.find(QAbstractSlider, f"detect.{name}") for name in ("score", "iou"))
    people = MODELS.card("hog-people")
    watcher.choose_model("hog-people")
    assert score.value() == pytest.approx(people.default_score)
    iou.setValue(0.85)
    watcher.choose_model("viola-jones-face")
    assert score.value() == pytest.approx(MODELS.card("viola-jones-face").default_score)
    assert iou.value() == pytest.approx(0.85)
    score.setValue(0.2)
    watcher.choose_model("hog-people")
    watcher.bench.models_changed.emit()  # as after a download
    assert score.value() == pytest.approx(0.2)
    assert iou.value() == pytest.approx(0.85)


def test_detections_are_kept_as_shapes_once(watcher: Watcher) -> None:
    document = picture("a.png")
    watcher.open(document)
    run(watcher, "face")
    watcher.press("detect.adopt")
    watcher.press("detect.adopt")
    assert [shape.label for shape in document.shapes] == ["face"]
    assert "already" in watcher.messages[-1]
    document.undo_stack.undo()
    assert document.shapes == ()
    watcher.press("detect.adopt")
    assert len(document.shapes) == 1


def test_drawn_boxes_are_shapes_already(watcher: Watcher) -> None:
    document = picture("a.png")
    document.add([Shape.box("car", 5, 5, 30, 30)])
    watcher.open(document)
    source = watcher.find(QComboBox, "detect.source")
    source.setCurrentIndex(source.findData("drawn"))
    watcher.until(lambda: watcher.labels == ["car"])
    assert watcher.find(QToolButton, "detect.save").isEnabled()
    assert not watcher.find(QPushButton, "detect.adopt").isEnabled()


TWO_CARS = (Shape.box("car", 5, 5, 30, 30), Shape.box("car", 8, 5, 33, 30))


def draw_cars(watcher: Watcher) -> PictureDocument:
    """Look at two drawn boxes of which suppression keeps one."""
    document = picture("a.png")
    document.add(TWO_CARS)
    watcher.open(document)
    source = watcher.find(QComboBox, "detect.source")
    source.setCurrentIndex(source.findData("drawn"))
    watcher.until(lambda: watcher.labels == ["car"])
    return document


def kept_box(watcher: Watcher) -> tuple[float, ...]:
    shown = watcher.page._presenter.shown
    return tuple(shown.detections.boxes_xyxy[0].tolist()) if shown is not None else ()


def test_the_score_of_a_drawn_box_decides_which_one_survives(watcher: Watcher) -> None:
    document = draw_cars(watcher)
    score = watcher.find(QDoubleSpinBox, "detect.shape_score")
    document.select([0])
    assert score.isEnabled()
    assert score.value() == 1  # as boxes without a score count
    watcher.bot.keyClick(watcher.canvas, Qt.Key.Key_E, CONTROL_SHIFT)
    assert score.hasFocus()
    watcher.bot.keyClicks(score, "0.7")
    watcher.bot.keyClick(score, Qt.Key.Key_Return)
    assert [shape.score for shape in document.shapes] == [0.7, None]
    watcher.until(lambda: kept_box(watcher) == TWO_CARS[1].box_xyxy)
    assert watcher.canvas.hasFocus()
    document.select([1])
    watcher.bot.keyClick(watcher.canvas, Qt.Key.Key_E, CONTROL_SHIFT)
    for _ in range(8):
        watcher.bot.keyClick(score, Qt.Key.Key_Down)
    assert document.shapes[1].score == pytest.approx(0.6)
    watcher.until(lambda: kept_box(watcher) == TWO_CARS[0].box_xyxy)
    document.undo_stack.undo()
    assert [shape.score for shape in document.shapes] == [0.7, None]
    watcher.until(lambda: kept_box(watcher) == TWO_CARS[1].box_xyxy)


def test_scores_are_offered_for_drawn_boxes_only(watcher: Watcher) -> None:
    score = watcher.find(QDoubleSpinBox, "detect.shape_score")
    document = draw_cars(watcher)
    document.select([])
    assert score.isVisible()
    assert not score.isEnabled()
    watcher.find(QTableView, "detect.boxes").selectRow(0)
    assert document.selection == {0}
    assert score.isEnabled()
    source = watcher.find(QComboBox, "detect.source")
    source.setCurrentIndex(source.findData("detector"))
    assert not score.isVisible()


def test_classes_that_are_not_ticked_take_no_part(watcher: Watcher) -> None:
    watcher.open(picture("a.png"))
    corners = [(5.0, 5.0, 20.0, 20.0), (6.0, 5.0, 21.0, 20.0), (30.0, 5.0, 40.0, 20.0)]
    boxes = Detections.of(corners, [0.9, 0.8, 0.7], ("cat", "dog", "dog"))
    watcher.press("detect.run")
    watcher.engine.held[-1].answer(DetectionResult("a detector", "", boxes, 1.0, "cpu"))
    watcher.press("detect.class_aware")  # so that the cat suppresses a dog
    watcher.until(lambda: watcher.labels == ["cat", "dog"])
    classes = watcher.find(ClassLegend, "detect.classes")
    rows = [[classes.model().index(row, n).data() for n in range(3)] for row in range(2)]
    assert rows == [["cat", "1", "1"], ["dog", "2", "1"]]
    classes.setCurrentIndex(classes.model().index(0, 0))
    watcher.bot.keyClick(classes, Qt.Key.Key_Space)
    watcher.until(lambda: watcher.labels == ["dog", "dog"])
    assert (
        watcher.find(QLabel, "detect.count").text() == "2 of 2 raw boxes kept, 1 of other classes"
    )
    assert watcher.canvas_labels() == ["dog", "dog"]
    watcher.bot.keyClick(classes, Qt.Key.Key_Space)
    watcher.until(lambda: watcher.labels == ["cat", "dog"])


def test_every_topic_of_the_area_can_be_stepped_through_with_the_boxes_of_the_picture(
    watcher: Watcher,
) -> None:
    cards = tuple(TRACES)
    watcher.bench.traces = cards
    watcher.bench.traces_changed.emit()
    topic = watcher.find(QComboBox, "detect.topic")
    listed = {topic.itemData(index) for index in range(topic.count())}
    assert listed == {card.key for card in cards if card.area == "detect"}
    assert {"iou", "nms"} <= listed
    document = picture("a.png")
    document.add([Shape.box("car", 5, 5, 30, 30), Shape.box("car", 10, 5, 35, 30)])
    watcher.open(document)
    watcher.page.tabs.setCurrentIndex(1)
    topic.setCurrentIndex(topic.findData("iou"))
    topic.activated.emit(topic.currentIndex())
    button = watcher.find(QPushButton, "detect.trace")
    needs = watcher.find(QLabel, "detect.topic_needs")
    assert not button.isEnabled()
    assert "Run a detector" in needs.text()
    source = watcher.find(QComboBox, "detect.source")
    source.setCurrentIndex(source.findData("drawn"))
    assert needs.text() == "Looks at the 2 boxes on a.png."
    watcher.press("detect.trace")
    player = watcher.page.steps.player
    watcher.until(lambda: player.trace is not None)
    assert player.trace.topic == "iou"
    assert player.trace.result["iou"] == pytest.approx(20 / 30)
