"""The player: every way of moving, playing, other traces, slow traces, keys."""

import threading
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QLabel, QSlider, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from engine.api.traces import BoxesMark, CurveMark, Mark, Step, TableMark, Trace
from gui.widgets.step_player import StepPlayer
from gui.widgets.trace_table import TraceTable
from tests.patient_bot import WAIT_S


def boxes(count: int) -> BoxesMark:
    return BoxesMark(np.zeros((count, 4), np.float32), "kept")


def trace(
    length: int, topic: str = "counting", marks: Callable[[int], tuple[Mark, ...]] | None = None
) -> Trace:
    def build(index: int) -> Step:
        shown = marks(index) if marks else (boxes(index),)
        return Step(f"step {index}", f"text of {index}", shown, f"n={index}")

    return Trace(topic, length, build)


@pytest.fixture
def player(qtbot: QtBot) -> StepPlayer:
    player = StepPlayer("nms")
    qtbot.addWidget(player)
    player.resize(QSize(900, 300))
    player.show()
    player.setFocus()
    return player


@pytest.fixture
def marks(player: StepPlayer) -> list[tuple[Mark, ...]]:
    seen: list[tuple[Mark, ...]] = []
    player.marks_changed.connect(seen.append)
    return seen


def child(player: StepPlayer, kind: type, name: str) -> QWidget:
    found = player.findChild(kind, name)
    assert isinstance(found, QWidget)
    return found


def press(qtbot: QtBot, player: StepPlayer, name: str) -> None:
    qtbot.mouseClick(child(player, QToolButton, name), Qt.MouseButton.LeftButton)


def text(player: StepPlayer, name: str) -> str:
    found = child(player, QLabel, name)
    assert isinstance(found, QLabel)
    return found.text()


def tick(player: StepPlayer) -> None:
    """What the clock does, without waiting for it."""
    player._timer.timeout.emit()


def test_a_new_trace_begins_at_its_first_step(
    player: StepPlayer, marks: list[tuple[Mark, ...]]
) -> None:
    player.set_trace(trace(5))
    assert player.index == 0
    assert text(player, "nms.title") == "step 0"
    assert text(player, "nms.text") == "text of 0"
    assert text(player, "nms.position") == "1 / 5"
    assert len(marks) == 1


def test_the_marks_of_the_picture_are_given_out_and_the_others_stay_beside_it(
    player: StepPlayer, marks: list[tuple[Mark, ...]]
) -> None:
    table = TableMark(("a",), (("1",),))
    curve = CurveMark(np.arange(3.0), np.arange(3.0), "line")
    player.set_trace(trace(1, marks=lambda _: (boxes(2), table, curve, boxes(3))))
    (picture_marks,) = marks
    assert [len(m.boxes_xyxy) for m in picture_marks if isinstance(m, BoxesMark)] == [2, 3]
    assert len(picture_marks) == 2
    assert child(player, TraceTable, "nms.table").isVisible()


def test_every_button_goes_where_it_says(qtbot: QtBot, player: StepPlayer) -> None:
    player.set_trace(trace(5))
    visited = []
    player.step_changed.connect(visited.append)
    for name in ("nms.next", "nms.next", "nms.back", "nms.last", "nms.first"):
        press(qtbot, player, name)
    assert visited == [1, 2, 1, 4, 0]


def test_back_shows_what_forward_showed(player: StepPlayer, marks: list[tuple[Mark, ...]]) -> None:
    player.set_trace(trace(6))
    for _ in range(5):
        player.next()
    for _ in range(5):
        player.back()
    shown = [len(mark.boxes_xyxy) for (mark,) in marks if isinstance(mark, BoxesMark)]
    assert shown == [0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0]


def test_buttons_that_lead_nowhere_are_disabled(qtbot: QtBot, player: StepPlayer) -> None:
    def enabled() -> list[bool]:
        names = ("first", "back", "play", "next", "last")
        return [child(player, QToolButton, f"nms.{name}").isEnabled() for name in names]

    player.set_trace(trace(3))
    assert enabled() == [False, False, True, True, True]
    player.next()
    assert enabled() == [True] * 5
    player.next()
    assert enabled() == [True, True, True, False, False]
    player.set_trace(trace(1, "other"))
    assert enabled() == [False] * 5


def test_scrubbing_shows_the_step_under_the_handle(player: StepPlayer) -> None:
    player.set_trace(trace(50))
    scrub = child(player, QSlider, "nms.scrub")
    assert isinstance(scrub, QSlider)
    assert scrub.maximum() == 49
    scrub.setValue(31)
    assert player.index == 31
    assert text(player, "nms.title") == "step 31"
    player.next()
    assert scrub.value() == 32


