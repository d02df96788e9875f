"""The Steps tab: the steps that play are those of the topic that is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QComboBox, QPushButton
from pytestqt.qtbot import QtBot

from engine.api.detection import SuppressionConfig
from engine.api.errors import ConfigError
from engine.api.traces import BuildTrace, Step, Trace, TraceCard
from gui.pages.steps import StepsTab
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
