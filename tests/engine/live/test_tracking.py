"""Objects keep their ids from frame to frame."""

import numpy as np
import pytest

from engine.api.detection import Detections
from engine.api.errors import ConfigError
from engine.api.live_analysis import NOT_FOLLOWED, TrackingConfig
from engine.live.tracking import Tracker

NOTHING = Detections.of([], [], ())


def at(*centres: tuple[float, float], label: str = "person", score: float = 0.9) -> Detections:
    boxes = [[x - 10, y - 20, x + 10, y + 20] for x, y in centres]
    return Detections.of(boxes, [score] * len(boxes), (label,) * len(boxes))


def follow(tracker: Tracker, frames: list[Detections], step_s: float = 0.04) -> list[list[int]]:
    return [
        tracker.update(found, number * step_s, 320, 240).ids.tolist()
        for number, found in enumerate(frames)
    ]


def test_a_frame_without_detections_has_no_ids():
    tracked = Tracker(TrackingConfig()).update(NOTHING, 0.0, 320, 240)
    assert len(tracked) == 0
    assert tracked.alive == frozenset()


def test_objects_keep_their_ids_in_whatever_order_they_are_found():
    frames = [at((50 + 3 * n, 60), (250 - 3 * n, 180)) for n in range(20)]
    swapped = [found.take(np.array([1, 0])) if n % 3 else found for n, found in enumerate(frames)]
    ids = follow(Tracker(TrackingConfig()), swapped)
    assert ids[0] == [NOT_FOLLOWED, NOT_FOLLOWED]
    first, second = ids[3]
    assert {first, second} == {1, 2}
    for number in range(2, 20):
        assert ids[number] == ([second, first] if number % 3 else [first, second])


def test_ids_begin_at_one_and_are_never_given_again():
    tracker = Tracker(TrackingConfig(lost_seconds=0.2))
    here, there = [at((60, 60))] * 4, [at((260, 180))] * 4
    ids = follow(tracker, here + [NOTHING] * 20 + there)
    assert ids[3] == [1]
    assert ids[-1] == [2]


def test_an_object_that_is_missed_for_a_moment_comes_back_with_its_id():
    frames = [at((50 + 4 * n, 60)) if not 10 <= n < 16 else NOTHING for n in range(25)]
    tracker = Tracker(TrackingConfig())
    ids = follow(tracker, frames)
    assert ids[9] == ids[16] == ids[24] == [1]
    assert tracker.update(NOTHING, 1.5, 320, 240).alive == {1}
    assert tracker.update(NOTHING, 9.0, 320, 240).alive == set()


def test_a_slow_detector_may_miss_a_frame_too():
    frames = [at((50 + 2 * n, 60)) if n != 5 else NOTHING for n in range(10)]
    ids = follow(Tracker(TrackingConfig(lost_seconds=0.1)), frames, step_s=2.0)
    assert ids[4] == ids[6] == ids[9] == [1]


def test_weak_boxes_go_on_with_an_object_and_begin_none():
    strong, weak = [at((60, 60))] * 4, [at((60, 60), score=0.15)] * 4
    assert follow(Tracker(TrackingConfig()), strong + weak)[-1] == [1]
    assert follow(Tracker(TrackingConfig()), weak + weak)[-1] == [NOT_FOLLOWED]


def test_an_object_never_takes_the_id_of_another_class():
    frames = [at((60, 60), label="person")] * 5 + [at((60, 60), label="bicycle")] * 5
    ids = follow(Tracker(TrackingConfig()), frames)
    assert ids[4] == [1]
    assert ids[9] == [2]


def test_masks_and_scores_stay_with_their_boxes():
    found = at((60, 60), (200, 100))
    marked = Detections(
        found.boxes_xyxy,
        np.array([0.3, 0.8], np.float32),
        found.class_indices,
        found.categories,
        np.stack([np.zeros((4, 4)), np.ones((4, 4))]).astype(np.float16),
    )
    tracked = Tracker(TrackingConfig()).update(marked, 0.0, 320, 240)
    assert tracked.detections is marked


def test_after_a_jump_back_or_another_frame_size_all_objects_are_new():
    tracker = Tracker(TrackingConfig())
    follow(tracker, [at((60, 60))] * 4)
    assert tracker.update(at((60, 60)), 0.0, 320, 240).ids.tolist() == [NOT_FOLLOWED]
    assert tracker.update(at((60, 60)), 0.1, 320, 240).ids.tolist() == [2]
    assert tracker.update(at((60, 60)), 0.2, 640, 480).ids.tolist() == [NOT_FOLLOWED]
    assert tracker.update(at((60, 60)), 0.3, 640, 480).ids.tolist() == [3]


@pytest.mark.filterwarnings("error")
def test_frames_of_one_moment_are_followed_too():
    tracker = Tracker(TrackingConfig())
    ids = [tracker.update(at((60, 60)), 1.0, 320, 240).ids.tolist() for _ in range(4)]
    assert ids[-1] == [1]
    assert tracker.update(at((60, 60)), 1.0005, 320, 240).ids.tolist() == [1]


def test_nothing_is_followed_without_a_config():
    assert follow(Tracker(None), [at((60, 60))] * 4)[-1] == [NOT_FOLLOWED]


def test_a_parameter_out_of_range_is_named():
    with pytest.raises(ConfigError, match="lost_seconds"):
        TrackingConfig(lost_seconds=0.0)
