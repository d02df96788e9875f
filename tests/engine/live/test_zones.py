"""Counting inside polygons."""

import math

import cv2
import numpy as np
import pytest

from engine.api.errors import ConfigError
from engine.api.live_analysis import Zone, ZoneCounts
from engine.live.zones import ZoneCounter, is_inside

SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
STAR = tuple(
    (0.5 + 0.4 * math.sin(4 * math.pi * n / 5), 0.5 - 0.4 * math.cos(4 * math.pi * n / 5))
    for n in range(5)
)


def ids(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


@pytest.mark.parametrize("points", [SQUARE, SQUARE[::-1], SQUARE[:3], STAR])
def test_the_same_places_are_inside_as_opencv_says(points, random):
    places = random.random((2000, 2))
    polygon = np.array(points, np.float32)
    theirs = [cv2.pointPolygonTest(polygon, tuple(map(float, p)), False) > 0 for p in places]
    assert is_inside(points, places).tolist() == theirs


def test_zones_side_by_side_share_no_place_and_leave_none_out(random):
    middle = ((0.5, 0.0), (0.3, 0.5), (0.5, 1.0))
    left, right = ((0.0, 0.0), *middle, (0.0, 1.0)), ((1.0, 0.0), *middle, (1.0, 1.0))
    border = np.array([[0.5, 0.0], [0.3, 0.5], [0.4, 0.25]])
    places = np.concatenate([random.random((500, 2)), border])
    assert np.all(is_inside(left, places) ^ is_inside(right, places))


def test_an_empty_frame_has_nobody_inside():
    counts = ZoneCounter(Zone("door", SQUARE)).update(ids(), (), np.zeros((0, 2)), set())
    assert counts == ZoneCounts("door", {}, {})


def test_those_inside_are_counted_by_class_and_each_visitor_once():
    counter = ZoneCounter(Zone("door", SQUARE))
    inside, outside = (0.5, 0.5), (0.9, 0.9)
    alive = {1, 2, 3}
    labels = ("person", "person", "dog")
    first = counter.update(ids(1, 2, 3), labels, np.array([inside, outside, inside]), alive)
    assert first == ZoneCounts("door", {"person": 1, "dog": 1}, {"person": 1, "dog": 1})
    second = counter.update(ids(1, 2, 3), labels, np.array([inside, inside, outside]), alive)
    assert second == ZoneCounts("door", {"person": 2}, {"person": 2, "dog": 1})
    again = counter.update(ids(1, 2, 3), labels, np.array([outside, outside, inside]), alive)
    assert again == ZoneCounts("door", {"dog": 1}, {"person": 2, "dog": 1})


def test_what_is_not_followed_is_inside_and_no_visitor():
    counts = ZoneCounter(Zone("door", SQUARE)).update(ids(0), ("dog",), np.full((1, 2), 0.5), set())
    assert counts == ZoneCounts("door", {"dog": 1}, {})


def test_visits_of_those_who_are_gone_are_still_counted():
    counter = ZoneCounter(Zone("door", SQUARE))
    for number in range(1, 50):
        counts = counter.update(ids(number), ("dog",), np.full((1, 2), 0.5), {number})
    assert counts.visitors == {"dog": 49}


@pytest.mark.parametrize(
    "points",
    [
        (),
        SQUARE[:2],
        (SQUARE[0],) * 4,
        ((0.1, 0.1), (1.2, 0.1), (0.5, 0.9)),
        ((math.nan, 0.0),) * 3,
    ],
)
def test_a_polygon_that_is_none_or_leaves_the_frame_is_refused(points):
    with pytest.raises(ConfigError, match="door"):
        Zone("door", points)
