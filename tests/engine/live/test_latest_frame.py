"""The slot between two threads."""

import threading

import pytest

from engine.live.latest_frame import Finished, LatestFrame, Woken
from tests.engine.live.parts import LIMIT_S


@pytest.fixture
def slot():
    made = LatestFrame()
    yield made
    made.close()


def in_thread(call):
    """Run a call beside the test; returns what waits for its answer."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(call()), daemon=True)
    thread.start()

    def answer():
        thread.join(LIMIT_S)
        assert not thread.is_alive()
        return answers[0]

    return answer


def test_the_newest_thing_is_taken_and_older_ones_are_reported_as_replaced(slot):
    assert [slot.put(number) for number in range(5)] == [False, True, True, True, True]
    assert slot.take() == 4
    assert slot.take_now() is None


def test_a_thing_is_taken_once(slot):
    slot.put("a")
    assert slot.take_now() == "a"
    assert slot.put("b") is False


def test_whoever_waits_gets_what_comes(slot):
    answer = in_thread(slot.take)
    slot.put("late")
    assert answer() == "late"


def test_whoever_waits_is_let_go_when_it_closes(slot):
    taker = in_thread(slot.take)
    slot.close()
    assert taker() is None


def test_what_comes_after_closing_is_thrown_away(slot):
    slot.put("a")
    slot.close()
    assert slot.put("b") is True
    assert slot.take() is None


def test_the_end_is_told_once_and_after_the_last_thing(slot):
    slot.put("last")
    slot.finish()
    assert slot.take() == "last"
    with pytest.raises(Finished):
        slot.take()
    answer = in_thread(slot.take)
    slot.put("more")
    assert answer() == "more"


def test_what_comes_after_the_end_takes_it_back(slot):
    slot.finish()
    slot.put("more")
    assert slot.take() == "more"
    answer = in_thread(slot.take)
    slot.close()
    assert answer() is None


def test_whoever_is_woken_comes_back_without_a_thing_once(slot):
    slot.wake()
    with pytest.raises(Woken):
        slot.take()
    answer = in_thread(slot.take)
    slot.put("a")
    assert answer() == "a"


def test_a_thing_makes_up_for_a_call_to_wake(slot):
    slot.wake()
    slot.put("a")
    assert slot.take() == "a"
    answer = in_thread(slot.take)
    slot.put("b")
    assert answer() == "b"


def test_waiting_for_room_ends_when_it_is_taken_or_closed(slot):
    slot.put("a")
    answer = in_thread(slot.wait_free)
    slot.take()
    assert answer() is True
    slot.put("b")
    answer = in_thread(slot.wait_free)
    slot.close()
    assert answer() is False


def test_between_two_threads_order_is_kept_and_everything_is_taken_or_replaced(slot):
    taken = []

    def take_all():
        try:
            while True:
                taken.append(slot.take())
        except Finished:
            return len(taken)

    answer = in_thread(take_all)
    replaced = sum(slot.put(number) for number in range(5000))
    slot.finish()
    assert answer() + replaced == 5000
    assert taken == sorted(set(taken))
    assert taken[-1] == 4999
