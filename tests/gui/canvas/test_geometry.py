"""What dragging does to shapes, against slow and plain oracles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.annotations import Shape
from gui.widgets.canvas.geometry import (
    HANDLES,
    clipped,
    contains_point,
    drawn_box,
    limited_shift,
    nearest_edge,
    overlaps,
    resized_box,
)
from gui.widgets.canvas.hit_index import handle_at

SIZE = (400.0, 300.0)
anywhere = st.tuples(st.floats(-100, 500), st.floats(-100, 400))
flags = st.booleans()


@st.composite
def inside_boxes(draw):
    x1, y1 = draw(st.floats(0, 380)), draw(st.floats(0, 280))
    return (
        x1,
        y1,
        draw(st.floats(x1 + 1, 400)),
        draw(st.floats(y1 + 1, 300)),
    )


def is_inside(box):
    x1, y1, x2, y2 = box
    return -1e-9 <= x1 <= x2 <= 400 + 1e-9 and -1e-9 <= y1 <= y2 <= 300 + 1e-9


@given(anywhere, anywhere, flags, flags)
def test_a_drawn_box_is_upright_inside_and_square_where_asked(start, end, is_square, from_centre):
    box = drawn_box(start, end, SIZE, is_square=is_square, from_centre=from_centre)
    assert is_inside(box)
    if is_square:
        assert box[2] - box[0] == pytest.approx(box[3] - box[1], abs=1e-9)
    if from_centre:
        centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        assert centre == pytest.approx((min(max(start[0], 0), 400), min(max(start[1], 0), 300)))


@given(inside_boxes(), st.sampled_from(HANDLES), anywhere, flags, flags)
def test_a_resized_box_is_upright_inside_and_never_thinner_than_a_pixel(
    box, handle, point, is_square, from_centre
):
    new = resized_box(box, handle, point, SIZE, is_square=is_square, from_centre=from_centre)
    assert is_inside(new)
    assert new[2] - new[0] >= 1 - 1e-9
    assert new[3] - new[1] >= 1 - 1e-9


@given(inside_boxes(), st.sampled_from(HANDLES), anywhere)
def test_edges_that_are_not_dragged_stay(box, handle, point):
    new = resized_box(box, handle, point, SIZE)
    if not handle[0]:
        assert (new[0], new[2]) == (box[0], box[2])
    if not handle[1]:
        assert (new[1], new[3]) == (box[1], box[3])
    if handle[0] > 0 and point[0] >= box[0] + 1:
        assert new[0] == box[0]
        assert new[2] == min(point[0], 400)


@given(inside_boxes(), st.tuples(st.floats(-900, 900), st.floats(-900, 900)))
def test_a_limited_move_stays_inside_and_is_no_longer_than_wanted(box, shift):
    dx, dy = limited_shift(box, shift, SIZE)
    assert is_inside((box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy))
    assert abs(dx) <= abs(shift[0])
    assert abs(dy) <= abs(shift[1])


@given(st.lists(anywhere, min_size=3, max_size=6))
def test_a_clipped_shape_is_inside_and_one_that_fits_keeps_its_form(points):
    shape = Shape("a", tuple(points), "polygon")
    new = clipped(shape, SIZE)
    assert is_inside(new.box_xyxy)
    x1, y1, x2, y2 = shape.box_xyxy
    if x2 - x1 <= 400 and y2 - y1 <= 300:
        dx, dy = new.points[0][0] - points[0][0], new.points[0][1] - points[0][1]
        assert [(x + dx, y + dy) for x, y in points] == [pytest.approx(p) for p in new.points]


@given(st.integers(3, 9), anywhere)
def test_inside_of_a_convex_polygon_agrees_with_its_half_planes(corners, point):
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    vertices = np.stack([200 + 120 * np.cos(angles), 150 + 120 * np.sin(angles)], axis=1)
    along = np.roll(vertices, -1, axis=0) - vertices
    to_point = np.array(point) - vertices
    cross = along[:, 0] * to_point[:, 1] - along[:, 1] * to_point[:, 0]
    if np.abs(cross).min() > 1e-6:
        assert contains_point(vertices, *point) == bool((cross > 0).all())


def test_a_notch_is_outside():
    vertices = np.array([[0, 0], [10, 0], [10, 10], [5, 2], [0, 10]], float)
    assert contains_point(vertices, 1, 5)
    assert not contains_point(vertices, 5, 8)


@given(anywhere)
def test_the_nearest_edge_is_the_nearest_of_many_sampled_points(point):
    vertices = np.array([[50, 50], [350, 80], [200, 250]], float)
    edge, distance, on_edge = nearest_edge(vertices, *point)
    fractions = np.linspace(0, 1, 400)[:, None]
    samples = [
        start + fractions * (end - start)
        for start, end in zip(vertices, np.roll(vertices, -1, axis=0), strict=True)
    ]
    distances = [np.hypot(*(line - point).T).min() for line in samples]
    assert distance == pytest.approx(min(distances), abs=0.6)
    assert np.hypot(*(samples[edge] - on_edge).T).min() < 0.6


@given(inside_boxes(), inside_boxes())
def test_overlap_counted_by_area(first, second):
    (iou,) = overlaps(first, np.array([second]))
    width = max(0, min(first[2], second[2]) - max(first[0], second[0]))
    height = max(0, min(first[3], second[3]) - max(first[1], second[1]))
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (first, second)]
    assert iou == pytest.approx(width * height / (sum(areas) - width * height))


def test_handles_of_a_tiny_box_stand_off_so_that_its_body_can_be_grabbed():
    tiny = (100.0, 100.0, 104.0, 104.0)
    assert handle_at(tiny, 102, 102) is None
    assert handle_at(tiny, 114, 114) == (1, 1)
    assert handle_at((0.0, 0.0, 100.0, 100.0), 101, 99) == (1, 1)
