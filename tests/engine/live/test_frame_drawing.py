"""Frames with what is known about them."""

from dataclasses import replace

import numpy as np
import pytest

from engine.api.class_colours import class_rgb
from engine.api.detection import Detections
from engine.api.live_analysis import (
    AnalysisConfig,
    CountingLine,
    FrameAnalysis,
    LineCounts,
    TrackedDetections,
    Zone,
    ZoneCounts,
)
from engine.api.segmentation import SegmentationResult
from engine.live.frame_drawing import captions_of, draw_frame, line_text, zone_text
from tests.engine.live import crossing_scene as scene

FRAME = np.full((240, 320, 3), 128, np.uint8)
NOTHING = Detections.of([], [], ())


def analysis_of(found: Detections, ids: list[int], **more: object) -> FrameAnalysis:
    tracked = TrackedDetections(found, np.array(ids, np.int64))
    return FrameAnalysis(AnalysisConfig(), 0.0, 320, 240, tracked, **more)


def is_colour(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.all(pixels == np.array(colour, np.uint8), axis=2)


def test_a_frame_of_which_nothing_is_known_stays_as_it_is_and_is_not_written_to():
    frame = FRAME.copy()
    frame.flags.writeable = False
    drawn = draw_frame(frame, analysis_of(NOTHING, []))
    np.testing.assert_array_equal(drawn, FRAME)
    assert drawn.flags.writeable


def test_boxes_have_the_colour_of_their_class_and_a_caption_with_their_id():
    found = Detections.of([[100, 80, 160, 200], [200, 80, 260, 200]], [0.9, 0.4], ("car", "dog"))
    drawn = draw_frame(FRAME, analysis_of(found, [12, 0]))
    for x, label in ((100, "car"), (200, "dog")):
        assert is_colour(drawn, class_rgb(label))[85:195, x].all()
    assert captions_of(analysis_of(found, [12, 0]).tracked) == ["car #12 0.90", "dog 0.40"]


def test_a_trail_is_drawn_for_what_is_on_the_frame_alone():
    found = Detections.of([[200, 100, 240, 140]], [0.9], ("car",))
    trails = {
        1: np.array([[20, 60], [220, 120]], np.float32),
        2: np.array([[20, 200], [300, 200]], np.float32),
    }
    drawn = is_colour(draw_frame(FRAME, analysis_of(found, [1], trails=trails)), class_rgb("car"))
    assert drawn[75, 70]  # half a quarter of the way
    assert not drawn[195:205].any()


def test_a_zone_lies_over_the_frame_where_it_is_whatever_the_size_of_the_frame():
    zone = Zone("door", ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))
    config = AnalysisConfig(zones=(zone,))
    for width, height in ((320, 240), (640, 360)):
        analysis = replace(
            analysis_of(NOTHING, [], zones=(ZoneCounts("door"),)),
            config=config,
            width=width,
            height=height,
        )
        frame = np.full((height, width, 3), 128, np.uint8)
        changed = np.any(draw_frame(frame, analysis) != 128, axis=2)
        rows, columns = np.nonzero(changed[height // 4 + 4 :])
        assert (columns.min() + 1) / width == pytest.approx(0.25, abs=0.01)
        assert (columns.max() - 1) / width == pytest.approx(0.75, abs=0.01)
        assert (rows.max() + height // 4 + 4) / height == pytest.approx(0.75, abs=0.02)
        seen = draw_frame(frame, analysis)[height // 2, width // 2].astype(int)
        assert 0 < np.abs(seen - 128).max() < 40  # what is below is seen


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        ((0.2, 0.5), (0.8, 0.5), (110, 160), (130, 160)),
        ((0.8, 0.5), (0.2, 0.5), (130, 160), (110, 160)),
        ((0.5, 0.2), (0.5, 0.8), (120, 170), (120, 150)),
    ],
)
def test_the_arrow_of_a_line_points_to_the_side_in(start, end, inside, outside):
    config = AnalysisConfig(lines=(CountingLine("gate", start, end),))
    analysis = replace(analysis_of(NOTHING, [], lines=(LineCounts("gate"),)), config=config)
    drawn = is_colour(draw_frame(FRAME, analysis), (255, 255, 255))
    assert drawn[inside]
    assert not drawn[outside]


def test_counts_are_said_by_class():
    zone = ZoneCounts("door", {"person": 1, "car": 2}, {"person": 7, "car": 2})
    assert zone_text(zone) == "door: inside 2 car, 1 person; so far 2 car, 7 person"
    assert zone_text(ZoneCounts("door")) == "door: inside 0; so far 0"
    assert line_text(LineCounts("gate", {"car": 3}, {})) == "gate: in 3 car; out 0"


def test_a_segmentation_lies_below_the_boxes():
    labels = np.zeros((240, 320), np.uint8)
    labels[120:] = 1
    segmentation = SegmentationResult(
        model_key="any",
        weights="",
        trained_on="",
        classes=("sky", "road"),
        probabilities=np.zeros((2, 2, 2), np.float16),
        labels=labels,
        outlines=np.full((240, 320), 255, np.uint8),
        milliseconds=1.0,
        device="cpu",
        tiles=1,
    )
    found = Detections.of([[100, 80, 160, 200]], [0.9], ("car",))
    drawn = draw_frame(FRAME, analysis_of(found, [1]), segmentation)
    road = np.array(class_rgb("road")) / 2 + 64
    np.testing.assert_allclose(drawn[230, 300], road, atol=2)
    assert is_colour(drawn, class_rgb("car"))[195, 110:150].sum() == 0
    assert is_colour(drawn, class_rgb("car"))[85:195, 100].all()
    alone = replace(analysis_of(NOTHING, []), config=AnalysisConfig(shown_classes=("road",)))
    drawn = draw_frame(FRAME, alone, segmentation)
    np.testing.assert_allclose(drawn[230, 300], road, atol=2)
    assert (drawn[:120] == FRAME[:120]).all()  # the sky is not shown


def test_a_frame_of_the_street_is_drawn_with_all_there_is():
    from engine.live.analysis import FrameAnalyser

    zone = Zone("corner", ((0.0, 0.0), (0.4, 0.0), (0.4, 0.2), (0.0, 0.2)))
    line = CountingLine("gate", (0.5, 0.1), (0.5, 0.9))
    analyser = FrameAnalyser(AnalysisConfig(zones=(zone,), lines=(line,)))
    for number in range(15):
        frame = scene.frame(scene.STREET, number / 10)
        analysis = analyser.update(scene.detect(frame), number / 10, scene.WIDTH, scene.HEIGHT)
    drawn = draw_frame(frame, analysis)
    assert drawn.shape == frame.shape
    assert is_colour(drawn, class_rgb("car")).sum() > 500
