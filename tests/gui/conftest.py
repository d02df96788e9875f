"""The main window over an engine that does what the test says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import engine.service
from gui.class_colours import CLASS_COLOURS
from gui.main_window import MainWindow
from tests.gui.window_support import Make, fake_execute, new_window
from tests.patient_bot import WAIT_S, give_time


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    give_time(monkeypatch)


@pytest.fixture(autouse=True)
def _no_classes_at_hand() -> Iterator[None]:
    """The colours of the classes at hand are those of the one window."""
    yield
    CLASS_COLOURS.set_at_hand({})


@pytest.fixture(autouse=True)
def _prompt_workers(workers_of_equal_rank: None) -> None:
    """Every test of the interface waits for workers."""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "settings.ini"


@pytest.fixture
def make(qtbot: QtBot, store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(engine.service, "execute", fake_execute)
    windows: list[MainWindow] = []

    def build(*paths: Path, seen_tour: bool = True) -> MainWindow:
        window = new_window(store, paths, seen_tour)
        windows.append(window)
        qtbot.addWidget(window)
        window.show()
        return window

    yield build
    for window in windows:
        for each in window.pages.pages.values():
            each.may_close = True
        window.close()
        window.workbench.client.shut_down(WAIT_S)
