"""The drawn scene: the same for a seed, and known at any time."""

import cv2
import numpy as np
import pytest

from engine.api.errors import ConfigError
from engine.api.live import MovingSceneSource
from engine.live.moving_scene import KINDS, MovingScene, MovingSceneReader

TIMES = np.linspace(0, 60, 241)


def test_a_seed_gives_the_same_scene_and_another_seed_another():
    first, again, other = (MovingScene(MovingSceneSource(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.draw(1.7), again.draw(1.7))
    assert first.objects(1.7) == again.objects(1.7)
    assert (first.draw(1.7) != other.draw(1.7)).any()


def test_a_moment_does_not_depend_on_what_was_drawn_before():
    scene = MovingScene(MovingSceneSource(5))
    alone = scene.draw(2.0)
    for time_s in (0.0, 1.0, 5.0):
        scene.draw(time_s)
    np.testing.assert_array_equal(scene.draw(2.0), alone)


@pytest.mark.parametrize("seed", range(5))
def test_everything_stays_in_the_picture_and_moves(seed):
    source = MovingSceneSource(seed, width_px=320, height_px=200)
    scene = MovingScene(source)
    boxes = np.array([[thing.box_xyxy for thing in scene.objects(t)] for t in TIMES])
    assert boxes[..., :2].min() >= 0
    assert boxes[..., 2].max() <= 320
    assert boxes[..., 3].max() <= 200
    centres = np.array([[scene.centre(i, t) for i in range(6)] for t in TIMES])
    assert (np.ptp(centres[..., 0], axis=0) > 5).all()
    steps = np.hypot(*np.moveaxis(np.diff(centres, axis=0), 2, 0))
    assert steps.max() <= 200 * 0.3 * (TIMES[1] - TIMES[0]) + 1e-6


def test_labels_name_what_moves_in_turn():
    scene = MovingScene(MovingSceneSource(0, object_count=8))
    labels = [thing.label for thing in scene.objects(0.0)]
    assert labels == [*KINDS, *KINDS[:2]]
    assert [thing.index for thing in scene.objects(3.0)] == list(range(8))


def extent(scene, mover, time_s, share):
    """Left, top, right and bottom of the pixels that one thing covers by a share at least."""
    scene.movers = ()
    without = scene.draw(time_s).astype(int)
    scene.movers = (mover,)
    change = np.abs(scene.draw(time_s) - without).max(-1)
    rows, columns = np.nonzero(change > change.max() * share)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize("seed", range(4))
def test_boxes_of_shapes_fit_what_is_drawn(seed):
    scene = MovingScene(MovingSceneSource(seed))
    shapes = [mover for mover in scene.movers if mover.kind in ("circle", "square", "triangle")]
    assert len(shapes) == 3
    for mover in shapes:
        found = extent(scene, mover, 1.3, share=0.5)
        np.testing.assert_allclose(scene.objects(1.3)[0].box_xyxy, found, atol=2.0)


def test_people_walk_within_their_boxes():
    scene = MovingScene(MovingSceneSource(1))
    walker = next(mover for mover in scene.movers if mover.kind == "person")
    for time_s in np.arange(0, 3, 0.21):
        x1, y1, x2, y2 = extent(scene, walker, time_s, share=0.1)
        left, top, right, bottom = scene.objects(time_s)[0].box_xyxy
        assert left - 1 <= x1 < x2 <= right + 1
        assert top - 1 <= y1 < y2 <= bottom + 1
        assert y2 - y1 > 0.9 * (bottom - top)


def test_people_walk_on_the_level_and_turn_round_at_the_border():
    scene = MovingScene(MovingSceneSource(2))
    index = next(i for i, mover in enumerate(scene.movers) if mover.kind == "person")
    ways = np.array([scene.centre(index, t) for t in np.arange(0, 60, 0.05)])
    assert np.ptp(ways[:, 1]) == 0
    half = scene.movers[index].half_size[0]
    assert ways[:, 0].min() == pytest.approx(half, abs=8)
    assert ways[:, 0].max() == pytest.approx(640 - half, abs=8)


def test_opencvs_face_cascade_finds_the_face_where_it_is():
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    hits = 0
    for seed in range(4):
        scene = MovingScene(MovingSceneSource(seed, width_px=320, height_px=240))
        grey = cv2.cvtColor(scene.draw(1.0), cv2.COLOR_RGB2GRAY)
        left, top, right, bottom = scene.objects(1.0)[0].box_xyxy
        for x, y, width, height in cascade.detectMultiScale(grey, 1.1, 5, minSize=(40, 40)):
            across = min(right, x + width) - max(left, x)
            down = min(bottom, y + height) - max(top, y)
            common = max(0, across) * max(0, down)
            union = (right - left) * (bottom - top) + width * height - common
            hits += common / union > 0.7
    assert hits >= 3


def test_played_it_has_no_end_and_every_picture_is_that_of_its_time():
    source = MovingSceneSource(7, width_px=160, height_px=120, frames_per_second=25.0)
    reader, scene = MovingSceneReader(source), MovingScene(source)
    assert not reader.is_live
    assert reader.duration_s is None
    times = [reader.grab() for _ in range(3)]
    assert times == pytest.approx([0, 0.04, 0.08])
    np.testing.assert_array_equal(reader.retrieve(), scene.draw(times[-1]))
    reader.seek(4.0)
    assert reader.grab() == pytest.approx(4.0)
    np.testing.assert_array_equal(reader.retrieve(), scene.draw(4.0))
    reader.close()


def test_the_smallest_and_narrowest_scenes_can_be_drawn():
    for width, height in ((64, 64), (64, 300), (300, 64)):
        scene = MovingScene(MovingSceneSource(0, width, height, object_count=12))
        for time_s in (0.0, 3.3, 9.9):
            assert scene.draw(time_s).shape == (height, width, 3)


@pytest.mark.parametrize(
    "field", [{"seed": -1}, {"width_px": 8}, {"height_px": 9999}, {"object_count": 0}]
)
def test_values_out_of_range_are_refused(field):
    with pytest.raises(ConfigError, match=next(iter(field))):
        MovingSceneSource(**field)
