"""Requests that come many times a second."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from engine.api.errors import ConfigError
from engine.api.tasks import TaskContext
from gui.bridge.engine_client import EngineClient
from tests.patient_bot import WAIT_S


@dataclass(frozen=True)
class Double:
    number: int


@dataclass(frozen=True)
class Refuse:
    is_bug: bool = False


@dataclass(frozen=True, eq=False)
class Hold:
    begun: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)


def _double(request: Double, context: TaskContext) -> int:
    return 2 * request.number


def _refuse(request: Refuse, context: TaskContext) -> None:
    raise ValueError("a bug") if request.is_bug else ConfigError("no such thing")


def _hold(request: Hold, context: TaskContext) -> str:
    request.begun.set()
    request.go_on.wait(WAIT_S)
    return "held"


OWN_HANDLERS = (_double, _refuse, _hold)


@pytest.fixture
def client(qtbot: QtBot) -> Iterator[EngineClient]:
    client = EngineClient()
    yield client
    client.shut_down()
    client.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_an_answer_comes_with_its_request(client: EngineClient, qtbot: QtBot) -> None:
    stream = client.stream("doubles")
    with qtbot.waitSignal(stream.answered) as heard:
        stream.ask(Double(4))
    assert heard.args == [Double(4), 8]


def test_of_requests_that_wait_only_the_latest_is_answered(
    client: EngineClient, qtbot: QtBot
) -> None:
    stream, hold = client.stream("doubles"), Hold()
    heard: list[object] = []
    stream.answered.connect(lambda request, answer: heard.append(answer))
    stream.ask(hold)
    assert hold.begun.wait(WAIT_S)
    for number in range(5):
        stream.ask(Double(number))
    hold.go_on.set()
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert heard == ["held", 8]


def test_a_stream_is_no_task_that_somebody_could_watch(client: EngineClient, qtbot: QtBot) -> None:
    started: list[object] = []
    client.task_started.connect(started.append)
    stream = client.stream("doubles")
    with qtbot.waitSignal(stream.answered):
        stream.ask(Double(1))
    assert started == []


def test_failures_and_bugs_reach_the_client(client: EngineClient, qtbot: QtBot) -> None:
    stream = client.stream("refusals")
    with qtbot.waitSignal(client.failed) as failed:
        stream.ask(Refuse())
    assert str(failed.args[0]) == "no such thing"
    with qtbot.waitSignal(client.crashed) as crashed:
        stream.ask(Refuse(is_bug=True))
    assert str(crashed.args[0]) == "a bug"


def test_an_answer_after_the_end_harms_nobody(qtbot: QtBot) -> None:
    client, hold = EngineClient(), Hold()
    client.stream("late").ask(hold)
    assert hold.begun.wait(WAIT_S)
    client.shut_down(0.01)
    client.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    hold.go_on.set()
    for thread in threading.enumerate():
        if thread.name == "engine-interactive":
            thread.join(20)  # the answer has come by then
