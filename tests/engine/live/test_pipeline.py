"""From source to screen: order, drops, models changed on the way, and the end of it all."""

import itertools
import threading
from dataclasses import replace

import pytest

from engine.api.errors import DeviceError, SourceError, SourceRefusedError, WeightsError
from engine.api.live import NetworkSource, VideoFileSource
from engine.live.clock import Clock
from engine.live.pipeline import Pipeline
from engine.live.sources import plan_of
from tests.engine.live.parts import (
    LIMIT_S,
    ManualClock,
    Notes,
    NumberedFilm,
    ScriptedCamera,
    grey,
    mjpeg_server,
    number_of,
    plan,
    write_film,
)


@pytest.fixture
def build():
    made = []

    def start(source_plan, *, pacing="time", clock=None, step=None, notes=None):
        notes = notes or Notes()
        pipeline = Pipeline(source_plan, notes.listener, pacing, clock or Clock())
        pipeline.notes = notes
        made.append(pipeline)
        if step is not None:
            pipeline.change_step(lambda context: step)
            notes.wait_state("ready")
        pipeline.start()
        return pipeline

    yield start
    for pipeline in made:
        assert pipeline.close(LIMIT_S)


def mean(frame, context):
    return float(frame.pixels.mean())


def camera_plan():
    return plan(lambda: ScriptedCamera(grey(n % 256) for n in itertools.count()))


def film_plan(count):
    return plan(lambda: NumberedFilm(count), is_retried=False)


class Turnstile:
    """A step that waits on each frame until it is let through."""

    def __init__(self):
        self.at_work = threading.Semaphore(0)
        self.passes = threading.Semaphore(0)
        self.is_open = False

    def open(self):
        self.is_open = True
        self.passes.release()

    def __call__(self, frame, context):
        self.at_work.release()
        assert self.is_open or self.passes.acquire(timeout=LIMIT_S)
        return frame.number


def test_every_frame_of_a_film_is_worked_on_in_order_when_time_does_not_count(build):
    run = build(film_plan(40), pacing="every-frame", step=mean)
    run.notes.wait_state("ended")
    assert run.notes.levels() == list(range(40))
    assert [result.answer for result in run.notes.results] == list(range(40))
    now = run.statistics(None)
    assert (now.read, now.processed, now.dropped) == (40, 40, 0)
    assert now.inference_fps > 0
    assert now.latency.p50_ms <= now.latency.p95_ms


def test_the_end_is_told_after_the_last_result(build):
    seen = []
    notes = Notes()

    def note(event):
        seen.append((event.state, len(notes.results)))
        Notes.event(notes, event)

    notes.listener = replace(notes.listener, event=note)
    run = build(film_plan(10), pacing="every-frame", step=mean, notes=notes)
    run.notes.wait_state("ended")
    assert ("ended", 10) in seen


def test_a_slow_step_gets_the_newest_frame_and_the_rest_is_dropped(build):
    step, is_read = Turnstile(), threading.Event()

    def frames():
        for number in range(100):
            yield grey(number)
            if number == 0:
                assert step.at_work.acquire(timeout=LIMIT_S)
        is_read.set()
        yield SourceError("end of test")

    run = build(plan(lambda: ScriptedCamera(frames()), is_retried=False), step=step)
    assert is_read.wait(LIMIT_S)
    run.notes.wait_state("failed")
    step.passes.release(2)
    run.notes.wait(lambda: len(run.notes.results) == 2)
    assert [result.answer for result in run.notes.results] == [0, 99]
    now = run.statistics()
    assert (now.read, now.processed, now.dropped) == (100, 2, 98)


def test_without_a_model_frames_pass_without_an_answer(build):
    run = build(camera_plan())
    run.notes.wait(lambda: len(run.notes.results) > 3)
    assert {result.answer for result in run.notes.results} == {None}


def test_nothing_is_opened_before_it_is_started():
    opened = []
    notes = Notes()
    pipeline = Pipeline(plan(lambda: opened.append(1)), notes.listener)
    pipeline.change_step(lambda context: mean)
    notes.wait_state("ready")
    assert opened == []
    assert pipeline.close(LIMIT_S)


