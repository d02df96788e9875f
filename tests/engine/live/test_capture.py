"""A source that comes and goes, blocks, and changes its size."""

import itertools
import threading

import pytest

from engine.api.errors import SourceError
from engine.live.capture import Capture
from engine.live.clock import Clock
from engine.live.event_queue import EventQueue
from engine.live.latest_frame import Finished, LatestFrame
from engine.live.playback import Playback
from engine.live.statistics import Statistics
from tests.engine.live.parts import (
    LIMIT_S,
    ManualClock,
    Notes,
    NumberedFilm,
    ScriptedCamera,
    grey,
    plan,
)


class Set:
    """A capture with all that it needs, closed at the end."""

    def __init__(self, source_plan, clock=None, pacing="time"):
        self.notes = Notes()
        self.clock = clock or Clock()
        self.slot = LatestFrame()
        self.playback = Playback(self.clock, pacing)
        self.counts = Statistics(self.clock)
        self.capture = Capture(
            source_plan,
            self.slot,
            self.playback,
            self.counts,
            EventQueue(self.notes.listener.event),
            self.notes.listener.crashed,
            self.clock,
        )

    def close(self):
        self.slot.close()
        return self.capture.close(LIMIT_S)


@pytest.fixture
def build():
    made = []

    def start(*arguments, **options):
        made.append(Set(*arguments, **options))
        made[-1].capture.start()
        return made[-1]

    yield start
    for each in made:
        assert each.close()
        assert each.notes.crashes == []


class Gate:
    """Blocks whoever passes until it is opened."""

    def __init__(self):
        self.is_entered, self.is_open = threading.Event(), threading.Event()

    def __call__(self):
        self.is_entered.set()
        assert self.is_open.wait(LIMIT_S)


def advance_until(clock, is_there):
    """Let the time pass in small steps until something has happened."""
    for _ in range(10_000):
        if is_there():
            return
        clock.advance(0.1)
        threading.Event().wait(0.002)
    raise AssertionError("did not happen")


def lost_after(count, size=(16, 12)):
    for number in range(count):
        yield grey(number, size)
    yield SourceError("unplugged")


def test_a_camera_runs_until_it_is_stopped_and_is_released_by_the_thread_that_reads(build):
    cameras = []

    def open_camera():
        cameras.append(ScriptedCamera(grey(n % 256) for n in itertools.count()))
        return cameras[-1]

    each = build(plan(open_camera))
    assert each.slot.take() is not None
    each.notes.wait_state("running")
    assert each.close()
    assert each.notes.states()[:2] == ["opening", "running"]
    (camera,) = cameras
    assert camera.is_closed.is_set()
    assert len(camera.threads) == 1
    assert threading.get_ident() not in camera.threads


def test_a_hundred_losses_in_a_row_are_survived(build):
    cameras = []

    def open_camera():
        cameras.append(ScriptedCamera(lost_after(3)))
        return cameras[-1]

    each = build(plan(open_camera))
    each.notes.wait_state("lost", 100)
    each.notes.wait_state("running", 101)
    assert all(camera.is_closed.is_set() for camera in cameras[:100])
    assert len(set().union(*(camera.threads for camera in cameras))) == 1
    assert each.counts.snapshot().losses >= 100
    states = each.notes.states()
    assert states[:201] == ["opening", *["running", "lost"] * 100]


def test_a_source_that_does_not_open_is_tried_with_growing_pauses(build):
    clock = ManualClock()
    attempts = []

    def open_nothing():
        attempts.append(clock.now_s())
        raise SourceError("nobody there")

    each = build(plan(open_nothing, first_pause_s=0.5, longest_pause_s=4.0), clock)
    advance_until(clock, lambda: len(attempts) == 6)
    each.notes.wait_state("lost", 6)
    losses = [event for event in each.notes.events if event.state == "lost"]
    assert [event.retry_in_s for event in losses[:6]] == [0.5, 1, 2, 4, 4, 4]
    assert [event.attempt for event in losses[:6]] == [1, 2, 3, 4, 5, 6]
    assert losses[0].message == "nobody there"
    pauses = [after - before for before, after in itertools.pairwise(attempts)]
    assert all(p >= q - 1e-6 for p, q in zip(pauses, [0.5, 1, 2, 4, 4], strict=True))
    assert each.counts.snapshot().losses == 1


