import pytest

from engine.api import tasks
from engine.api.errors import TaskCancelled
from engine.api.tasks import Progress, TaskContext


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(tasks, "time", clock)
    return clock


def test_reports_in_quick_succession_are_thinned_out(clock: Clock) -> None:
    heard: list[Progress] = []
    context = TaskContext(heard.append, interval_s=8.0)
    for second in range(30):
        clock.now_s = second
        context.report(second / 32, "reading")
    assert [progress.fraction for progress in heard] == [0.0, 0.25, 0.5, 0.75]


def test_a_report_with_a_detail_always_passes(clock: Clock) -> None:
    heard: list[Progress] = []
    context = TaskContext(heard.append)
    for epoch in range(5):
        context.report(None, "train", detail=epoch)
    assert [progress.detail for progress in heard] == list(range(5))


def test_a_task_goes_on_until_it_is_cancelled_and_stops_then() -> None:
    context = TaskContext(lambda progress: None)
    context.raise_if_cancelled()
    context.cancel()
    for _ in range(2):
        with pytest.raises(TaskCancelled):
            context.raise_if_cancelled()


def test_a_report_that_came_too_soon_is_made_up_for_at_the_next_check(clock: Clock) -> None:
    heard: list[Progress] = []
    context = TaskContext(heard.append, interval_s=1.0)
    context.report(None, "loading")
    context.report(None, "searching")
    context.raise_if_cancelled()
    assert [progress.stage for progress in heard] == ["loading"]
    clock.now_s = 1.5
    context.raise_if_cancelled()
    assert [progress.stage for progress in heard] == ["loading", "searching"]
    clock.now_s = 9.0
    context.raise_if_cancelled()
    assert len(heard) == 2


def test_what_is_told_is_never_what_is_over(clock: Clock) -> None:
    heard: list[Progress] = []
    context = TaskContext(heard.append, interval_s=1.0)
    context.report(None, "loading")
    context.report(0.0, "searching")
    clock.now_s = 2.0
    context.report(0.5, "drawing")
    context.raise_if_cancelled()
    assert [progress.stage for progress in heard] == ["loading", "drawing"]
