"""The Steps tab: the steps that play are those of the topic that is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from engine.api.detection import SuppressionConfig
from engine.api.errors import ConfigError
from engine.api.parameters import parameter
from engine.api.pictures import Picture
from engine.api.traces import BuildTrace, Step, Trace, TraceCard
from gui.document.picture_document import PictureDocument
from gui.pages.steps import StepsTab
from gui.style_sheet import style_sheet
from gui.theme import THEME
from gui.widgets.place_picker import PlacePicker
from gui.workbench import Workbench
from tests.gui.held_engine import HeldEngine
from tests.gui.pages.page_support import Person

CARDS = tuple(
    TraceCard(key, f"Topic {key}", "Summary.", "nothing", SuppressionConfig, "latent")
    for key in "ab"
)


def new_tab(workbench: Workbench) -> StepsTab:
    tab = StepsTab(workbench, "latent")
    tab.set_traces(CARDS)
    return tab


class Reader(Person):
    """A person at the steps of the latent models, who gets them when the test says so."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.engine = HeldEngine(BuildTrace)
        super().__init__(qtbot, folder, new_tab, service=self.engine)
        self.topic = self.find(QComboBox, "latent.topic")

    def choose(self, index: int) -> None:
        self.topic.setCurrentIndex(index)
        self.topic.activated.emit(index)

    @property
    def playing(self) -> str | None:
        trace = self.page.player.trace
        return trace.topic if trace is not None else None


@pytest.fixture
def reader(qtbot: QtBot, tmp_path: Path) -> Iterator[Reader]:
    person = Reader(qtbot, tmp_path)
    yield person
    person.close()
    assert not person.crashes, person.crashes


def trace(topic: str) -> Trace:
    return Trace(topic, 1, lambda _: Step("The only step", "Nothing happens."))


@pytest.mark.parametrize("is_first_late", [True, False])
def test_steps_of_a_topic_that_was_left_never_play_under_the_next_one(
    reader: Reader, is_first_late: bool
) -> None:
    reader.choose(0)
    reader.press("latent.trace")
    reader.choose(1)
    reader.press("latent.trace")
    first, second = reader.engine.held
    assert first.request.topic != second.request.topic
    assert first.is_cancelled
    answers: list[Any] = [(first, trace("first")), (second, trace("second"))]
    for held, answer in answers[::-1] if is_first_late else answers:
        held.answer(answer)
    reader.until(lambda: reader.playing == "second")
    reader.settle()
    assert reader.playing == "second"


def test_the_steps_of_a_topic_that_was_left_are_not_built_to_the_end(reader: Reader) -> None:
    button = reader.find(QPushButton, "latent.trace")
    reader.choose(0)
    reader.press("latent.trace")
    assert not button.isEnabled()
    reader.choose(1)
    assert button.isEnabled()
    (held,) = reader.engine.held
    assert held.is_cancelled
    held.answer(ConfigError("no such thing"))
    reader.press("latent.trace")
    reader.engine.held[1].answer(trace("second"))
    reader.until(lambda: reader.playing == "second")
    assert reader.problems == []


@dataclass(frozen=True, slots=True)
class Place:
    across: float = parameter(0.5, low=0.0, high=1.0)
    down: float = parameter(0.5, low=0.0, high=1.0)


ON_PICTURES = TraceCard(
    "places", "Places", "Summary.", "nothing", Place, "latent", takes_picture=True
)


@pytest.fixture
def on_picture(reader: Reader) -> Reader:
    """A reader of a topic that can be shown on the picture that is open."""
    reader.page.set_traces((ON_PICTURES,))
    picture = Picture(np.full((40, 80, 3), 90, np.uint8), None, "RGB")
    document = PictureDocument(None, title="a picture", origin="sample:a")
    document.set_picture(picture)
    reader.session.adopt(document)
    reader.session.set_current(document)
    reader.page.show_needs()
    return reader


def test_a_topic_is_shown_on_ones_own_picture_where_it_can_be(on_picture: Reader) -> None:
    own = on_picture.find(QCheckBox, "latent.own_picture")
    assert own.isVisible()
    on_picture.press("latent.trace")
    on_picture.engine.held[0].answer(trace("places"))
    on_picture.until(lambda: on_picture.playing == "places")
    own.setChecked(False)
    on_picture.press("latent.trace")
    first, second = (held.request.pixels for held in on_picture.engine.held)
    assert first.shape == (40, 80, 3)
    assert second is None


def test_the_place_that_is_followed_is_a_click_on_the_picture(on_picture: Reader) -> None:
    picker = on_picture.find(PlacePicker, "latent.place")
    assert picker.isVisible()
    on_picture.press("latent.trace")
    on_picture.engine.held[0].answer(trace("places"))
    on_picture.until(lambda: on_picture.playing == "places")
    size = picker.size()
    place = QPoint(size.width() // 2 - 40, size.height() // 2)
    QTest.mouseClick(picker, Qt.MouseButton.LeftButton, pos=place)
    config = on_picture.engine.held[1].request.config  # asked for at once: the steps were there
    assert config.across < 0.4
    assert config.down == pytest.approx(0.5, abs=0.02)
    QTest.keyClick(picker, Qt.Key.Key_Down)
    assert on_picture.engine.held[2].request.config.down > config.down


def test_a_presentation_shows_the_step_alone_in_large_type(reader: Reader) -> None:
    reader.choose(0)
    reader.press("latent.trace")
    reader.engine.held[0].answer(trace("a"))
    reader.until(lambda: reader.playing == "a")
    title = reader.find(QLabel, "latent.steps.title")
    reader.page.setStyleSheet(style_sheet(THEME.tokens))
    before, told = title.fontInfo().pointSizeF(), []
    reader.bench.presenting.connect(told.append)
    reader.press("latent.present")
    assert told == [True]
    assert not reader.find(QPushButton, "latent.trace").isVisible()
    assert title.isVisible()
    assert title.fontInfo().pointSizeF() > 1.3 * before
    QTest.keyClick(reader.page.player, Qt.Key.Key_Escape)
    assert told == [True, False]
    assert reader.find(QPushButton, "latent.trace").isVisible()
    assert title.fontInfo().pointSizeF() == before


def test_a_presentation_begins_the_topic_whose_button_it_hides(reader: Reader) -> None:
    reader.choose(0)
    reader.press("latent.present")
    (held,) = reader.engine.held
    held.answer(trace("a"))
    reader.until(lambda: reader.playing == "a")


def test_a_presentation_ends_when_the_person_goes_elsewhere(reader: Reader) -> None:
    told: list[bool] = []
    reader.bench.presenting.connect(told.append)
    reader.press("latent.present")
    reader.page.hide()
    assert told == [True, False]


@dataclass(frozen=True, slots=True)
class Digits:
    picture: int = parameter(0, low=0, high=9)


def test_a_topic_with_examples_of_its_own_begins_with_them(on_picture: Reader) -> None:
    digits = TraceCard("digits", "Digits", "Sum.", "nothing", Digits, "latent", takes_picture=True)
    on_picture.page.set_traces((digits, ON_PICTURES))
    own = on_picture.find(QCheckBox, "latent.own_picture")
    on_picture.choose(0)
    assert not own.isChecked()
    on_picture.choose(1)
    assert own.isChecked()
