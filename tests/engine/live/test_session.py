"""A whole run: source, model, counting, privacy and recording."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import skimage
from PIL import Image

from engine.api.detection import Detections, SuppressionConfig
from engine.api.errors import StorageError
from engine.api.live import Frame, LiveResult, ModelEvent, SourceEvent, VideoFileSource
from engine.api.live_analysis import AnalysisConfig
from engine.api.live_session import (
    LiveAnswer,
    LiveModel,
    OpenLive,
    RecordingEvent,
    SessionListener,
)
from engine.api.runtimes import RuntimeCard, RuntimeChoice, RuntimeReport
from engine.api.tasks import TaskContext
from engine.core.registry import MODELS
from engine.live.chosen_model import ChosenModel
from engine.live.finder import reduced
from engine.live.frame_work import FrameWork, _enlarged, _joined
from engine.live.session import LiveSession
from engine.models.detection.hog_people import HogPeopleOptions
from engine.models.detection.viola_jones import CascadeOptions
from tests.engine.inference.tiny_unet import save_tiny_unet
from tests.engine.live.parts import LIMIT_S, write_pictures

ONNX_CARD = RuntimeCard("onnx-runtime", "ONNX Runtime", "")
ASTRONAUT = Path(skimage.__file__).parent / "data" / "astronaut.png"
FACES = LiveModel("viola-jones-face", device="cpu")


class Watched:
    """A session with everything that it says."""

    def __init__(self, film: Path, **config: Any) -> None:
        self.events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.results: list[LiveResult] = []
        self.waited = threading.Semaphore(0)  # released with each result
        listener = SessionListener(
            event=self.events.put, result=self._take, crashed=self.events.put
        )
        wanted = OpenLive(
            VideoFileSource(film), listener, AnalysisConfig(**config), pacing="every-frame"
        )
        self.session = LiveSession(wanted)

    def _take(self, result: LiveResult) -> None:
        self.results.append(result)
        self.waited.release()

    def until(self, kind: type, state: str = "") -> Any:
        while True:
            event = self.events.get(timeout=LIMIT_S)
            if isinstance(event, BaseException):
                raise event
            if isinstance(event, kind) and state in ("", getattr(event, "state", "")):
                return event

    def load(self, model: LiveModel) -> None:
        self.session.choose(model)
        self.until(ModelEvent, "ready")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Half a second in which a face can be seen."""
    with Image.open(ASTRONAUT) as image:
        pixels = np.asarray(image.convert("RGB").crop((100, 0, 420, 240)))
    return write_pictures(tmp_path / "face.mp4", [pixels] * 5)


@pytest.fixture
def watch(film: Path) -> Iterator[Any]:
    made: list[Watched] = []

    def start(**config: Any) -> Watched:
        made.append(Watched(film, **config))
        return made[-1]

    yield start
    for each in made:
        assert each.session.close(LIMIT_S)


def frame(pixels: np.ndarray) -> Frame:
    return Frame(pixels, 0, 0.0, 0.0)


def astronaut() -> np.ndarray:
    with Image.open(ASTRONAUT) as image:
        return np.array(image.convert("RGB"))


def test_every_frame_of_a_film_is_looked_at_followed_and_counted(watch: Any) -> None:
    watched = watch()
    watched.load(FACES)
    watched.session.start()
    watched.until(SourceEvent, "ended")
    assert len(watched.results) == 5
    last = watched.results[-1].answer
    assert isinstance(last, LiveAnswer)
    assert last.analysis.tracked.detections.labels == ("face",)
    assert last.analysis.tracked.ids.tolist() == [1]
    assert watched.session.statistics(is_of_all=True).processed == 5


def test_nothing_is_stored_unless_asked_for_and_a_recording_lasts_as_long_as_it_did(
    watch: Any, tmp_path: Path
) -> None:
    before = set(tmp_path.iterdir())
    watched = watch()
    watched.load(FACES)
    assert not watched.session.is_recording
    watched.session.record(tmp_path / "out.mp4", tmp_path / "out.jsonl")
    watched.session.start()
    watched.until(SourceEvent, "ended")
    event = watched.session.stop_recording()
    assert event is not None
    assert watched.until(RecordingEvent) == event
    assert {path.name for path in set(tmp_path.iterdir()) - before} == {"out.mp4", "out.jsonl"}
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 5
    with av.open(str(tmp_path / "out.mp4")) as opened:
        frames = sum(1 for _ in opened.decode(video=0))
    assert frames == event.film.frames
    assert watched.session.stop_recording() is None


