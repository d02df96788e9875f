"""Worker lanes: order, latest wins, cancelling, closing."""

import os
import sys
import threading
from concurrent.futures import CancelledError

import pytest

from engine.api.errors import TaskCancelled
from engine.api.tasks import TaskContext
from engine.core.lanes import Lane, close_all


@pytest.fixture
def lane():
    made = Lane("test")
    yield made
    assert made.close(5.0)


def context() -> TaskContext:
    return TaskContext(lambda progress: None)


class Gate:
    """A call that waits until it is opened or cancelled."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()
        self.context = context()

    def __call__(self) -> str:
        self.entered.set()
        while not self.opened.wait(0.001):
            self.context.raise_if_cancelled()
        return "through"


def test_calls_run_in_the_order_given(lane):
    seen: list[int] = []
    futures = [lane.submit(lambda i=i: seen.append(i), context()) for i in range(20)]
    for future in futures:
        future.result(5)
    assert seen == list(range(20))


def test_a_newer_call_of_a_slot_replaces_the_one_that_waits(lane):
    gate = Gate()
    running = lane.submit(gate, gate.context)
    gate.entered.wait(5)
    old = lane.submit(lambda: "old", context(), "slider")
    other = lane.submit(lambda: "other", context(), "another slot")
    new = lane.submit(lambda: "new", context(), "slider")
    gate.opened.set()
    assert old.cancelled()
    assert (running.result(5), other.result(5), new.result(5)) == ("through", "other", "new")


def test_a_running_call_of_a_slot_may_finish(lane):
    gate = Gate()
    running = lane.submit(gate, gate.context, "slider")
    gate.entered.wait(5)
    new = lane.submit(lambda: "new", context(), "slider")
    gate.opened.set()
    assert (running.result(5), new.result(5)) == ("through", "new")


def test_a_cancelled_call_that_waits_never_begins(lane):
    gate = Gate()
    lane.submit(gate, gate.context)
    gate.entered.wait(5)
    waiting_context = context()
    ran = []
    waiting = lane.submit(lambda: ran.append(1), waiting_context)
    waiting_context.cancel()
    gate.opened.set()
    with pytest.raises(TaskCancelled):
        waiting.result(5)
    assert not ran


def test_an_error_reaches_whoever_waits_and_the_lane_goes_on(lane):
    def fail() -> None:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        lane.submit(fail, context()).result(5)
    assert lane.submit(lambda: 7, context()).result(5) == 7


def test_closing_cancels_what_runs_and_drops_what_waits():
    lane, gate = Lane("test"), Gate()
    running = lane.submit(gate, gate.context)
    gate.entered.wait(5)
    waiting = lane.submit(lambda: 1, context())
    assert lane.close(5.0)
    with pytest.raises(TaskCancelled):
        running.result(0)
    with pytest.raises(CancelledError):
        waiting.result(0)
    assert lane.submit(lambda: 1, context()).cancelled()


def test_closing_does_not_wait_for_a_call_that_ignores_cancelling():
    lane, release, entered = Lane("test"), threading.Event(), threading.Event()

    def stubborn() -> None:
        entered.set()
        release.wait(10)

    lane.submit(stubborn, context())
    entered.wait(5)
    assert not close_all([lane], 0.01)
    release.set()
    assert lane.close(5.0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ranks each thread alone")
def test_workers_give_way_to_the_interface_and_leave_its_rank_alone(lane):
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    theirs = lane.submit(lambda: os.getpriority(os.PRIO_PROCESS, 0), context()).result(5)
    assert theirs > mine
    assert os.getpriority(os.PRIO_PROCESS, 0) == mine