def test_retry_does_not_wait_for_the_pause(build):
    attempts = itertools.count()

    def open_second_time():
        if next(attempts) == 0:
            raise SourceError("not yet")
        return ScriptedCamera(grey(1) for _ in itertools.count())

    each = build(plan(open_second_time, first_pause_s=1e6, longest_pause_s=1e6), ManualClock())
    each.notes.wait_state("lost")
    each.capture.retry()
    each.notes.wait_state("running")


def test_a_source_that_is_not_tried_again_fails_once(build):
    def open_nothing():
        raise SourceError("no such film")

    each = build(plan(open_nothing, is_retried=False))
    each.notes.wait_state("failed")
    assert each.notes.events[-1].message == "no such film"


def test_a_source_comes_back_with_another_size(build):
    sizes = iter([(16, 12), (32, 24), (8, 8)])

    def open_camera():
        size = next(sizes, None)
        if size is None:
            raise SourceError("gone")
        return ScriptedCamera(lost_after(2, size))

    each = build(plan(open_camera))
    each.notes.wait_state("running", 3)
    running = [event.size for event in each.notes.events if event.state == "running"]
    assert running == [(16, 12), (32, 24), (8, 8)]


def test_a_size_may_change_in_mid_stream(build):
    frames = (grey(n % 256, (16, 12) if n < 5 else (24, 18)) for n in itertools.count())
    each = build(plan(lambda: ScriptedCamera(frames)))
    each.notes.wait_state("running", 2)
    running = [event.size for event in each.notes.events if event.state == "running"]
    assert running == [(16, 12), (24, 18)]
    frame = each.slot.take()
    while frame.size != (24, 18):
        frame = each.slot.take()
    assert frame.pixels.shape == (18, 24, 3)
    assert "lost" not in each.notes.states()


def test_frames_nobody_takes_are_dropped_and_counted(build):
    def frames():
        for number in range(50):
            yield grey(number)
        yield SourceError("end of test")

    each = build(plan(lambda: ScriptedCamera(frames()), is_retried=False))
    each.notes.wait_state("failed")
    frame = each.slot.take()
    assert (frame.number, int(frame.pixels[0, 0, 0])) == (49, 49)
    now = each.counts.snapshot()
    assert (now.read, now.dropped) == (50, 49)


def test_frames_are_read_only_and_know_when_they_came(build):
    clock = ManualClock()
    each = build(plan(lambda: ScriptedCamera(grey(1) for _ in itertools.count())), clock)
    first = each.slot.take()
    assert (first.time_s, first.captured_s) == (0.0, clock.now_s())
    assert not first.pixels.flags.writeable
    clock.advance(3.0)
    frame = each.slot.take()
    while frame.captured_s == first.captured_s:
        frame = each.slot.take()
    assert frame.time_s == pytest.approx(3.0)


def test_silence_is_told_and_the_source_that_speaks_again_goes_on(build):
    clock, gate = ManualClock(), Gate()

    def frames():
        yield grey(1)
        gate()
        while True:
            yield grey(2)

    each = build(
        plan(lambda: ScriptedCamera(frames()), first_pause_s=1e6, longest_pause_s=1e6), clock
    )
    assert gate.is_entered.wait(LIMIT_S)
    start_s = clock.now_s()
    advance_until(clock, lambda: "lost" in each.notes.states())
    assert "no answer for 1.5 s" in each.notes.events[-1].message
    assert clock.now_s() - start_s >= 1.5
    gate.is_open.set()
    each.notes.wait_state("running", 2)
    assert each.counts.snapshot().losses == 1


def test_silence_is_told_within_two_seconds():
    from engine.live import capture

    assert plan(lambda: None).patience_s + capture._LOOK_S < 2.0


def test_a_source_that_blocks_for_ever_is_left_behind_and_opened_anew_by_another_thread(build):
    clock, gate = ManualClock(), Gate()

    def blocked():
        yield grey(1)
        gate()
        yield grey(99)

    first = ScriptedCamera(blocked())
    second = ScriptedCamera(grey(2) for _ in itertools.count())
    cameras = iter([first, second])
    each = build(plan(lambda: next(cameras)), clock)
    assert gate.is_entered.wait(LIMIT_S)
    advance_until(clock, lambda: each.notes.states().count("running") == 2)
    assert not first.is_closed.is_set()
    gate.is_open.set()  # it returns at last: its frame is thrown away, and it is released
    assert first.is_closed.wait(LIMIT_S)
    assert first.threads.isdisjoint(second.threads)
    assert len(first.threads) == 1
    frames = [each.slot.take() for _ in range(5)]
    assert {int(frame.pixels[0, 0, 0]) for frame in frames[1:]} == {2}


