"""What changes with each frame is shown at once, then now and then, and at last."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gui.widgets.throttle import Throttle


class Dial:
    """Shows its value, and remembers what it has shown."""

    def __init__(self, parent: QObject, interval_ms: int) -> None:
        self.value, self.shown = 0, list[int]()
        self.throttle = Throttle(lambda: self.shown.append(self.value), parent, interval_ms)

    def turn(self, value: int) -> None:
        self.value = value
        self.throttle.ask()


@pytest.fixture
def make_dial(qapp: QObject) -> Iterator[Callable[[int], Dial]]:
    del qapp
    parent = QObject()
    yield lambda interval_ms: Dial(parent, interval_ms)
    shiboken6.delete(parent)


def test_the_first_is_shown_at_once_and_those_that_follow_wait(
    make_dial: Callable[[int], Dial],
) -> None:
    dial = make_dial(60_000)
    for value in (1, 2, 3):
        dial.turn(value)
    assert dial.shown == [1]


def test_the_last_is_shown_when_it_is_time(make_dial: Callable[[int], Dial], qtbot: QtBot) -> None:
    dial = make_dial(1)
    for value in range(50):
        dial.turn(value)
    qtbot.waitUntil(lambda: dial.shown[-1] == 49)
    assert dial.shown[0] == 0


def test_nothing_is_shown_twice(make_dial: Callable[[int], Dial], qtbot: QtBot) -> None:
    dial, other = make_dial(1), make_dial(20)
    dial.turn(1)
    other.turn(1)
    other.turn(2)
    qtbot.waitUntil(lambda: other.shown == [1, 2])  # long after the interval of the first
    assert dial.shown == [1]


def test_what_must_be_seen_does_not_wait(make_dial: Callable[[int], Dial]) -> None:
    dial = make_dial(60_000)
    dial.turn(1)
    dial.value = 2
    dial.throttle.show_now()
    assert dial.shown == [1, 2]
