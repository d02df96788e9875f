"""Boxes drawn with the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from engine.api.annotations import Shape

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


def test_a_drag_draws_one_box_of_the_chosen_class_and_selects_it(hand):
    hand.canvas.set_tool("box")
    hand.canvas.set_class_for_new("dog")
    hand.drag((40, 30), (140, 90))
    (shape,) = hand.document.shapes
    assert (shape.label, shape.kind) == ("dog", "box")
    assert shape.box_xyxy == pytest.approx((40, 30, 140, 90))
    assert hand.document.selection == {0}
    assert hand.document.undo_stack.count() == 1


@pytest.mark.parametrize("end", [(140, 90), (10, 90), (140, 5), (10, 5)])
def test_a_box_can_be_drawn_towards_every_corner(hand, end):
    hand.canvas.set_tool("box")
    hand.drag((40, 30), end)
    expected = (min(40, end[0]), min(30, end[1]), max(40, end[0]), max(30, end[1]))
    assert hand.boxes() == [pytest.approx(expected)]


def test_a_press_that_jumps_to_its_release_draws_too(hand):
    hand.canvas.set_tool("box")
    hand.press((40, 30))
    hand.release((140, 90))
    assert hand.boxes() == [pytest.approx((40, 30, 140, 90))]


def test_two_clicks_draw_a_box(hand):
    hand.canvas.set_tool("box")
    hand.click((40, 30))
    assert not hand.document.shapes
    hand.move((100, 60))
    hand.click((140, 90))
    assert hand.boxes() == [pytest.approx((40, 30, 140, 90))]


def test_the_tool_stays_in_hand_for_the_next_box(hand):
    hand.canvas.set_tool("box")
    hand.drag((10, 10), (60, 60))
    hand.drag((20, 20), (50, 50))
    assert len(hand.document.shapes) == 2


def test_shift_draws_a_square_and_alt_from_the_middle(hand):
    hand.canvas.set_tool("box")
    hand.drag((100, 100), (160, 120), SHIFT)
    hand.drag((100, 100), (130, 110), ALT)
    hand.drag((100, 100), (130, 110), SHIFT | ALT)
    assert hand.boxes() == [
        pytest.approx((100, 100, 160, 160)),
        pytest.approx((70, 90, 130, 110)),
        pytest.approx((70, 70, 130, 130)),
    ]


def test_pressing_shift_in_the_middle_of_a_drag_acts_at_once(hand):
    hand.canvas.set_tool("box")
    hand.press((100, 100))
    hand.move((160, 120), button=Qt.MouseButton.LeftButton)
    hand.key(Qt.Key.Key_Shift, SHIFT)  # and up again
    hand.release((160, 120), SHIFT)
    assert hand.boxes() == [pytest.approx((100, 100, 160, 160))]


def test_a_box_ends_at_the_pictures_edge(hand):
    hand.canvas.set_tool("box")
    hand.drag((350, 250), (419, 315))
    hand.drag((30, 20), (-9, -9))
    assert hand.boxes() == [
        pytest.approx((350, 250, 400, 300)),
        pytest.approx((0, 0, 30, 20)),
    ]


def test_a_square_stays_a_square_at_the_edge(hand):
    hand.canvas.set_tool("box")
    hand.drag((380, 100), (410, 250), SHIFT)
    assert hand.boxes() == [pytest.approx((380, 100, 400, 120))]


def test_two_clicks_on_one_spot_draw_nothing(hand):
    hand.canvas.set_tool("box")
    hand.click((100, 100))
    hand.click((100, 100))
    assert not hand.document.shapes


def test_escape_drops_the_box_then_the_tool(hand):
    hand.canvas.set_tool("box")
    hand.press((40, 30))
    hand.move((140, 90))
    hand.key(Qt.Key.Key_Escape)
    hand.release((140, 90))
    assert not hand.document.shapes
    assert hand.canvas.tool == "box"
    hand.key(Qt.Key.Key_Escape)
    assert hand.canvas.tool == "select"


def test_the_document_hears_of_a_box_only_when_it_is_finished(hand):
    heard = []
    hand.document.shapes_changed.connect(lambda: heard.append(len(hand.document.shapes)))
    hand.canvas.set_tool("box")
    hand.press((40, 30))
    for x in range(50, 140, 10):
        hand.move((x, 90))
    assert heard == []
    hand.release((140, 90))
    assert heard == [1]


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.37, 3.0, 8.0, 32.0])
def test_corners_are_where_the_pointer_was_at_any_zoom(make_hand, scale):
    hand = make_hand(scale=scale)
    hand.canvas.show_region((190, 140, 210, 160))
    hand.canvas.zoom_to(scale)
    hand.canvas.set_tool("box")
    reach = 60 / scale
    start, end = (200 - reach, 150 - reach), (200 + reach, 150 + reach)
    expected = [*hand.reached(start), *hand.reached(end)]
    hand.drag(start, end)
    assert hand.boxes() == [pytest.approx(expected, abs=1e-6)]


def test_the_tip_tells_size_area_and_overlap_while_drawing(make_hand):
    hand = make_hand(Shape.box("a", 50, 50, 150, 150))
    hand.canvas.set_tool("box")
    hand.press((50, 50))
    hand.move((150, 100))
    assert hand.canvas._stage.tip == "100 x 50 px, 5,000 px², IoU 0.50"
    hand.release((150, 100))
    assert hand.canvas._stage.tip == ""


def test_nothing_is_drawn_where_shapes_may_not_be_changed(hand):
    hand.canvas.set_editable(False)
    hand.canvas.set_tool("box")
    hand.drag((40, 30), (140, 90))
    assert not hand.document.shapes


def test_drawing_undoes_and_redoes(hand):
    hand.canvas.set_tool("box")
    hand.drag((40, 30), (140, 90))
    after = hand.document.shapes
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert hand.document.shapes == ()
    hand.key(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert hand.document.shapes == after
