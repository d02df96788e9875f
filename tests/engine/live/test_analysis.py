"""A filmed street, followed and counted."""

from dataclasses import replace

import av
import numpy as np
import pytest

from engine.api.detection import Detections
from engine.api.live_analysis import (
    AnalysisConfig,
    CountingLine,
    RecordingConfig,
    TrackingConfig,
    Zone,
)
from engine.live.analysis import FrameAnalyser, of_classes
from engine.live.recording import VideoRecorder
from tests.engine.live import crossing_scene as scene

GATE = CountingLine("gate", (0.5, 20 / 240), (0.5, 220 / 240))
CORNER = Zone("corner", ((0.0, 0.0), (0.4, 0.0), (0.4, 0.2), (0.0, 0.2)))
WATCHED = AnalysisConfig(lines=(GATE,), zones=(CORNER,))
NOTHING = Detections.of([], [], ())


def film(analyser: FrameAnalyser, rate: float = scene.RATE, random=None):
    """Show the street, and answer what was said about its last frame."""
    for number in range(round(scene.SECONDS * rate)):
        pixels = scene.frame(scene.STREET, number / rate)
        found = scene.detect(pixels, random)
        last = analyser.update(found, number / rate, scene.WIDTH, scene.HEIGHT)
    return last


@pytest.mark.parametrize("rate", [25, 10])
def test_every_crossing_of_the_street_is_counted_in_its_direction(rate):
    gate = film(FrameAnalyser(WATCHED), rate).lines[0]
    # Drawn downwards, the line has the right of the picture at its left hand.
    assert gate.crossed_in == scene.CROSSED_TO_THE_RIGHT
    assert gate.crossed_out == scene.CROSSED_TO_THE_LEFT


def test_every_crossing_is_counted_on_a_film_that_was_written_and_read_again(tmp_path):
    recorder = VideoRecorder(tmp_path / "street.mp4", RecordingConfig())
    for number in range(round(scene.SECONDS * scene.RATE)):
        time_s = number / scene.RATE
        recorder.add(scene.frame(scene.STREET, time_s), time_s)
    film_path = recorder.close().path
    analyser = FrameAnalyser(WATCHED)
    with av.open(film_path) as container:
        for frame in container.decode(video=0):
            found = scene.detect(frame.to_ndarray(format="rgb24"), tolerance=45)
            last = analyser.update(found, frame.time, frame.width, frame.height)
    assert last.lines[0].crossed_in == scene.CROSSED_TO_THE_RIGHT
    assert last.lines[0].crossed_out == scene.CROSSED_TO_THE_LEFT


@pytest.mark.parametrize("seed", range(3))
def test_crossings_are_right_though_boxes_tremble_and_are_missed(seed):
    gate = film(FrameAnalyser(WATCHED), random=np.random.default_rng(seed)).lines[0]
    assert gate.crossed_in == scene.CROSSED_TO_THE_RIGHT
    assert gate.crossed_out == scene.CROSSED_TO_THE_LEFT


def test_a_frame_without_detections_is_analysed():
    analysis = FrameAnalyser(WATCHED).update(NOTHING, 0.0, 320, 240)
    assert len(analysis.tracked) == 0
    assert analysis.trails == {}
    assert analysis.zones[0].inside == analysis.lines[0].crossed_in == {}


def test_who_is_and_was_in_a_zone_is_counted():
    corner = film(FrameAnalyser(WATCHED)).zones[0]
    assert corner.inside == {}
    # One comes and goes back; the other leaves over the gate and ends there.
    assert corner.visitors == {"person": 2}


def test_trails_lead_to_where_the_objects_are():
    analyser = FrameAnalyser(AnalysisConfig(tracking=TrackingConfig(trail_length=10)))
    for number in range(30):
        time_s = number / scene.RATE
        found = scene.detect(scene.frame(scene.STREET, time_s))
        last = analyser.update(found, time_s, scene.WIDTH, scene.HEIGHT)
    boxes = last.tracked.detections.boxes_xyxy
    for box, identifier in zip(boxes, last.tracked.ids.tolist(), strict=True):
        trail = last.trails[identifier]
        np.testing.assert_allclose(trail[-1], (box[:2] + box[2:]) / 2, atol=0.01)
    assert last.trails[1].shape == (10, 2)


def test_only_the_shown_classes_are_kept_and_counted():
    config = replace(WATCHED, shown_classes=("car", "unicorn"))
    last = film(FrameAnalyser(config))
    assert last.lines[0].crossed_in == {"car": 2}
    assert last.zones[0].visitors == {}
    none = FrameAnalyser(replace(WATCHED, shown_classes=())).update(
        Detections.of([[0, 0, 9, 9]], [0.9], ("car",)), 0.0, 320, 240
    )
    assert len(none.tracked) == 0


def test_a_filter_keeps_order_masks_and_scores():
    found = Detections.of(
        [[0, 0, 9, 9], [1, 1, 8, 8], [2, 2, 7, 7]], [0.1, 0.2, 0.3], ("b", "a", "b")
    )
    assert of_classes(found, None) is found
    assert of_classes(found, ("b",)).scores.tolist() == found.scores[[0, 2]].tolist()
    assert len(of_classes(NOTHING, ("b",))) == 0


def test_lines_that_stay_go_on_counting_when_others_come():
    analyser = FrameAnalyser(WATCHED)
    film(analyser)
    other = CountingLine("kerb", (0.1, 0.1), (0.2, 0.1))
    analyser.change(replace(WATCHED, lines=(other, GATE), zones=()))
    last = analyser.update(NOTHING, 9.0, scene.WIDTH, scene.HEIGHT)
    assert [counts.name for counts in last.lines] == ["kerb", "gate"]
    assert last.lines[1].crossed_in == scene.CROSSED_TO_THE_RIGHT
    assert last.lines[0].crossed_in == {}
    assert last.zones == ()


def test_another_anchor_is_no_crossing():
    line = CountingLine("floor", (0.0, 0.5), (1.0, 0.5))
    analyser = FrameAnalyser(AnalysisConfig(lines=(line,)))
    tall = Detections.of([[100, 20, 140, 200]], [0.9], ("person",))
    for number in range(5):
        analyser.update(tall, number / 25, 320, 240)
    analyser.change(AnalysisConfig(lines=(line,), anchor="bottom"))
    for number in range(5, 10):
        last = analyser.update(tall, number / 25, 320, 240)
    assert last.lines[0].crossed_in == last.lines[0].crossed_out == {}
    assert last.tracked.ids.tolist() == [2]


def test_without_tracking_zones_say_who_is_inside():
    config = AnalysisConfig(tracking=None, zones=(CORNER,), lines=(GATE,))
    last = FrameAnalyser(config).update(
        Detections.of([[10, 10, 30, 30]], [0.9], ("car",)), 0.0, 320, 240
    )
    assert last.zones[0].inside == {"car": 1}
    assert last.zones[0].visitors == last.trails == {}
