"""Counting crossings by direction."""

from itertools import pairwise

import numpy as np
import pytest
import supervision
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.errors import ConfigError
from engine.api.live_analysis import CountingLine, LineCounts
from engine.live.counting_lines import LineCounter, trembles_px

SIZE = (200, 100)
ACROSS = CountingLine("gate", (0.2, 0.5), (0.8, 0.5))


def walk(line: CountingLine, *centres: tuple[float, float] | None) -> tuple[int, int]:
    """Return crossings in and out of a box of 10 x 10 pixels; None: it is not found."""
    counter = LineCounter(line)
    for centre in centres:
        found = [] if centre is None else [centre]
        places = np.array(found, np.float64).reshape(-1, 2) / SIZE
        trembles = np.ones(len(found))
        ids = np.ones(len(found), np.int64)
        counts = counter.update(ids, ("person",) * len(found), places, trembles, SIZE, {1})
    return counts.crossed_in.get("person", 0), counts.crossed_out.get("person", 0)


def test_upwards_over_a_line_from_left_to_right_is_in_and_downwards_out():
    assert walk(ACROSS, (100, 80), (100, 20)) == (1, 0)
    assert walk(ACROSS, (100, 20), (100, 80)) == (0, 1)
    assert walk(ACROSS, (100, 20), (100, 80), (90, 20), (80, 90)) == (1, 2)


def test_a_line_drawn_the_other_way_counts_the_other_way():
    turned = CountingLine("gate", ACROSS.end, ACROSS.start)
    assert walk(turned, (100, 80), (100, 20)) == (0, 1)


@pytest.mark.parametrize("end", [(10, 50), (190, 50)])
def test_who_passes_beyond_an_end_crosses_nothing(end):
    x, _ = end
    assert walk(ACROSS, (x, 80), (x, 60), (x, 40), (x, 20)) == (0, 0)
    assert walk(ACROSS, (x, 80), (x, 20), (100, 20)) == (0, 0)


def test_who_stands_on_the_line_crosses_nothing():
    trembling = [(100, 50 + 0.8 * (-1) ** n) for n in range(40)]
    assert walk(ACROSS, (100, 80), *trembling) == (0, 0)
    assert walk(ACROSS, (100, 80), *trembling, (100, 90)) == (0, 0)
    assert walk(ACROSS, (100, 80), *trembling, (100, 20)) == (1, 0)
    assert walk(ACROSS, *trembling, (100, 20)) == (0, 0)


def test_a_jump_over_the_line_and_one_that_nobody_saw_are_counted():
    assert walk(ACROSS, (30, 99), (150, 1)) == (1, 0)
    assert walk(ACROSS, (100, 60), None, None, None, None, None, (100, 40)) == (1, 0)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 199), st.integers(0, 99)), min_size=2, max_size=30),
    st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_over_a_line_through_the_frame_who_is_in_has_come_in_once_more_than_out(walked, is_seen):
    right_through = CountingLine("gate", (0.0, 0.5), (1.0, 0.5))
    seen = [place if kept else None for place, kept in zip(walked, is_seen, strict=False)]
    sides = [place[1] < 50 for place in seen if place and abs(place[1] - 50) > 1]
    crossed_in, crossed_out = walk(right_through, *seen)
    assert crossed_in - crossed_out == (sides[-1] - sides[0] if sides else 0)
    assert crossed_in + crossed_out == sum(a != b for a, b in pairwise(sides))


def test_the_same_crossings_are_counted_as_supervision_counts(random):
    """Slow ways within the ends of the line, where the two mean the same."""
    theirs = supervision.LineZone(
        supervision.Point(40, 50), supervision.Point(160, 50), (supervision.Position.CENTER,)
    )
    ours = LineCounter(ACROSS)
    directions = random.choice([-1, 1], 12)
    columns = np.linspace(50, 150, 12)
    for step in range(120):
        heights = 50 + directions * (abs(step - 70) * -0.8 + 30)
        boxes = np.stack([columns - 5, heights - 5, columns + 5, heights + 5], axis=1)
        found = supervision.Detections(
            boxes, class_id=np.zeros(12, int), tracker_id=np.arange(1, 13)
        )
        theirs.trigger(found)
        places = np.stack([columns, heights], axis=1) / SIZE
        counts = ours.update(
            np.arange(1, 13), ("person",) * 12, places, np.full(12, 0.1), SIZE, range(1, 13)
        )
    assert counts.crossed_in == {"person": theirs.in_count}
    assert counts.crossed_out == {"person": theirs.out_count}
    assert theirs.in_count + theirs.out_count == 24


def test_classes_are_counted_apart_and_what_is_not_followed_not_at_all():
    counter = LineCounter(ACROSS)
    labels, columns = ("car", "person", "car"), [60, 100, 140]
    for height in (80, 20):
        places = np.array([[x, height] for x in columns]) / SIZE
        ids = np.array([4, 5, 0])
        counts = counter.update(ids, labels, places, np.ones(3), SIZE, {4, 5})
    assert counts == LineCounts("gate", {"car": 1, "person": 1}, {})


def test_an_object_that_is_gone_is_forgotten():
    counter = LineCounter(ACROSS)
    one = np.ones(1, np.int64)
    counter.update(one, ("car",), np.array([[0.5, 0.8]]), np.ones(1), SIZE, {1})
    counter.update(one[:0], (), np.zeros((0, 2)), np.ones(0), SIZE, set())
    counts = counter.update(one, ("car",), np.array([[0.5, 0.2]]), np.ones(1), SIZE, {1})
    assert counts == LineCounts("gate", {}, {})


def test_large_boxes_tremble_more_than_small_ones():
    boxes = np.array([[0, 0, 4, 8], [0, 0, 300, 100]], np.float32)
    assert trembles_px(boxes).tolist() == [1, 10]
    assert trembles_px(boxes[:0]).shape == (0,)


@pytest.mark.parametrize(("start", "end"), [((0.5, 0.5), (0.5, 0.5)), ((0.5, 0.5), (0.5, 1.5))])
def test_a_line_without_length_or_beyond_the_frame_is_refused(start, end):
    with pytest.raises(ConfigError, match="gate"):
        CountingLine("gate", start, end)
