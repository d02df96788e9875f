import threading

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.widgets.background import BackgroundCalls
from tests.patient_bot import WAIT_S


def test_results_come_on_the_interface_thread_and_the_worker_ends(qtbot: QtBot) -> None:
    before = set(threading.enumerate())
    calls = BackgroundCalls()
    threads: list[str] = []
    results: list[object] = []

    def receive(slot: str, result: object) -> None:
        threads.append(threading.current_thread().name)
        results.append((slot, result))

    calls.finished.connect(receive, Qt.ConnectionType.QueuedConnection)
    calls.submit("name", lambda: threading.current_thread().name)
    qtbot.waitUntil(lambda: bool(results))
    assert results == [("name", "interface-background")]
    assert threads == [threading.main_thread().name]
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before)
    assert not calls.is_running


def test_the_latest_call_of_a_slot_replaces_the_one_that_waits(qtbot: QtBot) -> None:
    calls = BackgroundCalls()
    gate, results = threading.Event(), []
    calls.finished.connect(lambda slot, result: results.append((slot, result)))
    calls.submit("first", lambda: gate.wait(WAIT_S))
    for number in range(5):
        calls.submit("slider", lambda n=number: n)  # type: ignore[misc]
    calls.submit("other", lambda: "kept")
    gate.set()
    qtbot.waitUntil(lambda: not calls.is_running)
    qtbot.waitUntil(lambda: len(results) == 3)
    assert results == [("first", True), ("slider", 4), ("other", "kept")]


def test_what_waits_can_be_dropped(qtbot: QtBot) -> None:
    calls = BackgroundCalls()
    gate, ran = threading.Event(), []
    calls.submit("first", lambda: gate.wait(WAIT_S))
    calls.submit("second", lambda: ran.append(1))
    calls.drop()
    gate.set()
    qtbot.waitUntil(lambda: not calls.is_running)
    assert not ran
