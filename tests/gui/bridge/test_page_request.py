"""What a page asks the engine: nothing that came too late is heard."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from pytestqt.qtbot import QtBot

from engine.api.errors import ConfigError, TaskCancelled
from engine.api.tasks import TaskContext
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from tests.gui.held_engine import Held, HeldEngine
from tests.patient_bot import WAIT_S


@dataclass(frozen=True)
class Question:
    text: str


@dataclass(frozen=True)
class Echo:
    number: int


@dataclass(frozen=True)
class Gate:
    opened: threading.Event


def _echo(request: Echo, context: TaskContext) -> int:
    return request.number


def _gate(request: Gate, context: TaskContext) -> None:
    request.opened.wait(WAIT_S)


OWN_HANDLERS = (_echo, _gate)


class Asker(QObject):
    """A page of one question that notes all that it hears."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__()
        self._bot, self.engine = qtbot, HeldEngine(Question)
        self.client = EngineClient(self, self.engine)
        self.looked_at = "a"
        self.heard: list[tuple[Any, ...]] = []
        self.shown_by_window: list[str] = []
        self.crashes: list[str] = []
        self._settled = 0
        self.client.failed.connect(lambda error: self.shown_by_window.append(str(error)))
        self.client.crashed.connect(lambda bug: self.crashes.append(str(bug)))
        self.client.task_started.connect(self._watch)

    def new(self, **options: Any) -> PageRequest:
        request = PageRequest(self.client, self, **options)
        request.answered.connect(lambda *values: self.heard.append(("answered", *values)))
        request.failed.connect(
            lambda asked, error, about: self.heard.append(("failed", asked, str(error), about))
        )
        request.cancelled.connect(lambda asked: self.heard.append(("cancelled", asked)))
        request.progressed.connect(
            lambda asked, progress: self.heard.append(("progressed", asked, progress.fraction))
        )
        return request

    def is_looked_at(self, about: str) -> bool:
        return about == self.looked_at

    def end(self, held: Held, value: Any) -> None:
        """Let the engine answer, and wait until the answer has been heard or dropped."""
        before = self._settled
        held.answer(value)
        self._bot.waitUntil(lambda: self._settled > before)

    def _watch(self, task: Any) -> None:
        # A task goes a turn of the event loop after it has told its end.
        task.destroyed.connect(self._count)

    def _count(self) -> None:
        self._settled += 1


@pytest.fixture
def asker(qtbot: QtBot) -> Iterator[Asker]:
    asker = Asker(qtbot)
    yield asker
    asker.client.shut_down()
    asker.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


A, B = Question("a"), Question("b")


def test_an_answer_comes_with_its_request_and_what_it_is_about(asker: Asker) -> None:
    request = asker.new()
    request.start(A, about="picture")
    asker.end(asker.engine.held[0], 1)
    assert asker.heard == [("answered", A, 1, "picture")]


def test_a_request_started_later_takes_the_place_of_the_one_before(asker: Asker) -> None:
    request = asker.new()
    request.start(A)
    request.start(B)
    first, second = asker.engine.held
    assert first.is_cancelled
    assert not second.is_cancelled
    asker.end(second, 2)
    asker.end(first, 1)  # it came to its end nevertheless
    assert asker.heard == [("answered", B, 2, None)]


def test_requests_side_by_side_are_each_answered_about_their_own(asker: Asker) -> None:
    request = asker.new()
    request.add(A, about="a")
    request.add(B, about="b")
    first, second = asker.engine.held
    asker.end(second, 2)
    assert request.count == 1
    assert request.is_busy_about("a")
    assert not request.is_busy_about("b")
    asker.end(first, 1)
    assert asker.heard == [("answered", B, 2, "b"), ("answered", A, 1, "a")]


@pytest.mark.parametrize("outcome", [1, ConfigError("no such thing"), TaskCancelled()])
def test_what_is_no_longer_looked_at_is_heard_by_nobody(asker: Asker, outcome: Any) -> None:
    request = asker.new(is_current=asker.is_looked_at)
    request.add(A, about="a")
    asker.looked_at = "b"
    assert not request.is_busy
    (held,) = asker.engine.held
    held.report(0.5)
    asker.end(held, outcome)
    assert asker.heard == []
    assert asker.shown_by_window == []


def test_what_is_looked_at_again_is_heard_after_all(asker: Asker) -> None:
    request = asker.new(is_current=asker.is_looked_at)
    request.add(A, about="a")
    asker.looked_at = "b"
    asker.looked_at = "a"
    asker.end(asker.engine.held[0], 1)
    assert asker.heard == [("answered", A, 1, "a")]