@pytest.mark.parametrize("focus", ["player", "nms.next", "nms.table", "nms.scrub"])
def test_keys_step_wherever_the_focus_is_inside(
    qtbot: QtBot, player: StepPlayer, focus: str
) -> None:
    rows = tuple((str(row),) for row in range(9))
    player.set_trace(trace(9, marks=lambda i: (TableMark(("n",), rows, current=i),)))
    target = player if focus == "player" else child(player, QWidget, focus)
    for key, expected in (
        (Qt.Key.Key_Left, 3),
        (Qt.Key.Key_Right, 5),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_End, 8),
    ):
        player.go_to(4)
        target.setFocus()
        qtbot.keyClick(target, key)
        assert player.index == expected


def test_space_plays_and_pauses(qtbot: QtBot, player: StepPlayer) -> None:
    player.set_trace(trace(9))
    qtbot.keyClick(player, Qt.Key.Key_Space)
    assert player.is_playing
    assert child(player, QToolButton, "nms.play").accessibleName() == "Pause"
    qtbot.keyClick(player, Qt.Key.Key_Space)
    assert not player.is_playing
    assert child(player, QToolButton, "nms.play").accessibleName() == "Play"


def test_keys_with_modifiers_are_left_to_the_window(qtbot: QtBot, player: StepPlayer) -> None:
    player.set_trace(trace(9))
    qtbot.keyClick(player, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert player.index == 0


def test_the_last_button_pressed_hands_its_focus_to_the_player(
    qtbot: QtBot, player: StepPlayer
) -> None:
    player.set_trace(trace(3))
    button = child(player, QToolButton, "nms.last")
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert player.index == 2
    assert player.hasFocus()


def test_playing_stops_at_the_end_and_begins_anew_from_there(player: StepPlayer) -> None:
    player.set_trace(trace(4))
    player.play()
    for _ in range(3):
        assert player.is_playing
        tick(player)
    assert (player.index, player.is_playing) == (3, False)
    player.play()
    assert (player.index, player.is_playing) == (0, True)


def test_speed_sets_the_pace_also_while_playing(player: StepPlayer) -> None:
    player.set_trace(trace(4))
    speed = child(player, QComboBox, "nms.speed")
    assert isinstance(speed, QComboBox)
    player.play()
    normal_ms = player._timer.interval()
    speed.setCurrentText("8×")
    assert player._timer.interval() == normal_ms / 8
    speed.setCurrentText("0.25×")
    assert player._timer.interval() == normal_ms * 4
    assert player.is_playing


def test_the_clock_really_plays(qtbot: QtBot, player: StepPlayer) -> None:
    player.set_trace(trace(3))
    speed = child(player, QComboBox, "nms.speed")
    assert isinstance(speed, QComboBox)
    speed.setCurrentText("8×")
    player.play()
    qtbot.waitUntil(lambda: player.index == 2)
    assert not player.is_playing


@pytest.mark.parametrize("action", ["back", "scrub"])
def test_taking_the_position_in_hand_stops_playing(player: StepPlayer, action: str) -> None:
    player.set_trace(trace(9))
    player.go_to(4)
    player.play()
    if action == "back":
        player.back()
    else:
        scrub = child(player, QSlider, "nms.scrub")
        assert isinstance(scrub, QSlider)
        scrub.setValue(2)
    assert not player.is_playing


def test_a_hidden_player_does_not_play(player: StepPlayer) -> None:
    player.set_trace(trace(9))
    player.play()
    player.hide()
    assert not player.is_playing


def test_another_trace_of_the_topic_goes_on_at_the_same_relative_place(
    player: StepPlayer,
) -> None:
    for old, index, new, expected in (
        (21, 0, 11, 0),
        (21, 20, 11, 10),
        (21, 10, 11, 5),
        (21, 1, 5, 1),
        (21, 19, 5, 3),
        (9, 4, 1, 0),
    ):
        player.set_trace(None)
        player.set_trace(trace(old))
        player.go_to(index)
        player.set_trace(trace(new))
        assert player.index == expected
        assert text(player, "nms.title") == f"step {expected}"


def test_another_trace_of_the_topic_does_not_stop_playing(player: StepPlayer) -> None:
    player.set_trace(trace(9))
    player.play()
    player.set_trace(trace(12))
    assert player.is_playing


def test_another_topic_begins_at_its_start_and_waits(player: StepPlayer) -> None:
    player.set_trace(trace(9))
    player.go_to(5)
    player.play()
    player.set_trace(trace(9, "another"))
    assert (player.index, player.is_playing) == (0, False)


def test_without_a_trace_it_says_what_to_do_and_clears_the_picture(
    player: StepPlayer, marks: list[tuple[Mark, ...]]
) -> None:
    player.set_trace(trace(3))
    player.play()
    player.set_trace(None)
    assert marks[-1] == ()
    assert not player.is_playing
    assert player.step is None
    visible = [label.text() for label in player.findChildren(QLabel) if label.isVisible()]
    assert "Nothing to step through yet" in visible
    player.next()  # nothing to move in
    assert player.index == 0


def test_a_picked_row_is_told_by_its_key_and_leads_to_its_step(
    qtbot: QtBot, player: StepPlayer
) -> None:
    table = TableMark(("n",), (("a",), ("b",)), keys=(70, 80), steps=(-1, 6))
    player.set_trace(trace(9, marks=lambda _: (table,)))
    view = child(player, TraceTable, "nms.table")
    assert isinstance(view, TraceTable)
    picked: list[int] = []
    player.row_picked.connect(picked.append)
    for row in (0, 1):
        place = view.visualRect(view.model().index(row, 0)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert picked == [70, 80]
    assert player.index == 6


def test_rows_without_keys_are_told_by_their_number(player: StepPlayer) -> None:
    table = TableMark(("n",), (("a",), ("b",)))
    player.set_trace(trace(2, marks=lambda _: (table,)))
    view = child(player, TraceTable, "nms.table")
    assert isinstance(view, TraceTable)
    picked: list[int] = []
    player.row_picked.connect(picked.append)
    view.row_picked.emit(table, 1)
    assert picked == [1]
    assert player.index == 0


def slow_trace(length: int, built_on: list[str], gate: threading.Event) -> Trace:
    def build(index: int) -> Step:
        gate.wait(WAIT_S)
        built_on.append(threading.current_thread().name)
        return Step(f"slow {index}", "")

    return Trace("slow", length, build, is_quick=False)


def test_slow_steps_are_built_off_the_interface_thread_and_the_latest_wins(
    qtbot: QtBot, player: StepPlayer
) -> None:
    gate, built_on = threading.Event(), []
    player.set_trace(slow_trace(9, built_on, gate))
    for _ in range(5):
        player.next()
    assert (player.index, player.step) == (5, None)  # the page does not wait
    gate.set()
    qtbot.waitUntil(lambda: player.step is not None and player.step.title == "slow 5")
    assert threading.main_thread().name not in built_on
    assert len(built_on) <= 2  # the one that ran, and the latest


def test_playing_waits_for_a_slow_step(qtbot: QtBot, player: StepPlayer) -> None:
    gate, built_on = threading.Event(), []
    player.set_trace(slow_trace(4, built_on, gate))
    player.play()
    tick(player)
    tick(player)
    assert player.index == 0
    gate.set()
    qtbot.waitUntil(lambda: player.step is not None)
    qtbot.waitUntil(lambda: not player._slow_steps.is_running)
    tick(player)
    assert player.index == 1
    player.pause()
    qtbot.waitUntil(lambda: player.step is not None and player.step.title == "slow 1")


def test_a_slow_step_of_a_trace_that_has_gone_is_not_shown(
    qtbot: QtBot, player: StepPlayer
) -> None:
    gate, built_on = threading.Event(), []
    player.set_trace(slow_trace(4, built_on, gate))
    player.set_trace(trace(4))
    with qtbot.waitSignal(player._slow_steps.finished):
        gate.set()
    assert text(player, "nms.title") == "step 0"


def test_no_thread_is_left_when_the_player_has_gone(qtbot: QtBot) -> None:
    before = set(threading.enumerate())
    gate, built_on = threading.Event(), []
    player = StepPlayer("nms")
    player.set_trace(slow_trace(4, built_on, gate))
    player.deleteLater()
    gate.set()
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before)


@pytest.mark.parametrize("width", [340, 900])
def test_words_and_controls_keep_their_place_from_step_to_step(
    qtbot: QtBot, player: StepPlayer, width: int
) -> None:
    def long_and_short(index: int) -> Step:
        return Step("title", "words " * (2 if index % 2 else 60), (), "" if index % 2 else "a")

    player.resize(width, 500)
    player.set_trace(Trace("texts", 4, long_and_short))
    names = ("nms.play", "nms.scrub", "nms.panels", "nms.title")
    places = []
    for index in range(4):
        player.go_to(index)
        player.grab()  # lays out what has changed
        places.append([child(player, QWidget, name).geometry() for name in names])
    assert all(place == places[0] for place in places)


def test_every_control_has_a_name_for_those_who_cannot_see_it(player: StepPlayer) -> None:
    kinds = (QToolButton, QSlider, QComboBox)
    every = [control for kind in kinds for control in player.findChildren(kind)]
    controls = [control for control in every if control.objectName().startswith("nms.")]
    assert len(controls) == 7
    assert all(control.accessibleName() for control in controls)
