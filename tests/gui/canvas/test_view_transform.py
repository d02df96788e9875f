"""The arithmetic of panning and zooming."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.widgets.canvas.view_transform import MAX_SCALE, MIN_SCALE, ViewTransform

sizes = st.integers(1, 20_000)
places = st.floats(-2_000, 2_000)
scales = st.floats(1e-4, 1e3)


def view_of(width, height, view_width=800, view_height=600):
    view = ViewTransform()
    view.set_view_size(view_width, view_height)
    view.set_picture_size(width, height)
    return view


@given(sizes, sizes, st.integers(64, 3_000), st.integers(64, 3_000))
def test_a_fitted_picture_is_whole_centred_and_touches_the_margin(width, height, wide, high):
    view = view_of(width, height, wide, high)
    left, top = view.to_screen(0, 0)
    right, bottom = view.to_screen(width, height)
    assert left >= 7.99
    assert top >= 7.99
    assert left == pytest.approx(wide - right, abs=1e-6)
    assert top == pytest.approx(high - bottom, abs=1e-6)
    if view.scale < MAX_SCALE:
        assert min(left, top) == pytest.approx(8)


@given(sizes, sizes, places, places, scales)
def test_screen_and_picture_are_inverse(width, height, x, y, scale):
    view = view_of(width, height)
    view.zoom_at(x, y, scale)
    assert view.to_screen(*view.to_picture(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(st.integers(200, 9_000), st.floats(0, 1), st.floats(0, 1), scales)
def test_zooming_keeps_the_point_under_the_pointer(side, across, down, scale):
    view = view_of(side, side)
    x, y = view.to_screen(across * side, down * side)
    view.zoom_at(x, y, scale)
    assert view.to_picture(x, y) == pytest.approx((across * side, down * side), abs=1e-3)


@given(sizes, sizes, scales)
def test_the_scale_stays_between_one_and_3200_percent_unless_fitting_needs_less(
    width, height, scale
):
    view = view_of(width, height)
    fitted = view.scale
    view.zoom_to(scale)
    assert min(MIN_SCALE, fitted) <= view.scale <= MAX_SCALE


@given(sizes, sizes, st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)), max_size=5))
def test_something_of_the_picture_stays_in_view_however_it_is_dragged(width, height, drags):
    view = view_of(width, height)
    for dx, dy in drags:
        view.pan(dx, dy)
    x1, y1, x2, y2 = view.visible_region
    assert x1 < x2
    assert y1 < y2


def test_the_visible_region_is_cut_at_the_picture():
    view = view_of(400, 300, 800, 600)
    view.zoom_to(4)
    assert view.visible_region == pytest.approx((100, 75, 300, 225))
    view.fit()
    assert view.visible_region == (0, 0, 400, 300)


def test_without_a_picture_nothing_moves():
    view = ViewTransform()
    view.zoom_to(3)
    view.pan(5, 5)
    view.fit()
    view.fit_width()
    assert (view.scale, view.x, view.y) == (1, 0, 0)
