import os
import sys
import threading
from collections.abc import Callable

import pytest

from engine.core.scheduling import give_way, wake_soon


def on_its_own_thread(call: Callable[[], object]) -> object:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(call()))
    thread.start()
    thread.join(10)
    return found[0]


def own_rank() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ranks each thread alone")
def test_short_slices_leave_the_rank_of_a_thread_as_it_is() -> None:
    def ranked() -> int:
        give_way(7)
        wake_soon()
        return own_rank()

    assert on_its_own_thread(ranked) == 7


def test_a_machine_that_refuses_goes_on_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "unheard-of")
    wake_soon()
