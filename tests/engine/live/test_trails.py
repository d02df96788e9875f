"""The last places of objects."""

import numpy as np

from engine.live.trails import Trails, places_of

BOX = np.array([[40, 20, 60, 80]], np.float32)


def ids(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def test_the_place_of_a_box_is_its_centre_or_its_foot():
    assert places_of(BOX, "centre", 100, 200).tolist() == [[0.5, 0.25]]
    assert places_of(BOX, "bottom", 100, 200).tolist() == [[0.5, 0.4]]
    assert places_of(np.zeros((0, 4), np.float32), "centre", 100, 200).shape == (0, 2)


def test_a_box_that_leaves_the_frame_has_its_place_within():
    place = places_of(np.array([[40, 20, 60, 300]], np.float32), "bottom", 100, 200)
    assert 0.999 < place[0, 1] < 1


def test_a_trail_keeps_the_last_places_in_their_order():
    trails = Trails(3)
    for step in range(5):
        trails.update(ids(7), np.array([[step / 10, 0.5]]), {7})
    np.testing.assert_allclose(trails.in_pixels(100, 200)[7], [[20, 100], [30, 100], [40, 100]])


def test_a_trail_follows_the_size_of_the_frame():
    trails = Trails(3)
    trails.update(ids(7), np.array([[0.25, 0.5]]), {7})
    assert trails.in_pixels(640, 480)[7].tolist() == [[160, 240]]
    assert trails.in_pixels(320, 240)[7].tolist() == [[80, 120]]


def test_an_object_out_of_sight_keeps_its_trail_until_it_is_gone():
    trails = Trails(3)
    trails.update(ids(7), np.array([[0.25, 0.5]]), {7})
    trails.update(ids(), np.zeros((0, 2)), {7})
    assert list(trails.in_pixels(10, 10)) == [7]
    trails.update(ids(), np.zeros((0, 2)), set())
    assert trails.in_pixels(10, 10) == {}


def test_what_is_not_followed_has_no_trail():
    trails = Trails(3)
    trails.update(ids(0), np.array([[0.25, 0.5]]), set())
    none = Trails(0)
    none.update(ids(7), np.array([[0.25, 0.5]]), {7})
    assert trails.in_pixels(10, 10) == none.in_pixels(10, 10) == {}
