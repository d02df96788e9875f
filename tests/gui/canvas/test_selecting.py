"""Picking, moving and resizing with the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from engine.api.annotations import Shape

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
BIG, SMALL = Shape.box("big", 20, 20, 220, 200), Shape.box("small", 60, 60, 100, 90)
LONE = Shape.box("lone", 300, 220, 360, 270)


def test_a_click_picks_the_smallest_shape_under_the_pointer_whatever_the_order(make_hand):
    for shapes in ((BIG, SMALL), (SMALL, BIG)):
        hand = make_hand(*shapes)
        clicked = []
        hand.canvas.shape_clicked.connect(clicked.append)
        hand.click((80, 75))
        assert hand.document.selection == {shapes.index(SMALL)}
        assert clicked == [shapes.index(SMALL)]


def test_a_click_on_nothing_deselects(make_hand):
    hand = make_hand(BIG)
    hand.click((80, 75))
    hand.click((390, 290))
    assert hand.document.selection == set()


@pytest.mark.parametrize("key", [CONTROL, SHIFT])
def test_control_and_shift_click_add_and_take_away(make_hand, key):
    hand = make_hand(BIG, SMALL, LONE)
    hand.click((330, 245))
    hand.click((80, 75), key)
    assert hand.document.selection == {1, 2}
    hand.click((330, 245), key)
    assert hand.document.selection == {1}


def test_a_rubber_band_selects_what_it_touches_and_shift_adds(make_hand):
    hand = make_hand(BIG, SMALL, LONE)
    hand.drag((390, 290), (340, 210))
    assert hand.document.selection == {2}
    hand.drag((5, 5), (30, 30), SHIFT)
    assert hand.document.selection == {0, 2}
    assert hand.document.undo_stack.count() == 0


def test_tab_cycles_the_shapes_under_the_pointer_and_shift_tab_goes_back(make_hand):
    middle = Shape.box("middle", 40, 40, 160, 150)
    hand = make_hand(BIG, middle, SMALL, LONE)
    hand.move((80, 75))
    seen = []
    for _ in range(4):
        hand.key(Qt.Key.Key_Tab)
        seen.append(set(hand.document.selection))
    assert seen == [{2}, {1}, {0}, {2}]
    hand.key(Qt.Key.Key_Backtab, SHIFT)
    assert hand.document.selection == {0}


def test_tab_over_nothing_moves_the_focus(make_hand, qtbot):
    from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

    hand = make_hand(LONE)
    window = QWidget()
    qtbot.addWidget(window)
    layout = QHBoxLayout(window)
    button = QPushButton("next")
    layout.addWidget(hand.canvas)
    layout.addWidget(button)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    hand.canvas.setFocus()
    hand.move((50, 50))
    hand.key(Qt.Key.Key_Tab)
    assert window.focusWidget() is button
    assert hand.document.selection == set()
    hand.canvas.setParent(None)


def test_dragging_moves_what_tab_has_selected_though_a_smaller_shape_lies_there(make_hand):
    hand = make_hand(BIG, SMALL)
    hand.document.select([0])
    hand.drag((80, 75), (90, 95))
    assert hand.boxes() == [pytest.approx((30, 40, 230, 220)), (60, 60, 100, 90)]


def test_dragging_an_unselected_shape_selects_and_moves_it_in_one_undo_step(make_hand):
    hand = make_hand(BIG, SMALL)
    hand.drag((80, 75), (100, 85))
    assert hand.boxes()[1] == pytest.approx((80, 70, 120, 100))
    assert hand.document.selection == {1}
    assert hand.document.undo_stack.count() == 1
    hand.document.undo_stack.undo()
    assert hand.document.shapes == (BIG, SMALL)
    hand.document.undo_stack.redo()
    assert hand.boxes()[1] == pytest.approx((80, 70, 120, 100))


def test_several_shapes_move_together_and_stop_together_at_the_edge(make_hand):
    hand = make_hand(SMALL, LONE)
    hand.document.select([0, 1])
    hand.drag((80, 75), (180, 75))
    assert hand.boxes() == [pytest.approx((100, 60, 140, 90)), pytest.approx((340, 220, 400, 270))]


def test_a_shape_that_sticks_out_may_come_in_but_not_go_farther(make_hand):
    hand = make_hand(Shape.box("out", -20, 50, 60, 100))
    hand.drag((30, 75), (10, 75))
    assert hand.boxes() == [(-20, 50, 60, 100)]
    hand.drag((30, 75), (60, 75))
    assert hand.boxes() == [pytest.approx((10, 50, 90, 100))]


def test_a_tremble_of_the_hand_moves_nothing(make_hand):
    hand = make_hand(BIG)
    hand.drag((80, 75), (81, 76))
    assert hand.document.undo_stack.count() == 0


HANDLES = {
    (20, 20): ((10, 8), (30, 28, 220, 200)),
    (120, 20): ((10, 8), (20, 28, 220, 200)),
    (220, 20): ((10, 8), (20, 28, 230, 200)),
    (220, 110): ((10, 8), (20, 20, 230, 200)),
    (220, 200): ((10, 8), (20, 20, 230, 208)),
    (120, 200): ((10, 8), (20, 20, 220, 208)),
    (20, 200): ((10, 8), (30, 20, 220, 208)),
    (20, 110): ((10, 8), (30, 20, 220, 200)),
}


@pytest.mark.parametrize("handle", HANDLES)
def test_each_of_the_eight_handles_drags_its_own_edges(make_hand, handle):
    (dx, dy), expected = HANDLES[handle]
    hand = make_hand(BIG)
    hand.document.select([0])
    hand.drag(handle, (handle[0] + dx, handle[1] + dy))
    assert hand.boxes() == [pytest.approx(expected)]
    assert hand.document.undo_stack.count() == 1
    hand.document.undo_stack.undo()
    assert hand.document.shapes == (BIG,)
    hand.document.undo_stack.redo()
    assert hand.boxes() == [pytest.approx(expected)]


def test_crossing_over_flips_the_box(make_hand):
    hand = make_hand(Shape.box("a", 100, 100, 150, 150))
    hand.document.select([0])
    hand.drag((150, 150), (60, 80))
    assert hand.boxes() == [pytest.approx((60, 80, 100, 100))]


def test_a_resized_box_stays_in_the_picture_and_a_pixel_thick(make_hand):
    hand = make_hand(Shape.box("a", 100, 100, 150, 150))
    hand.document.select([0])
    hand.drag((150, 125), (419, 125))
    assert hand.boxes() == [pytest.approx((100, 100, 400, 150))]
    hand.drag((400, 125), (100, 125))
    assert hand.boxes() == [pytest.approx((100, 100, 101, 150))]


def test_shift_and_alt_resize_to_a_square_about_the_middle(make_hand):
    hand = make_hand(Shape.box("a", 100, 100, 160, 140))
    hand.document.select([0])
    hand.drag((160, 140), (170, 150), SHIFT)
    assert hand.boxes() == [pytest.approx((100, 100, 170, 170))]
    hand.drag((170, 135), (180, 135), ALT)
    assert hand.boxes() == [pytest.approx((90, 100, 180, 170))]


def test_the_document_hears_of_a_drag_once(make_hand):
    hand = make_hand(BIG)
    hand.document.select([0])
    heard = []
    hand.document.shapes_changed.connect(lambda: heard.append(1))
    hand.drag((220, 200), (240, 220))
    assert len(heard) == 1


def test_escape_puts_a_dragged_shape_back(make_hand):
    hand = make_hand(BIG)
    hand.press((80, 75))
    hand.move((150, 150), button=Qt.MouseButton.LeftButton)
    hand.key(Qt.Key.Key_Escape)
    hand.release((150, 150))
    assert hand.document.shapes == (BIG,)


def test_an_undo_in_the_middle_of_a_drag_drops_the_drag(make_hand):
    hand = make_hand(BIG)
    hand.document.add([SMALL])
    hand.press((80, 75))
    hand.move((120, 120), button=Qt.MouseButton.LeftButton)
    hand.document.undo_stack.undo()
    hand.release((120, 120))
    assert hand.document.shapes == (BIG,)


def test_a_double_click_asks_for_the_label(make_hand):
    hand = make_hand(BIG, SMALL)
    asked = []
    hand.canvas.label_wanted.connect(asked.append)
    hand.double_click((80, 75))
    assert asked == [frozenset({1})]


def test_without_leave_to_edit_shapes_are_picked_and_a_drag_pans(make_hand):
    hand = make_hand(BIG)
    hand.canvas.set_editable(False)
    hand.click((80, 75))
    assert hand.document.selection == {0}
    before = hand.canvas.picture_rect()
    hand.drag((80, 75), (90, 85))
    after = hand.canvas.picture_rect()
    assert hand.document.shapes == (BIG,)
    assert (after.x() - before.x(), after.y() - before.y()) == pytest.approx((20, 20), abs=1)


def test_hidden_shapes_cannot_be_picked(make_hand):
    hand = make_hand(BIG)
    hand.canvas.set_shapes_visible(False)
    hand.click((80, 75))
    assert hand.document.selection == set()
    hand.canvas.set_shapes_visible(True)
    hand.click((80, 75))
    assert hand.document.selection == {0}


@pytest.mark.parametrize(
    ("point", "cursor"),
    [
        ((20, 20), Qt.CursorShape.SizeFDiagCursor),
        ((220, 20), Qt.CursorShape.SizeBDiagCursor),
        ((120, 20), Qt.CursorShape.SizeVerCursor),
        ((20, 110), Qt.CursorShape.SizeHorCursor),
        ((150, 150), Qt.CursorShape.OpenHandCursor),
        ((330, 245), Qt.CursorShape.PointingHandCursor),
        ((390, 100), Qt.CursorShape.ArrowCursor),
    ],
)
def test_the_cursor_tells_what_a_press_would_do(make_hand, point, cursor):
    hand = make_hand(BIG, LONE)
    hand.document.select([0])
    hand.move(point)
    assert hand.canvas.cursor().shape() == cursor