def test_dropped_requests_are_cancelled_and_not_heard(asker: Asker, qtbot: QtBot) -> None:
    request = asker.new()
    request.start(A)
    with qtbot.waitSignal(request.busy_changed):
        request.drop()
    assert not request.is_busy
    (held,) = asker.engine.held
    assert held.is_cancelled
    asker.end(held, ConfigError("no such thing"))
    assert asker.heard == []
    assert asker.shown_by_window == []


def test_a_failure_is_told_to_the_page_and_shown_by_the_window(asker: Asker) -> None:
    asker.new().start(A, about="a")
    asker.end(asker.engine.held[0], ConfigError("no such thing"))
    assert asker.heard == [("failed", A, "no such thing", "a")]
    assert asker.shown_by_window == ["no such thing"]


def test_a_quiet_failure_is_the_matter_of_the_page_alone(asker: Asker) -> None:
    asker.new(quiet=True).start(A, about="a")
    asker.end(asker.engine.held[0], ConfigError("no such thing"))
    assert asker.heard == [("failed", A, "no such thing", "a")]
    assert asker.shown_by_window == []


@pytest.mark.parametrize("drop", [True, False])
def test_a_bug_is_never_hidden(asker: Asker, drop: bool) -> None:
    request = asker.new(quiet=True)
    request.start(A)
    if drop:
        request.drop()
    asker.end(asker.engine.held[0], KeyError("a bug"))
    assert asker.crashes == ["'a bug'"]


def test_what_a_person_stops_is_told(asker: Asker) -> None:
    request = asker.new()
    request.start(A)
    asker.end(asker.engine.held[0], TaskCancelled())
    assert asker.heard == [("cancelled", A)]
    assert not request.is_busy


def test_what_the_page_itself_cancels_is_told_too(asker: Asker) -> None:
    request = asker.new()
    request.start(A)
    request.cancel()
    (held,) = asker.engine.held
    assert held.is_cancelled
    asker.end(held, TaskCancelled())
    assert asker.heard == [("cancelled", A)]


def test_a_slider_is_followed_while_it_moves(asker: Asker) -> None:
    """What runs is answered although the slider has moved on; else nothing would be seen."""
    request = asker.new()
    request.ask(A, about="picture")
    request.ask(B, about="picture")
    first, second = asker.engine.held
    asker.end(first, 1)
    asker.end(second, 2)
    assert asker.heard == [("answered", A, 1, "picture"), ("answered", B, 2, "picture")]


def test_a_slider_over_another_picture_ends_what_runs_for_the_one_before(asker: Asker) -> None:
    request = asker.new()
    request.ask(A, about="a")
    request.ask(B, about="b")
    first, second = asker.engine.held
    assert first.is_cancelled
    asker.end(second, 2)
    asker.end(first, 1)
    assert asker.heard == [("answered", B, 2, "b")]


def test_progress_comes_with_its_request_while_somebody_waits(asker: Asker, qtbot: QtBot) -> None:
    request = asker.new()
    request.start(A)
    (held,) = asker.engine.held
    held.report(0.5)
    qtbot.waitUntil(lambda: asker.heard == [("progressed", A, 0.5)])
    asker.end(held, 1)


def test_it_is_busy_from_the_start_to_the_end(asker: Asker) -> None:
    request = asker.new()
    seen: list[bool] = []
    request.busy_changed.connect(lambda: seen.append(request.is_busy))
    request.start(A)
    asker.end(asker.engine.held[0], 1)
    assert seen == [True, False]


def test_a_request_whose_page_has_gone_harms_nobody(asker: Asker) -> None:
    page = QObject()
    request = PageRequest(asker.client, page)
    called: list[object] = []
    request.answered.connect(called.append)
    request.start(A)
    del request
    page.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    asker.end(asker.engine.held[0], 1)
    assert called == []


def test_what_a_slider_left_behind_is_dropped_before_it_begins(asker: Asker, qtbot: QtBot) -> None:
    """With the lanes of the real engine, one of which is busy."""
    gate = threading.Event()
    asker.client.start(Gate(gate), "interactive")
    request = asker.new(lane="interactive")
    for number in range(5):
        request.ask(Echo(number), about="picture")
    gate.set()
    qtbot.waitUntil(lambda: not request.is_busy)
    dropped = [("cancelled", Echo(number)) for number in range(4)]
    assert asker.heard == [*dropped, ("answered", Echo(4), 4, "picture")]
