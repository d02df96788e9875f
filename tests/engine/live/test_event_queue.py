"""Events reach their listener in order, one at a time."""

import threading

from engine.live.event_queue import EventQueue
from tests.engine.live.parts import LIMIT_S


def test_events_are_told_in_the_order_noted():
    heard = []
    events = EventQueue(heard.append)
    events.add(1)
    events.add(2)
    assert heard == []
    events.tell(3)
    assert heard == [1, 2, 3]


def test_who_tells_something_while_told_waits_for_nothing_and_keeps_the_order():
    heard = []

    def listener(event):
        if event == 1:
            events.tell(2)
        heard.append(event)

    events = EventQueue(listener)
    events.tell(1)
    assert heard == [1, 2]


def test_a_thread_does_not_wait_for_a_listener_that_is_busy_with_another():
    heard, is_entered, is_free = [], threading.Event(), threading.Event()

    def listener(event):
        is_entered.set()
        assert is_free.wait(LIMIT_S)
        heard.append(event)

    events = EventQueue(listener)
    thread = threading.Thread(target=events.tell, args=("slow",))
    thread.start()
    assert is_entered.wait(LIMIT_S)
    events.tell("second")  # returns although the listener is busy
    assert heard == []
    is_free.set()
    thread.join(LIMIT_S)
    assert heard == ["slow", "second"]


def test_from_many_threads_nothing_is_lost_and_each_keeps_its_order():
    heard = []
    events = EventQueue(heard.append)
    threads = [
        threading.Thread(target=lambda n=n: [events.tell((n, i)) for i in range(500)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert len(heard) == 2000
    for n in range(4):
        assert [i for number, i in heard if number == n] == list(range(500))
