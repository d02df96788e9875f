"""The arrays behind the document's shapes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.annotations import Shape
from gui.widgets.canvas.colour_maps import class_rgb
from gui.widgets.canvas.polygon_set import PolygonSet
from gui.widgets.canvas.shape_table import ShapeTable

coordinates = st.integers(0, 100).map(float)
labels = st.sampled_from(["cat", "dog", "tree"])
box_shapes = st.builds(Shape.box, labels, coordinates, coordinates, coordinates, coordinates)
polygon_shapes = st.builds(
    lambda label, points: Shape(label, tuple(points), "polygon"),
    labels,
    st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=6),
)
shape_lists = st.lists(st.one_of(box_shapes, polygon_shapes), max_size=8)


def check(table, shapes):
    assert len(table) == len(shapes)
    for row, shape in enumerate(shapes):
        assert tuple(table.boxes_xyxy[row]) == shape.box_xyxy
        assert table.areas[row] == pytest.approx(shape.area)
        assert table.colours[row] == class_rgb(shape.label)
        assert table.is_polygon[row] == (shape.kind == "polygon")
        if shape.kind == "polygon":
            assert table.vertices(row).tolist() == [list(point) for point in shape.points]


@given(shape_lists, st.data())
@settings(max_examples=60)
def test_after_any_run_of_edits_the_arrays_are_those_of_the_shapes(shapes, data):
    table, present = ShapeTable(), tuple(shapes)
    table.update(present)
    check(table, present)
    for _ in range(4):
        start = data.draw(st.integers(0, len(present)))
        stop = data.draw(st.integers(start, len(present)))
        middle = data.draw(st.lists(st.one_of(box_shapes, polygon_shapes), max_size=3))
        present = (*present[:start], *middle, *present[stop:])
        table.update(present)
        check(table, present)


def test_picking_answers_smallest_first_and_the_upper_of_equals():
    table = ShapeTable()
    table.update(
        (
            Shape.box("a", 0, 0, 50, 50),
            Shape.box("b", 10, 10, 20, 20),
            Shape.box("c", 0, 0, 50, 50),
            Shape.box("d", 60, 60, 70, 70),
        )
    )
    assert [row for _, row in table.at(15, 15, 0)] == [1, 2, 0]
    assert table.at(55, 55, 0) == []
    assert [row for _, row in table.at(58, 65, 3)] == [3]


@given(st.lists(st.lists(st.tuples(coordinates, coordinates), max_size=6), max_size=6))
def test_polygon_sets_from_arrays_hold_every_vertex(polygons):
    arrays = [np.array(points, np.float32).reshape(-1, 2) for points in polygons]
    whole = PolygonSet.of(arrays)
    for index, array in enumerate(arrays):
        if len(array):
            assert np.array_equal(whole.vertices(index), array)
            assert tuple(whole.boxes_xyxy[index]) == (*array.min(axis=0), *array.max(axis=0))
        else:
            assert np.isnan(whole.boxes_xyxy[index]).all()
