"""Cancelling, closing, and what comes back at the next start."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import (
    QToolButton,
)
from pytestqt.qtbot import QtBot

import engine.service
from engine.api.tasks import TaskContext
from gui.widgets.notice import Notice
from gui.widgets.task_bar import TaskBar
from tests.gui.window_support import (
    Blocking,
    Make,
    act,
    page,
    started,
)
from tests.patient_bot import WAIT_S


def test_a_running_task_can_be_cancelled_from_the_task_bar(make: Make, qtbot: QtBot) -> None:
    window = started(qtbot, make())
    task = window.workbench.client.start(Blocking(threading.Event()))
    cancel = window.findChild(QToolButton, "task.cancel")
    qtbot.waitUntil(cancel.isVisible)
    with qtbot.waitSignal(task.cancelled):
        cancel.click()
    qtbot.waitUntil(lambda: not cancel.isVisible())


def test_closing_stops_running_and_waiting_work(make: Make, qtbot: QtBot) -> None:
    window = started(qtbot, make())
    gate = threading.Event()
    for lane in ("work", "interactive", "browse"):
        for _ in range(3):
            window.workbench.client.start(Blocking(gate), lane)  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: window.findChild(TaskBar).shown_caption != "")
    window.close()
    assert not window.isVisible()
    assert window.ended_in_time
    mine = {"engine-work", "engine-interactive", "engine-browse"}
    assert not [t for t in threading.enumerate() if t.name in mine]


def test_closing_before_the_engine_has_started_leaves_nothing(make: Make) -> None:
    window = make()
    window.close()
    assert window.ended_in_time


def test_a_worker_that_cannot_be_stopped_is_told_of(
    make: Make, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gui.main_window

    monkeypatch.setattr(gui.main_window, "SHUT_DOWN_S", 0.05)
    window = started(qtbot, make())
    gate, entered = threading.Event(), threading.Event()

    def stuck(request: Any, context: TaskContext) -> None:
        entered.set()
        gate.wait(WAIT_S)

    monkeypatch.setattr(engine.service, "execute", stuck)
    window.workbench.client.start("stuck")
    assert entered.wait(WAIT_S)
    window.close()
    assert not window.ended_in_time
    gate.set()


def test_a_page_may_keep_the_window_open(make: Make, qtbot: QtBot) -> None:
    window = started(qtbot, make())
    page(window, "images").may_close = False
    window.close()
    assert window.isVisible()
    page(window, "images").may_close = True
    window.close()
    assert not window.isVisible()


def test_layout_page_and_pictures_come_back(make: Make, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    window = started(qtbot, make())
    window.resize(700, 560)
    act(window, "page_detect").trigger()
    page(window, "detect").splitter.moveSplitter(100, 1)
    sizes = page(window, "detect").splitter.sizes()
    window.workbench.session.set_files([folder / "a.png"], folder)
    window.close()
    again = started(qtbot, make())
    assert again.size() == window.size()
    assert again.pages.current_key == "detect"
    assert page(again, "detect").splitter.sizes() == sizes
    assert page(again, "images").opened == [(folder,)]


def test_pictures_that_are_gone_are_not_opened_again(
    make: Make, qtbot: QtBot, tmp_path: Path
) -> None:
    window = started(qtbot, make())
    window.workbench.session.set_files([tmp_path / "gone.png"])
    window.close()
    again = started(qtbot, make())
    assert page(again, "images").opened == [()]  # nothing: the page shows its samples
    assert again.findChild(Notice).text == ""


def test_pictures_come_back_after_a_crash(
    make: Make, qtbot: QtBot, tmp_path: Path, store: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    window = started(qtbot, make())
    window.workbench.session.set_files([folder / "a.png"], folder)
    qtbot.waitUntil(lambda: "pictures" in store.read_text(encoding="utf-8"), timeout=60_000)
    again = started(qtbot, make())  # the first was not closed
    assert page(again, "images").opened == [(folder,)]


def test_a_splitter_that_nobody_moved_keeps_to_its_proportions(make: Make) -> None:
    window = make()
    splitter = page(window, "detect").splitter
    splitter.setSizes([1, 399])  # as one that was never shown has them
    window.close()
    assert page(make(), "detect").splitter.sizes() != splitter.sizes()
