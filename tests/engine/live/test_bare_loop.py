"""The bare loop that a run is measured against."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.api.errors import SourceError, TaskCancelled
from engine.api.live import Frame, VideoFileSource
from engine.api.live_session import LiveModel, RunBareLoop
from engine.api.tasks import TaskContext
from engine.live import bare_loop
from engine.live.bare_loop import WARM_UP, run_bare_loop
from engine.live.frame_work import FrameWork
from engine.service import execute
from tests.engine.live.parts import number_of, plan, write_film

QUIET = TaskContext(lambda progress: None)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the pictures that the model saw, in order."""
    seen: list[int] = []

    def step(work: Any, model: LiveModel, context: TaskContext, example: Any) -> Any:
        assert example is not None  # or no runtime could be chosen
        return lambda frame, asked: seen.append(number_of(frame.pixels))

    monkeypatch.setattr(FrameWork, "step", step)
    monkeypatch.setattr(bare_loop, "time", SimpleNamespace(perf_counter=count().__next__))
    return seen


def test_every_picture_is_looked_at_once_and_the_film_begins_again(
    tmp_path: Path, looked: list[int]
) -> None:
    film = VideoFileSource(write_film(tmp_path / "film.mp4", 4))
    # The clock of this test goes on by one at every look: beginning, then once a frame.
    answer = execute(RunBareLoop(film, LiveModel("any"), 6.0), QUIET)
    assert len(looked) == WARM_UP + 5
    assert looked == [(1 + number) % 4 for number in range(len(looked))]
    assert answer.frames_per_second == pytest.approx(5 / 6)


def test_frames_of_a_film_in_a_circle_get_later_and_later(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", 3)
    frames = bare_loop._frames(bare_loop.plan_of(VideoFileSource(path)))
    times = [next(frames).time_s for _ in range(7)]
    assert times == pytest.approx([0.1 * number for number in range(7)])


def test_a_source_without_pictures_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = SimpleNamespace(grab=lambda: None, close=lambda: None)
    monkeypatch.setattr(bare_loop, "plan_of", lambda source: plan(lambda: empty))
    request = RunBareLoop(VideoFileSource(Path("none")), LiveModel("any"), 1.0)
    with pytest.raises(SourceError, match="has no pictures"):
        run_bare_loop(request, QUIET)


def test_it_can_be_cancelled_between_two_frames(tmp_path: Path, looked: list[int]) -> None:
    film = VideoFileSource(write_film(tmp_path / "film.mp4", 4))
    context = TaskContext(lambda progress: None)
    context.cancel()
    with pytest.raises(TaskCancelled):
        run_bare_loop(RunBareLoop(film, LiveModel("any"), 100.0), context)


def test_a_frame_of_the_loop_is_one_of_a_run(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", 2, size=(32, 24))
    frame = next(bare_loop._frames(bare_loop.plan_of(VideoFileSource(path))))
    assert isinstance(frame, Frame)
    assert frame.size == (32, 24)
