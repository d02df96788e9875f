"""The whole window, driven by mouse and keys as a person would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import skimage
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from gui.application import build_window
from tests.gui.hands import Hands
from tests.patient_bot import give_time


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    give_time(monkeypatch)


@pytest.fixture
def astronaut() -> Path:
    """A photograph with one face, which comes with scikit-image."""
    return Path(skimage.__file__).parent / "data" / "astronaut.png"


class Person(Hands):
    """Somebody at the whole window."""

    def __init__(self, window: QMainWindow, qtbot: QtBot) -> None:
        super().__init__(window, qtbot)
        self.window = window

    def close(self) -> None:
        self.window.close()
        self.until(lambda: not self.window.isVisible())


@pytest.fixture
def open_window(qtbot: QtBot, workers_of_equal_rank: None) -> Iterator[Callable[..., Person]]:
    """Open the window with command line arguments; closed at the end of the test."""
    people: list[Person] = []

    def start(*arguments: Path | str) -> Person:
        window = build_window([str(argument) for argument in arguments])
        window.resize(1280, 800)
        with qtbot.waitExposed(window):
            window.show()
        people.append(Person(window, qtbot))
        return people[-1]

    yield start
    for person in people:
        person.close()
        person.window.deleteLater()
