from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QLabel, QProgressBar, QToolButton
from pytestqt.qtbot import QtBot

from gui.widgets.still_text import StillText
from gui.widgets.task_bar import TaskBar


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[TaskBar]:
    bar = TaskBar()
    qtbot.addWidget(bar)
    bar.show()
    yield bar
    bar.stop()
    bar.hide()


def shown(bar: TaskBar, name: str) -> bool:
    return bar.findChild(QToolButton, name).isVisible()


def test_an_idle_bar_offers_nothing_to_cancel(bar: TaskBar) -> None:
    assert bar.shown_caption == ""
    assert not shown(bar, "task.cancel")


def test_a_quick_task_is_never_seen(bar: TaskBar, qtbot: QtBot) -> None:
    bar.start(1, "Quick")
    assert bar.shown_caption == ""
    bar.finish(1)
    bar.start(2, "Slow")
    qtbot.waitUntil(lambda: bar.shown_caption != "")
    assert bar.shown_caption.startswith("Slow")


def test_progress_shows_stage_and_share(bar: TaskBar, qtbot: QtBot) -> None:
    bar.start(1, "Training")
    qtbot.waitUntil(lambda: bar.shown_caption != "")
    bar.report(1, 0.25, "epoch 2")
    assert bar.shown_caption == "Training: epoch 2 25%"
    progress = bar.findChild(QProgressBar, "task.progress")
    assert progress.value() / progress.maximum() == 0.25


def test_a_task_of_unknown_length_shows_a_busy_bar(bar: TaskBar, qtbot: QtBot) -> None:
    bar.start(1, "Starting")
    qtbot.waitUntil(lambda: bar.shown_caption != "")
    bar.report(1, None, "importing")
    assert bar.findChild(QProgressBar, "task.progress").maximum() == 0


def test_cancel_names_the_task_shown_and_cannot_be_pressed_twice(
    bar: TaskBar, qtbot: QtBot
) -> None:
    bar.start(7, "Training")
    qtbot.waitUntil(lambda: shown(bar, "task.cancel"))
    cancel = bar.findChild(QToolButton, "task.cancel")
    with qtbot.waitSignal(bar.cancel_wanted) as signal:
        cancel.click()
    assert signal.args == [7]
    assert not cancel.isEnabled()
    assert bar.shown_caption.startswith("Stopping")
    bar.finish(7)
    assert not cancel.isVisible()


def test_a_task_that_everything_needs_cannot_be_cancelled(bar: TaskBar, qtbot: QtBot) -> None:
    bar.start(1, "Starting the engine", can_cancel=False)
    qtbot.waitUntil(lambda: bar.shown_caption != "")
    assert not shown(bar, "task.cancel")
    bar.start(2, "Training")
    bar.finish(1)
    qtbot.waitUntil(lambda: shown(bar, "task.cancel"))


def test_further_tasks_are_counted_and_take_their_turn(bar: TaskBar, qtbot: QtBot) -> None:
    for number, caption in enumerate(("First", "Second", "Third")):
        bar.start(number, caption)
    more = bar.findChild(QLabel, "task.more")
    qtbot.waitUntil(lambda: more.text() == "+2 more")
    bar.finish(0)
    assert bar.shown_caption.startswith("Second")
    assert more.text() == "+1 more"
    bar.finish(1)
    assert not more.isVisible()


def test_nothing_lies_over_the_pixel_under_the_pointer(bar: TaskBar, qtbot: QtBot) -> None:
    bar.resize(900, bar.height())
    bar.show()
    bar.show_device("CPU (2 threads)  ·  300 MB")
    bar.show_pointer("x 3, y 4 | RGB 1 2 3")
    pointer = bar.findChild(StillText, "task.pointer")
    device = bar.findChild(QToolButton, "task.device")
    wanted = pointer.whole_width()
    qtbot.waitUntil(lambda: pointer.width() == wanted)
    bar.show_pointer("x 303, y 404 | RGB 100 200 300")
    qtbot.waitUntil(lambda: pointer.width() > wanted)
    qtbot.waitUntil(lambda: pointer.geometry().right() < device.geometry().left())
    bar.show_pointer("")
    qtbot.waitUntil(lambda: not pointer.width())


@pytest.mark.parametrize("x", range(0, 480, 16))
def test_the_pixel_under_the_pointer_is_never_cut(bar: TaskBar, qtbot: QtBot, x: int) -> None:
    bar.resize(900, bar.height())
    bar.show()
    text = f"x {x}, y {x // 2} | RGB {x % 256} 235 219 | building 0.{x % 100:02}"
    bar.show_pointer(text)
    pointer = bar.findChild(StillText, "task.pointer")
    qtbot.waitUntil(lambda: pointer.width() == pointer.whole_width())
    assert pointer.shown_text() == text


def test_pointer_device_and_message_have_their_places(bar: TaskBar) -> None:
    bar.show_pointer("x 3, y 4 | RGB 1 2 3")
    bar.show_device("CPU (2 threads)  ·  300 MB")
    bar.show_message("Saved")
    assert bar.findChild(StillText, "task.pointer").text() == "x 3, y 4 | RGB 1 2 3"
    assert bar.findChild(QToolButton, "task.device").text() == "CPU (2 threads)  ·  300 MB"
    assert bar.findChild(QLabel, "task.message").text() == "Saved"
