"""The Detect page alone: boxes belong to the picture that the detector was run on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QPushButton, QTableView
from pytestqt.qtbot import QtBot

from engine.api.detection import Detect, DetectionResult, Detections
from engine.api.errors import ConfigError
from engine.api.pictures import Picture
from gui.document.picture_document import PictureDocument
from gui.pages.detect.page import DetectPage
from tests.gui.held_engine import HeldEngine
from tests.gui.pages.page_support import PersonAtCanvas

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


@pytest.fixture
def picture() -> Callable[[str], PictureDocument]:
    def make(name: str) -> PictureDocument:
        document = PictureDocument(Path(name))
        document.set_picture(Picture(PIXELS, Path(name), "RGB"))
        return document

    return make


def found(label: str) -> DetectionResult:
    boxes = Detections.of([(5.0, 5.0, 20.0, 20.0)], [0.9], (label,))
    return DetectionResult("a detector", "", boxes, 1.0, "cpu")


def test_boxes_of_one_picture_never_stand_on_another_and_none_are_lost(
    watcher: Watcher, picture: Callable[[str], PictureDocument]
) -> None:
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
    watcher: Watcher, picture: Callable[[str], PictureDocument]
) -> None:
    first, second = picture("a.png"), picture("b.png")
    watcher.open(first)
    watcher.press("detect.run")
    watcher.open(second)
    seen: list[list[str]] = []
    watcher.page._presenter.shown_changed.connect(lambda _: seen.append(watcher.labels))
    watcher.engine.held[0].answer(found("of the first"))
    watcher.until(lambda: not watcher.page._detection.is_busy)
    assert seen == []
    assert watcher.labels == []
    watcher.open(first)
    watcher.until(lambda: watcher.labels == ["of the first"])


def test_run_is_offered_for_every_picture_that_no_detector_runs_on(
    watcher: Watcher, picture: Callable[[str], PictureDocument]
) -> None:
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