def test_the_old_model_goes_on_until_the_new_one_is_there(build):
    run = build(camera_plan(), step=lambda frame, context: "old")
    is_loaded = threading.Event()

    def load(context):
        assert is_loaded.wait(LIMIT_S)
        return lambda frame, context: "new"

    run.change_step(load)
    so_far = len(run.notes.results)
    run.notes.wait(lambda: len(run.notes.results) > so_far + 10)
    assert {result.answer for result in run.notes.results} == {"old"}
    is_loaded.set()
    run.notes.wait(lambda: run.notes.results[-1].answer == "new")
    answers = [result.answer for result in run.notes.results]
    assert answers == sorted(answers, reverse=True)
    assert run.notes.states().count("loading") == run.notes.states().count("ready") == 2


def test_of_several_changes_the_latest_wins(build):
    run = build(camera_plan())
    gate, loaded = threading.Event(), []

    def loader(name):
        def load(context):
            assert gate.wait(LIMIT_S)
            loaded.append(name)
            return lambda frame, context: name

        return load

    for name in range(20):
        run.change_step(loader(name))
    gate.set()
    run.notes.wait(lambda: run.notes.results and run.notes.results[-1].answer == 19)
    assert loaded[-1] == 19
    assert len(loaded) <= 2  # the one that had begun, and the last
    before = len(run.notes.results)
    run.notes.wait(lambda: len(run.notes.results) > before + 5)
    assert {result.answer for result in run.notes.results[before:]} == {19}


def test_a_model_that_does_not_load_leaves_the_old_one_at_work(build):
    run = build(camera_plan(), step=lambda frame, context: "old")

    def load(context):
        raise WeightsError("weights of another model")

    run.change_step(load)
    run.notes.wait_state("failed")
    (event,) = (event for event in run.notes.events if event.state == "failed")
    assert event.message == "weights of another model"
    before = len(run.notes.results)
    run.notes.wait(lambda: len(run.notes.results) > before + 5)
    assert run.notes.results[-1].answer == "old"


def test_a_model_that_fails_on_a_frame_is_put_aside_and_told_once(build):
    def fail(frame, context):
        raise DeviceError("out of memory")

    run = build(camera_plan(), step=fail)
    run.notes.wait_state("stopped")
    before = len(run.notes.results)
    run.notes.wait(lambda: len(run.notes.results) > before + 10)
    assert run.notes.states().count("stopped") == 1
    assert run.notes.results[-1].answer is None
    run.change_step(lambda context: mean)
    run.notes.wait(lambda: run.notes.results[-1].answer is not None)


