"""Polygons drawn click by click, and their vertices edited."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt

from engine.api.annotations import Shape

ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
CORNERS = ((50, 50), (150, 60), (140, 160), (60, 150))
SQUARE = Shape("a", ((100.0, 100.0), (200.0, 100.0), (200.0, 200.0), (100.0, 200.0)), "polygon")


@pytest.fixture
def drawing(hand):
    """A polygon of four vertices, not yet closed."""
    hand.canvas.set_tool("polygon")
    hand.canvas.set_class_for_new("leaf")
    for corner in CORNERS:
        hand.click(corner)
    return hand


def points(hand):
    (shape,) = hand.document.shapes
    return [pytest.approx(point) for point in shape.points]


def test_enter_closes_the_polygon_as_one_undo_step(drawing):
    assert not drawing.document.shapes
    drawing.key(Qt.Key.Key_Return)
    assert points(drawing) == list(CORNERS)
    assert drawing.document.shapes[0].kind == "polygon"
    assert drawing.document.shapes[0].label == "leaf"
    assert drawing.document.undo_stack.count() == 1
    drawing.document.undo_stack.undo()
    assert drawing.document.shapes == ()
    drawing.document.undo_stack.redo()
    assert points(drawing) == list(CORNERS)


def test_a_click_near_the_first_vertex_closes_without_another_vertex(drawing):
    drawing.click((52, 51))
    assert points(drawing) == list(CORNERS)


def test_a_double_click_sets_the_last_vertex_and_closes(drawing):
    drawing.double_click((40, 100))
    assert points(drawing) == [*CORNERS, (40, 100)]


def test_backspace_takes_the_last_vertex_back(drawing):
    drawing.key(Qt.Key.Key_Backspace)
    drawing.key(Qt.Key.Key_Enter)
    assert points(drawing) == list(CORNERS[:3])


def test_control_z_takes_a_vertex_back_while_drawing_and_an_edit_otherwise(drawing):
    drawing.key(Qt.Key.Key_Z, CONTROL)
    drawing.key(Qt.Key.Key_Return)
    assert points(drawing) == list(CORNERS[:3])
    drawing.key(Qt.Key.Key_Z, CONTROL)
    assert drawing.document.shapes == ()


def test_backspace_down_to_nothing_then_drawing_anew(drawing):
    for _ in range(6):
        drawing.key(Qt.Key.Key_Backspace)
    for corner in CORNERS[:3]:
        drawing.click(corner)
    drawing.key(Qt.Key.Key_Return)
    assert points(drawing) == list(CORNERS[:3])


def test_escape_drops_the_polygon(drawing):
    drawing.key(Qt.Key.Key_Escape)
    drawing.key(Qt.Key.Key_Return)
    assert not drawing.document.shapes


def test_two_vertices_are_no_polygon(hand):
    hand.canvas.set_tool("polygon")
    hand.click((50, 50))
    hand.click((90, 50))
    hand.key(Qt.Key.Key_Return)
    assert not hand.document.shapes


def test_vertices_stay_in_the_picture(hand):
    hand.canvas.set_tool("polygon")
    for corner in ((350, 250), (409, 250), (409, 309)):
        hand.click(corner)
    hand.key(Qt.Key.Key_Return)
    assert points(hand) == [(350, 250), (400, 250), (400, 300)]


def test_a_vertex_is_dragged(make_hand):
    hand = make_hand(SQUARE)
    hand.document.select([0])
    hand.drag((200, 200), (230, 220))
    assert points(hand) == [(100, 100), (200, 100), (230, 220), (100, 200)]
    assert hand.document.undo_stack.count() == 1
    hand.document.undo_stack.undo()
    assert hand.document.shapes == (SQUARE,)
    hand.document.undo_stack.redo()
    assert points(hand)[2] == (230, 220)


def test_alt_click_on_an_edge_adds_a_vertex_there(make_hand):
    hand = make_hand(SQUARE)
    hand.click((150, 101), ALT)
    assert points(hand) == [(100, 100), (150, 100), (200, 100), (200, 200), (100, 200)]
    hand.document.undo_stack.undo()
    assert hand.document.shapes == (SQUARE,)


def test_alt_click_on_the_closing_edge_adds_a_vertex_at_the_end(make_hand):
    hand = make_hand(SQUARE)
    hand.click((100, 150), ALT)
    assert points(hand)[-1] == (100, 150)
    assert len(points(hand)) == 5


def test_alt_shift_click_removes_a_vertex_but_never_the_third(make_hand):
    hand = make_hand(SQUARE)
    hand.click((200, 200), ALT | SHIFT)
    assert points(hand) == [(100, 100), (200, 100), (100, 200)]
    hand.click((200, 100), ALT | SHIFT)
    assert len(points(hand)) == 3
    hand.document.undo_stack.undo()
    assert hand.document.shapes == (SQUARE,)


def test_a_polygon_moves_as_a_whole(make_hand):
    hand = make_hand(SQUARE)
    hand.drag((150, 150), (170, 140))
    assert points(hand) == [(120, 90), (220, 90), (220, 190), (120, 190)]


def test_a_click_in_a_polygons_box_but_outside_of_it_picks_nothing(make_hand):
    hand = make_hand(Shape("a", ((100.0, 100.0), (200.0, 100.0), (100.0, 200.0)), "polygon"))
    hand.click((180, 180))
    assert hand.document.selection == set()
    hand.click((130, 130))
    assert hand.document.selection == {0}


def test_the_first_vertex_is_snapped_to_before_it_is_clicked(drawing):
    drawing.move((53, 52))
    assert drawing.canvas._stage.draft.is_closing
    assert drawing.canvas._stage.draft.points[-1] == pytest.approx(CORNERS[0])
    drawing.move((90, 90))
    assert not drawing.canvas._stage.draft.is_closing


def test_zooming_while_drawing_keeps_the_vertices(drawing):
    place = drawing.canvas.map_to_screen(*CORNERS[0])
    drawing.wheel((100, 100), 1)
    assert drawing.canvas.map_to_screen(*CORNERS[0]) != QPointF(place)
    drawing.key(Qt.Key.Key_Return)
    assert points(drawing) == list(CORNERS)


def test_vertices_that_were_taken_back_are_had_again_by_redo(hand):
    hand.key(Qt.Key.Key_P)
    for corner in ((20, 20), (80, 20), (80, 80)):
        hand.click(corner)
    hand.key(Qt.Key.Key_Z, CONTROL)
    hand.key(Qt.Key.Key_Backspace)
    hand.key(Qt.Key.Key_Z, CONTROL)
    hand.key(Qt.Key.Key_Y, CONTROL)
    hand.key(Qt.Key.Key_Z, CONTROL | SHIFT)
    hand.key(Qt.Key.Key_Y, CONTROL)
    hand.key(Qt.Key.Key_Return)
    (shape,) = hand.document.shapes
    assert shape.points == tuple(hand.reached(c) for c in ((20, 20), (80, 20), (80, 80)))


def test_a_new_vertex_ends_what_can_be_had_again(hand):
    hand.key(Qt.Key.Key_P)
    for corner in ((20, 20), (80, 20), (80, 80)):
        hand.click(corner)
    hand.key(Qt.Key.Key_Backspace)
    hand.click((20, 80))
    hand.key(Qt.Key.Key_Y, CONTROL)
    hand.key(Qt.Key.Key_Return)
    assert hand.document.shapes[0].points[-1] == hand.reached((20, 80))
    assert len(hand.document.shapes[0].points) == 3
