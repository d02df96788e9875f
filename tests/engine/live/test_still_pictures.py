"""A picture that stands still is looked at anew for every change; recordings follow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from engine.api.detection import Detections, SuppressionConfig
from engine.api.errors import DeviceError
from engine.api.live import LiveResult, ModelEvent, SourceEvent, VideoFileSource
from engine.api.live_analysis import AnalysisConfig, CountingLine, PrivacyConfig, Zone
from engine.api.live_session import LiveModel, OpenLive, SessionListener
from engine.live.chosen_model import ChosenModel
from engine.live.finder import Finder
from engine.live.frame_work import FrameWork
from engine.live.session import LiveSession
from engine.models.detection.viola_jones import CascadeOptions
from tests.engine.live.parts import LIMIT_S, ManualClock, Notes, level_of, write_film

BOX = (8.0, 8.0, 40.0, 40.0)
SIZE = (96, 64)
FACES = LiveModel("viola-jones-face", device="cpu")
FILLED = AnalysisConfig(private_classes=("face",), privacy=PrivacyConfig("fill"))
CORNERS = ((0.0, 0.0), (0.9, 0.0), (0.9, 0.9), (0.0, 0.9))


class Standing:
    """A session on a film that stands still at its third picture, with one face of score 0.8."""

    def __init__(self, film: Path, model: LiveModel | None) -> None:
        self.notes = Notes()
        listener = SessionListener(self.notes.event, self.notes.result, crashed=self.notes.crash)
        self.clock = ManualClock()
        self.session = LiveSession(OpenLive(VideoFileSource(film), listener), self.clock)
        if model is not None:
            self.session.choose(model)
            self.notes.wait(lambda: ModelEvent("ready") in self.notes.events)
        self.session.playback.pause()
        self.session.start()
        self.session.playback.seek(0.21)
        self.until(lambda last: last.frame.number_in_film == 2)
        self.notes.wait(lambda: not self.is_loading)

    @property
    def source_state(self) -> str:
        changes = [event for event in self.notes.events if isinstance(event, SourceEvent)]
        return changes[-1].state

    @property
    def is_loading(self) -> bool:
        changes = [event for event in self.notes.events if isinstance(event, ModelEvent)]
        return bool(changes) and changes[-1].state == "loading"

    def until(self, is_there: Callable[[LiveResult], Any]) -> Any:
        results = self.notes.results
        self.notes.wait(lambda: results and is_there(results[-1]))
        return results[-1].answer


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Standing]]:
    def detecting(work: FrameWork, card: Any, chosen: ChosenModel, *rest: Any) -> Finder:
        def find(pixels: np.ndarray, context: object) -> tuple[Detections, None]:
            model = chosen.model
            if model.options is not None and model.options.min_size_px == 13:
                raise DeviceError("out of memory")
            limit = model.suppression.score_threshold if model.suppression else 0.5
            rows = [BOX] if limit <= 0.8 else []
            return Detections.of(rows, [0.8] * len(rows), ("face",) * len(rows)), None

        return Finder(find, "")

    monkeypatch.setattr(FrameWork, "_detecting", detecting)
    film = write_film(tmp_path / "film.mp4", 6, size=SIZE)
    made: list[Standing] = []

    def start(model: LiveModel | None = FACES) -> Standing:
        made.append(Standing(film, model))
        return made[-1]

    yield start
    for each in made:
        assert each.session.close(LIMIT_S)
        assert each.notes.crashes == []


def is_covered(pixels: np.ndarray) -> bool:
    """Whether the face, below its caption, has the grey of what is hidden."""
    return abs(int(pixels[34, 30, 0]) - 64) < 12


def test_a_class_that_becomes_private_is_hidden_on_a_film_that_stands_still(stand: Any) -> None:
    standing = stand()
    assert not is_covered(standing.notes.results[-1].answer.pixels)
    standing.session.change(FILLED)
    answer = standing.until(lambda last: is_covered(last.answer.pixels))
    assert answer.analysis.config.private_classes == ("face",)
    standing.session.change(AnalysisConfig())
    standing.until(lambda last: not is_covered(last.answer.pixels))


def test_thresholds_act_on_a_film_that_stands_still(stand: Any) -> None:
    standing = stand()
    standing.session.set_options(SuppressionConfig(score_threshold=0.9))
    standing.until(lambda last: not len(last.answer.analysis.tracked))
    standing.session.set_options(SuppressionConfig(score_threshold=0.7))
    standing.until(lambda last: len(last.answer.analysis.tracked) == 1)


def test_lines_and_zones_appear_on_a_film_that_stands_still_and_the_zone_counts(
    stand: Any,
) -> None:
    standing = stand()
    zone, line = Zone("all", CORNERS), CountingLine("middle", (0.0, 0.5), (1.0, 0.5))
    standing.session.change(AnalysisConfig(zones=(zone,), lines=(line,)))
    answer = standing.until(lambda last: last.answer.analysis.zones)
    assert dict(answer.analysis.zones[0].inside) == {"face": 1}
    assert answer.analysis.lines[0].crossed_in == {}
    standing.session.change(AnalysisConfig())
    standing.until(lambda last: not last.answer.analysis.zones)


def test_looking_again_counts_no_frame_twice(stand: Any) -> None:
    standing = stand()
    before = standing.session.statistics()
    standing.session.set_options(SuppressionConfig(score_threshold=0.9))
    standing.until(lambda last: not len(last.answer.analysis.tracked))
    after = standing.session.statistics()
    assert (after.read, after.processed) == (before.read, before.processed)


def pictures(film: Path) -> list[np.ndarray]:
    with av.open(str(film)) as opened:
        return [frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)]


def test_a_recording_of_a_film_that_stands_still_hides_what_becomes_private(
    stand: Any, tmp_path: Path
) -> None:
    standing = stand()
    standing.session.record(tmp_path / "out.mp4", tmp_path / "out.jsonl")
    standing.session.playback.step(1)
    standing.until(lambda last: last.frame.number_in_film == 3)
    standing.clock.advance(1.0)
    standing.session.hold()
    standing.session.change(FILLED)
    standing.until(lambda last: is_covered(last.answer.pixels))
    standing.clock.advance(1.0)
    event = standing.session.stop_recording()
    film = pictures(tmp_path / "out.mp4")
    covered = [is_covered(pixels) for pixels in film]
    assert len(film) == event.film.frames == 50
    assert covered == [False] * 25 + [True] * 25
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert lines[-1]["recorded"] == {"frame": 25, "time_s": 1.0}
    assert lines[-1]["source_frame"] == 3
    assert lines[-1]["time_s"] == pytest.approx(0.3)


def test_a_recording_shows_grey_where_a_model_fails_on_what_became_private(
    stand: Any, tmp_path: Path
) -> None:
    standing = stand()
    standing.session.record(tmp_path / "out.mp4")
    standing.session.playback.step(1)
    standing.until(lambda last: last.frame.number_in_film == 3)
    standing.clock.advance(1.0)
    standing.session.set_options(CascadeOptions(min_size_px=13))
    standing.until(lambda last: last.answer is None)
    standing.session.change(FILLED)
    standing.clock.advance(1.0)
    standing.session.playback.step(1)
    standing.until(lambda last: last.frame.number_in_film == 4)
    standing.clock.advance(1.0)
    standing.session.stop_recording()
    last = pictures(tmp_path / "out.mp4")[-1]
    assert np.abs(last.astype(int) - 64).max() < 12
    assert abs(level_of(4) - 64) >= 12  # the film's own grey is another


def test_what_nobody_looked_at_is_not_passed_on_as_hidden(stand: Any, tmp_path: Path) -> None:
    standing = stand(None)
    standing.session.change(FILLED)
    standing.session.record(tmp_path / "out.mp4")
    standing.session.playback.step(1)
    standing.until(lambda last: last.frame.number_in_film == 3)
    event = standing.session.stop_recording()
    assert event.film.path is None


def test_slow_sources_are_looked_at_again_between_two_pictures(stand: Any) -> None:
    standing = stand()
    standing.session.playback.set_speed(0.1)  # a picture a second
    standing.session.playback.play()
    standing.notes.wait(lambda: standing.source_state == "running")
    number = standing.notes.results[-1].frame.number
    standing.clock.advance(0.5)
    standing.session.set_options(SuppressionConfig(score_threshold=0.9))
    standing.until(lambda last: last.answer and not len(last.answer.analysis.tracked))
    assert standing.notes.results[-1].frame.number == number