def test_a_bug_in_a_step_is_handed_on(build):
    run = build(camera_plan(), step=lambda frame, context: 1 // 0)
    run.notes.wait(lambda: run.notes.crashes)
    assert isinstance(run.notes.crashes[0], ZeroDivisionError)


def test_a_bug_in_loading_is_handed_on_and_the_pipeline_goes_on(build):
    run = build(camera_plan())
    run.change_step(lambda context: 1 // 0)
    run.notes.wait(lambda: run.notes.crashes)
    before = len(run.notes.results)
    run.notes.wait(lambda: len(run.notes.results) > before + 5)


def test_a_still_picture_is_looked_at_again_when_the_model_changes(build):
    run = build(film_plan(3), pacing="every-frame", step=lambda frame, context: "first")
    run.notes.wait_state("ended")
    run.change_step(lambda context: lambda frame, context: "second")
    run.notes.wait(lambda: run.notes.results[-1].answer == "second")
    assert run.notes.results[-1].frame is run.notes.results[-2].frame
    now = run.statistics()
    assert (now.read, now.processed, now.dropped) == (3, 3, 0)


def test_the_screen_is_woken_once_until_it_takes_the_newest_result(build):
    step = Turnstile()
    run = build(camera_plan(), step=step)
    for _ in range(5):
        step.passes.release()
    run.notes.wait(lambda: len(run.notes.results) == 5)
    assert step.at_work.acquire(timeout=LIMIT_S)
    for _ in range(5):
        assert step.at_work.acquire(timeout=LIMIT_S)  # at the sixth: the fifth is in its place
    assert run.notes.ready_calls == 1
    result = run.take_result()
    assert result is run.notes.results[4]
    assert run.take_result() is None
    step.passes.release()
    run.notes.wait(lambda: run.notes.ready_calls == 2)
    step.open()


def test_display_rate_and_age_are_measured_apart_from_the_model(build):
    clock, step, gate = ManualClock(), Turnstile(), threading.Semaphore(0)

    def frames():
        for number in itertools.count():
            assert gate.acquire(timeout=LIMIT_S)
            yield grey(number % 256)

    run = build(plan(lambda: ScriptedCamera(frames())), step=step, clock=clock)
    for count in range(1, 5):
        gate.release()  # one frame at a time: none waits while the clock goes on
        assert step.at_work.acquire(timeout=LIMIT_S)
        clock.advance(0.5)
        step.passes.release()
        run.notes.wait(lambda count=count: len(run.notes.results) == count)
    result = run.take_result()
    while result is None:
        result = run.take_result()
    clock.advance(0.25)
    run.shown(result)
    run.shown(result)  # a repaint
    now = run.statistics(None)
    assert now.displayed == 1
    assert now.display_latency.p50_ms >= now.latency.p50_ms + 249
    assert now.latency.p50_ms == pytest.approx(500)
    step.open()
    gate.release(1000)


def test_the_step_is_told_to_end_when_the_pipeline_closes(build):
    is_entered = threading.Event()

    def step(frame, context):
        is_entered.set()
        while True:
            context.raise_if_cancelled()

    run = build(camera_plan(), step=step)
    assert is_entered.wait(LIMIT_S)
    assert run.close(LIMIT_S)
    assert run.notes.crashes == []


def test_a_blocked_source_does_not_hold_up_the_end(build):
    gate, is_entered, is_released = threading.Event(), threading.Event(), threading.Event()

    def frames():
        is_entered.set()
        assert gate.wait(LIMIT_S)
        yield grey(1)

    class Camera(ScriptedCamera):
        def close(self):
            is_released.set()

    run = build(plan(lambda: Camera(frames())))
    assert is_entered.wait(LIMIT_S)
    run.stop()
    assert run.close(0.05) is False
    gate.set()
    assert is_released.wait(LIMIT_S)
    assert run.notes.results == []


def test_closing_twice_and_before_the_start_is_no_harm():
    pipeline = Pipeline(camera_plan(), Notes().listener)
    assert pipeline.close(LIMIT_S)
    assert pipeline.close(LIMIT_S)


def test_a_stream_that_refuses_the_login_is_not_tried_again(build):
    attempts = []

    def open_refused():
        attempts.append(1)
        raise SourceRefusedError("needs a login")

    run = build(plan(open_refused))
    run.notes.wait_state("failed")
    assert run.notes.events[-1].message == "needs a login"
    assert len(attempts) == 1


def test_a_film_that_ends_early_says_so_with_its_end(build):
    class CutFilm(NumberedFilm):
        shortfall = "the film ends early, at frame 3 of 9"

    run = build(plan(lambda: CutFilm(3), is_retried=False), pacing="every-frame", step=mean)
    run.notes.wait_state("ended")
    assert run.notes.events[-1].message == "the film ends early, at frame 3 of 9"


def test_a_film_on_the_disk_runs_through(build, tmp_path):
    path = write_film(tmp_path / "numbers.mp4", 30)
    run = build(plan_of(VideoFileSource(path)), pacing="every-frame", step=mean)
    run.notes.wait_state("ended")
    assert [number_of(result.frame.pixels) for result in run.notes.results] == list(range(30))
    running = next(event for event in run.notes.events if event.state == "running")
    assert running.size == (64, 48)
    assert running.duration_s == pytest.approx(3.0, abs=0.01)


def test_a_network_camera_that_breaks_off_a_hundred_times_is_followed(build):
    """Each connection gives pictures of another size, and ends."""
    sizes = [(64, 48), (96, 64), (48, 80)]

    def script(connection):
        for number in range(3):
            yield grey(20 * number, sizes[connection % 3])

    with mjpeg_server(script) as address:
        source = replace(plan_of(NetworkSource(address)), first_pause_s=0.0, longest_pause_s=0.0)
        run = build(source, step=mean)
        run.notes.wait_state("running", 101)
        assert run.close(LIMIT_S)
    running = [event.size for event in run.notes.events if event.state == "running"]
    assert set(running) == set(sizes)
    assert run.statistics().losses >= 100