def test_a_disk_that_fills_ends_the_recording_with_one_line_and_the_run_goes_on(
    watch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*unused: object) -> None:
        raise StorageError("out.mp4 ends after 0.0 s: no space left")

    monkeypatch.setattr("engine.live.recording.VideoRecorder.add", refuse)
    watched = watch()
    watched.load(FACES)
    watched.session.record(tmp_path / "out.mp4")
    watched.session.start()
    event = watched.until(RecordingEvent)
    assert event.problem == "out.mp4 ends after 0.0 s: no space left"
    watched.until(SourceEvent, "ended")
    assert len(watched.results) == 5
    assert not watched.session.is_recording


def test_a_frame_that_nobody_looked_at_is_not_stored_where_something_is_private(
    watch: Any, tmp_path: Path
) -> None:
    for private, frames in ((("face",), 0), ((), 5)):
        watched = watch(private_classes=private)
        target = tmp_path / f"{len(private)}.mp4"
        watched.session.record(target)
        watched.session.start()
        watched.until(SourceEvent, "ended")
        event = watched.session.stop_recording()
        assert event is not None
        assert (event.film.path == target) == bool(frames)


def as_if_a_network_found_the_faces(monkeypatch: pytest.MonkeyPatch, fast_detector: Any) -> None:
    monkeypatch.setattr("engine.live.frame_work.NetworkDetector", object)
    monkeypatch.setattr("engine.inference.runtimes.fast_models.fast_detector", fast_detector)


def test_once_the_size_of_frames_is_known_the_fastest_runtime_is_looked_for_once(
    watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, ...]] = []

    def fast(detector: Any, pixels: np.ndarray, *unused: object) -> Any:
        seen.append(pixels.shape)
        return detector, RuntimeReport("m", "cpu", 1, RuntimeChoice(ONNX_CARD, "", False), ())

    as_if_a_network_found_the_faces(monkeypatch, fast_detector=fast)
    watched = watch()
    watched.load(FACES)
    watched.session.playback.set_looped(True)
    watched.session.start()
    watched.until(ModelEvent, "ready")
    while not (watched.results and watched.results[-1].answer.runtime):
        assert watched.waited.acquire(timeout=LIMIT_S)
    assert seen == [(240, 320, 3)]
    assert watched.results[-1].answer.runtime == "ONNX Runtime"
    assert watched.results[0].answer.runtime == ""


