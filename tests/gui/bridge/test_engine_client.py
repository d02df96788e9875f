"""The bridge: one request becomes signals on the interface thread, of which exactly one ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine.api.errors import DatasetError
from engine.api.tasks import TaskContext
from engine.service import execute
from gui.bridge.engine_client import EngineClient
from gui.bridge.engine_task import EngineTask

ENDS = ("succeeded", "failed", "crashed", "cancelled", "ended")
WAIT_MS = 10_000


@dataclass(frozen=True)
class Call:
    """A request whose work the test gives."""

    work: Callable[[TaskContext], Any] = field(default=lambda context: None)
    caption: str = "Calling"


@execute.register
def _call(request: Call, context: TaskContext) -> Any:
    return request.work(context)


@pytest.fixture
def client(qtbot: QtBot) -> Iterator[EngineClient]:
    client = EngineClient()
    yield client
    assert client.shut_down(), "a worker did not end"


class Held:
    """Work that goes on until it is let go or cancelled."""

    def __init__(self) -> None:
        self.began, self.let_go = threading.Event(), threading.Event()

    def __call__(self, context: TaskContext) -> str:
        self.began.set()
        while not self.let_go.wait(0.005):
            context.raise_if_cancelled()
        return "let go"


def heard(task: EngineTask) -> list[tuple[str, Any]]:
    """Return a list that fills with the signals which end a task, in their order."""
    found: list[tuple[str, Any]] = []
    for name in ENDS:
        getattr(task, name).connect(lambda *words, name=name: found.append((name, words)))
    return found


def finish(qtbot: QtBot, task: EngineTask) -> list[tuple[str, Any]]:
    found = heard(task)
    with qtbot.waitSignal(task.ended, timeout=WAIT_MS):
        pass
    return found


def test_a_result_arrives_on_the_interface_thread(client: EngineClient, qtbot: QtBot) -> None:
    workers: list[threading.Thread] = []
    task = client.start(Call(lambda context: workers.append(threading.current_thread()) or 7))
    arrived: list[Any] = []
    task.succeeded.connect(lambda result: arrived.append(threading.current_thread()))
    assert finish(qtbot, task) == [("succeeded", (7,)), ("ended", ())]
    assert arrived == [threading.main_thread()]
    assert workers != arrived


def test_a_named_failure_is_told_by_the_task_and_by_the_client(
    client: EngineClient, qtbot: QtBot
) -> None:
    error = DatasetError("a.json: is empty; export it again")

    def fail(context: TaskContext) -> None:
        raise error

    shown: list[Any] = []
    client.failed.connect(shown.append)
    assert finish(qtbot, client.start(Call(fail))) == [("failed", (error,)), ("ended", ())]
    assert shown == [error]
    finish(qtbot, client.start(Call(fail), quiet=True))
    assert shown == [error]


@pytest.mark.parametrize("quiet", [False, True])
def test_a_bug_is_a_crash_and_never_silent(client: EngineClient, qtbot: QtBot, quiet: bool) -> None:
    def stumble(context: TaskContext) -> None:
        raise ZeroDivisionError

    shown: list[Any] = []
    client.crashed.connect(shown.append)
    found = finish(qtbot, client.start(Call(stumble), quiet=quiet))
    assert [name for name, _ in found] == ["crashed", "ended"]
    assert [type(bug) for bug in shown] == [ZeroDivisionError]
    assert shown[0].__traceback__ is not None


def test_a_running_task_is_cancelled(client: EngineClient, qtbot: QtBot) -> None:
    held = Held()
    task = client.start(Call(held))
    assert held.began.wait(WAIT_MS / 1000)
    task.cancel()
    assert finish(qtbot, task) == [("cancelled", ()), ("ended", ())]


def test_a_waiting_task_is_cancelled_and_never_begins(client: EngineClient, qtbot: QtBot) -> None:
    held, waiting = Held(), Held()
    first, second = client.start(Call(held)), client.start(Call(waiting))
    second.cancel()
    assert finish(qtbot, second) == [("cancelled", ()), ("ended", ())]
    held.let_go.set()
    assert finish(qtbot, first) == [("succeeded", ("let go",)), ("ended", ())]
    assert not waiting.began.is_set()


def test_of_a_slot_the_latest_request_wins(client: EngineClient, qtbot: QtBot) -> None:
    held = Held()
    first = client.latest("slider", Call(held))
    assert held.began.wait(WAIT_MS / 1000)
    results = [heard(client.latest("slider", Call(lambda _, n=n: n))) for n in range(4)]
    held.let_go.set()
    finish(qtbot, first)
    qtbot.waitUntil(lambda: all(len(found) == 2 for found in results), timeout=WAIT_MS)
    assert [found[0] for found in results] == [("cancelled", ())] * 3 + [("succeeded", (3,))]


def test_what_a_task_reports_is_heard_before_its_end(client: EngineClient, qtbot: QtBot) -> None:
    def work(context: TaskContext) -> None:
        for step in range(3):
            context.report(step / 2, "counting", detail=step)

    task = client.start(Call(work))
    found = heard(task)
    task.progressed.connect(lambda progress: found.append(("progressed", progress.detail)))
    qtbot.waitUntil(lambda: ("ended", ()) in found, timeout=WAIT_MS)
    assert [words for name, words in found if name == "progressed"] == [0, 1, 2]
    assert [name for name, _ in found][-2:] == ["succeeded", "ended"]


def test_shutting_down_cancels_what_runs_and_what_waits(qtbot: QtBot) -> None:
    client, held, waiting = EngineClient(), Held(), Held()
    found = [heard(client.start(Call(work))) for work in (held, waiting)]
    assert held.began.wait(WAIT_MS / 1000)
    assert client.shut_down()
    qtbot.waitUntil(lambda: all(len(each) == 2 for each in found), timeout=WAIT_MS)
    assert [each[0] for each in found] == [("cancelled", ())] * 2
    assert not waiting.began.is_set()


def test_a_request_after_shutting_down_is_cancelled(qtbot: QtBot) -> None:
    client = EngineClient()
    assert client.shut_down()
    assert finish(qtbot, client.start(Call())) == [("cancelled", ()), ("ended", ())]


def test_a_request_says_its_own_caption(client: EngineClient, qtbot: QtBot) -> None:
    task = client.start(Call(caption="Looking for faces"))
    assert task.caption == "Looking for faces"
    finish(qtbot, task)