def test_at_most_one_thread_is_left_behind(build):
    clock = ManualClock()
    gates = []

    def open_blocking():
        gates.append(Gate())
        gates[-1]()
        raise SourceError("at last")

    each = build(plan(open_blocking), clock)
    advance_until(clock, lambda: len(gates) == 2)
    for _ in range(200):
        clock.advance(1.0)
    assert len(gates) == 2
    gates[0].is_open.set()  # the one left behind is back: the next may be left too
    advance_until(clock, lambda: len(gates) == 3)
    for gate in gates:
        gate.is_open.set()
    each.capture.stop()
    while not each.close():
        pass


def test_a_blocked_source_does_not_hold_up_stopping(build):
    gate = Gate()

    def open_blocking():
        gate()
        return ScriptedCamera(iter([grey(1)]))

    each = build(plan(open_blocking))
    assert gate.is_entered.wait(LIMIT_S)
    assert each.capture.close(0.0) is False
    gate.is_open.set()
    assert each.close()
    assert each.notes.states() == ["opening"]
    assert each.slot.take() is None


def test_unreadable_pictures_are_passed_over_but_are_no_sign_of_life(build):
    clock = ManualClock()
    is_alive = threading.Event()

    def frames():
        yield grey(1)
        yield None
        yield grey(2)
        while not is_alive.is_set():
            is_alive.wait(0.001)
            yield None
        while True:
            yield grey(3)

    each = build(
        plan(lambda: ScriptedCamera(frames()), first_pause_s=1e6, longest_pause_s=1e6), clock
    )
    advance_until(clock, lambda: "lost" in each.notes.states())
    is_alive.set()
    each.notes.wait_state("running", 2)


def test_a_paused_camera_goes_on_and_its_frames_are_left_out(build):
    frames = (grey(n % 256) for n in itertools.count())
    each = build(plan(lambda: ScriptedCamera(frames)))
    each.notes.wait_state("running")
    each.playback.pause()
    each.notes.wait_state("paused")
    each.slot.take_now()
    before = each.counts.snapshot().read
    while each.counts.snapshot().read < before + 10:
        pass
    each.slot.take_now()
    assert each.capture.is_still
    each.playback.play()
    each.notes.wait_state("running", 2)
    assert each.slot.take() is not None


def test_a_film_ends_once_its_last_frame_is_taken_and_is_told_when_asked(build):
    each = build(plan(lambda: NumberedFilm(3), is_retried=False), pacing="every-frame")
    assert [int(each.slot.take().pixels[0, 0, 0]) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Finished):
        each.slot.take()
    assert "ended" not in each.notes.states()
    each.capture.tell_ended()
    assert each.notes.states()[-1] == "ended"
    each.playback.play()
    assert int(each.slot.take().pixels[0, 0, 0]) == 0
    each.capture.tell_ended()
    assert each.notes.states()[-1] == "running"


def test_a_film_from_the_network_goes_on_where_it_broke_off(build):
    class BreakingFilm(NumberedFilm):
        def grab(self):
            if self._next == 4:
                raise SourceError("connection lost")
            return super().grab()

    films = iter([BreakingFilm(10), NumberedFilm(10)])
    each = build(plan(lambda: next(films)), pacing="every-frame")
    seen = [int(each.slot.take().pixels[0, 0, 0]) for _ in range(11)]
    assert seen == [0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9]
    with pytest.raises(Finished):
        each.slot.take()
    assert "lost" in each.notes.states()


def test_a_bug_in_a_source_is_handed_on_and_ends_its_thread():
    def open_broken():
        raise ZeroDivisionError

    each = Set(plan(open_broken))
    each.capture.start()
    each.notes.wait(lambda: each.notes.crashes)
    assert isinstance(each.notes.crashes[0], ZeroDivisionError)
    assert each.close()
