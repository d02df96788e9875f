"""Requests as signals: quiet ones, the moment of closing, and workers that outlive the window."""

import logging
import threading
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from engine.api.errors import ConfigError
from engine.api.tasks import TaskContext
from gui.bridge.engine_client import EngineClient
from tests.patient_bot import WAIT_S


@dataclass(frozen=True, eq=False)
class Wait:
    begun: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Fail:
    pass


def _wait(request: Wait, context: TaskContext) -> str:
    request.begun.set()
    request.go_on.wait(WAIT_S)
    context.report(1.0, "done", detail="late")
    return "answer"


def _fail(request: Fail, context: TaskContext) -> None:
    raise ConfigError("no such thing")


OWN_HANDLERS = (_wait, _fail)


@pytest.fixture
def client(qtbot):
    client = EngineClient()
    yield client
    client.shut_down()
    client.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_failure_of_a_quiet_request_is_told_to_whoever_asked_only(client, qtbot):
    told = []
    client.failed.connect(told.append)
    with qtbot.waitSignal(client.start(Fail(), "files", quiet=True).failed):
        pass
    assert told == []
    with qtbot.waitSignal(client.start(Fail(), "files").failed):
        pass
    assert len(told) == 1


def test_waiting_for_the_last_write_says_whether_it_succeeded(client):
    request = Wait()
    task = client.start(request, "files")
    assert not task.wait(0.0)
    request.go_on.set()
    assert task.wait(WAIT_S)
    assert not client.start(Fail(), "files", quiet=True).wait(WAIT_S)


def test_a_worker_that_outlives_the_window_harms_nobody(qtbot, caplog):
    request, client = Wait(), EngineClient()
    task = client.start(request, "files")
    gone = []
    task.destroyed.connect(lambda: gone.append(True))
    assert request.begun.wait(WAIT_S)
    assert not client.shut_down(0.0)
    client.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert gone  # the task went with its client, while the worker still runs
    threads = [t for t in threading.enumerate() if t.name.startswith("engine-")]
    with caplog.at_level(logging.ERROR):
        request.go_on.set()
        for thread in threads:
            thread.join(20)
    QCoreApplication.processEvents()
    assert not caplog.records


def test_lanes_do_not_wait_for_each_other(client, qtbot):
    busy = Wait()
    client.start(busy, "work")
    assert busy.begun.wait(WAIT_S)
    for lane in ("interactive", "browse", "files"):
        with qtbot.waitSignal(client.start(Fail(), lane, quiet=True).failed):
            pass
    busy.go_on.set()