def test_with_the_runtime_eager_none_is_looked_for(
    watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if_a_network_found_the_faces(monkeypatch, fast_detector=None)  # calling it would fail
    watched = watch()
    watched.load(replace(FACES, runtime="eager"))
    watched.session.start()
    watched.until(SourceEvent, "ended")
    assert {result.answer.runtime for result in watched.results} == {""}


def test_a_model_that_is_no_detector_and_no_segmenter_is_refused_in_one_line(watch: Any) -> None:
    watched = watch()
    watched.session.choose(LiveModel("vae"))
    event = watched.until(ModelEvent, "failed")
    assert event.message == "vae is made for representation; choose a detector or a segmenter"


def test_thresholds_change_while_it_runs_and_the_detector_is_not_loaded_again() -> None:
    work, context = FrameWork(AnalysisConfig()), TaskContext(lambda progress: None)
    chosen = ChosenModel(FACES)
    step = work.step(chosen, context)
    picture = frame(astronaut())
    assert len(step(picture, context).analysis.tracked) == 1
    chosen.set_thresholds(SuppressionConfig(score_threshold=1.0))
    assert len(step(picture, context).analysis.tracked) == 0


def test_thresholds_set_while_a_model_loads_hold_once_it_is_there(
    watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = threading.Event(), threading.Event()
    load = FrameWork.step

    def slowly(work: FrameWork, *words: Any) -> Any:
        begun.set()
        assert goes_on.wait(LIMIT_S)
        return load(work, *words)

    monkeypatch.setattr(FrameWork, "step", slowly)
    watched = watch()
    watched.session.choose(replace(FACES, suppression=SuppressionConfig(score_threshold=0.1)))
    assert begun.wait(LIMIT_S)
    watched.session.set_options(SuppressionConfig(score_threshold=1.0))
    watched.session.set_options(CascadeOptions(min_size_px=50))
    goes_on.set()
    watched.until(ModelEvent, "ready")
    watched.session.start()
    watched.until(SourceEvent, "ended")
    assert [len(result.answer.analysis.tracked) for result in watched.results] == [0] * 5
    assert watched.session._chosen.model.options == CascadeOptions(min_size_px=50)


def test_thresholds_hold_though_the_model_is_loaded_again_for_another_size_of_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load for the new size begins before the thresholds move, and ends after."""
    begun, goes_on = threading.Event(), threading.Event()
    faces = np.asarray(Image.fromarray(astronaut()).crop((100, 0, 420, 240)))
    watched = Watched(write_pictures(tmp_path / "face.mp4", [faces] * 3))
    watched.session.playback.set_looped(True)
    watched.load(replace(FACES, suppression=SuppressionConfig(score_threshold=0.1)))
    load = FrameWork.step

    def slowly(work: FrameWork, *words: Any) -> Any:
        begun.set()
        assert goes_on.wait(LIMIT_S)
        return load(work, *words)

    monkeypatch.setattr(FrameWork, "step", slowly)
    watched.session.start()
    assert begun.wait(LIMIT_S)  # the size is known with the first frame
    watched.session.set_options(SuppressionConfig(score_threshold=1.0))
    goes_on.set()
    watched.until(ModelEvent, "ready")
    for _ in range(len(watched.results) + 2):  # what was at work then, and one more
        assert watched.waited.acquire(timeout=LIMIT_S)
    assert len(watched.results[-1].answer.analysis.tracked) == 0
    assert watched.session.close(LIMIT_S)


def test_options_change_while_it_runs_and_the_detector_is_not_loaded_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work, context = FrameWork(AnalysisConfig()), TaskContext(lambda progress: None)
    chosen = ChosenModel(FACES)
    step = work.step(chosen, context)
    picture = frame(astronaut())
    assert len(step(picture, context).analysis.tracked) == 1
    monkeypatch.setattr(MODELS, "build", lambda *unused: pytest.fail("loaded again"))
    assert chosen.set_options(CascadeOptions(max_size_px=30))  # the face is larger
    assert len(step(picture, context).analysis.tracked) == 0


def test_after_other_options_the_fastest_runtime_is_looked_for_again(
    watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    watched = watch()
    watched.load(FACES)
    session = watched.session
    monkeypatch.setattr(
        session, "_load", lambda chosen, example: asked.append(chosen.model.options)
    )
    result = LiveResult(frame(astronaut()), LiveAnswer(astronaut(), None), 1.0, 0.0)
    session._on_result(result)
    session._on_result(result)
    assert asked == [None]
    session.set_options(HogPeopleOptions())  # of a model that is only looked at
    session.set_options(SuppressionConfig(score_threshold=0.9))
    session._on_result(result)
    assert asked == [None]
    session.set_options(CascadeOptions(min_size_px=40))
    session._on_result(result)
    assert asked == [None, CascadeOptions(min_size_px=40)]


def test_faces_are_hidden_though_the_chosen_model_knows_none() -> None:
    config = AnalysisConfig(private_classes=("face",))
    work, context = FrameWork(config), TaskContext(lambda progress: None)
    step = work.step(ChosenModel(LiveModel("hog-people", device="cpu")), context)
    pixels = astronaut()
    shown = step(frame(pixels.copy()), context).pixels
    changed = (shown != pixels).any(axis=2)
    assert changed[60:160, 180:270].mean() > 0.5  # the face, measured by hand
    assert not changed[300:].any()
    faces = FrameWork(AnalysisConfig()).step(ChosenModel(FACES), context)
    assert len(faces(frame(shown.copy()), context).analysis.tracked) == 0


def test_boxes_found_on_a_reduced_frame_lie_on_the_frame_itself() -> None:
    pixels = np.zeros((480, 640, 3), np.uint8)
    small, scale = reduced(pixels, 240)
    assert small.shape == (240, 320, 3)
    found = Detections.of([[10, 20, 30, 40]], [0.9], ("face",))
    assert _enlarged(found, 1 / scale).boxes_xyxy.tolist() == [[20, 40, 60, 80]]
    assert reduced(pixels, None)[0] is pixels


def test_classes_found_on_a_reduced_frame_cover_the_frame_itself(tmp_path: Path) -> None:
    weights = save_tiny_unet(tmp_path / "net.safetensors", "abc", (48, 64))
    model = LiveModel("unet", weights=weights, shorter_side_px=24, device="cpu", runtime="eager")
    frame = Frame(np.zeros((48, 64, 3), np.uint8), 0, 0.0, 0.0)
    context = TaskContext(lambda progress: None)
    answer = FrameWork(AnalysisConfig()).step(ChosenModel(model), context)(frame, context)
    assert answer.segmentation.probabilities.shape[:2] == (24, 32)
    assert answer.segmentation.labels.shape == (48, 64)
    assert answer.segmentation.outlines.shape == (48, 64)


def test_two_lists_of_boxes_keep_their_names_when_joined() -> None:
    first = Detections.of([[0, 0, 1, 1]], [0.5], ("person",))
    second = Detections.of([[2, 2, 3, 3]], [0.6], ("face",))
    assert _joined(first, second).labels == ("person", "face")


def test_closing_leaves_no_thread(film: Path) -> None:
    before = set(threading.enumerate())
    watched = Watched(film)
    watched.session.start()
    watched.until(SourceEvent, "ended")
    assert watched.session.close(LIMIT_S)
    assert {t for t in threading.enumerate() if t.name.startswith("live")} <= before
