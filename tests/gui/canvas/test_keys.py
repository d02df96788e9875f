"""Everything that the keyboard does on the canvas."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow

from engine.api.annotations import Shape
from engine.api.pictures import Picture
from gui.document.picture_document import PictureDocument
from gui.widgets.canvas.shape_clipboard import MIME_TYPE

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
A, B = Shape.box("a", 20, 20, 60, 50), Shape.box("b", 100, 100, 180, 160)


def test_arrows_move_by_one_pixel_with_shift_by_ten_and_undo_as_one(make_hand):
    hand = make_hand(A, B)
    hand.document.select([1])
    for _ in range(3):
        hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Down, SHIFT)
    assert hand.boxes() == [(20, 20, 60, 50), (103, 110, 183, 170)]
    assert hand.document.undo_stack.count() == 1
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert hand.document.shapes == (A, B)
    hand.key(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert hand.boxes()[1] == (103, 110, 183, 170)


def test_another_selection_ends_a_run_of_arrows(make_hand):
    hand = make_hand(A, B)
    hand.document.select([0])
    hand.key(Qt.Key.Key_Right)
    hand.document.select([1])
    hand.key(Qt.Key.Key_Right)
    hand.document.select([0])
    hand.key(Qt.Key.Key_Right)
    assert hand.document.undo_stack.count() == 3


def test_arrows_stop_at_the_pictures_edge(make_hand):
    hand = make_hand(A)
    hand.document.select([0])
    for _ in range(4):
        hand.key(Qt.Key.Key_Left, SHIFT)
    assert hand.boxes() == [(0, 20, 40, 50)]


def test_arrows_pan_where_nothing_is_selected(hand):
    before = hand.canvas.picture_rect().x()
    hand.key(Qt.Key.Key_Right)
    assert hand.canvas.picture_rect().x() < before
    assert hand.document.undo_stack.count() == 0


def test_control_arrows_resize(make_hand):
    hand = make_hand(A)
    hand.document.select([0])
    hand.key(Qt.Key.Key_Right, CONTROL)
    hand.key(Qt.Key.Key_Up, CONTROL | SHIFT)
    assert hand.boxes() == [(20, 20, 61, 40)]


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_and_backspace_delete_and_undo_selects_again(make_hand, key):
    hand = make_hand(A, B)
    hand.document.select([0])
    hand.key(key)
    assert hand.document.shapes == (B,)
    assert hand.document.selection == set()
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert hand.document.shapes == (A, B)
    assert hand.document.selection == {0}


def test_control_a_selects_all(make_hand):
    hand = make_hand(A, B)
    hand.key(Qt.Key.Key_A, CONTROL)
    assert hand.document.selection == {0, 1}


def test_digits_give_the_selection_a_class(make_hand):
    hand = make_hand(A, B)
    hand.canvas.set_classes(["cat", "dog"])
    hand.key(Qt.Key.Key_A, CONTROL)
    hand.key(Qt.Key.Key_2)
    assert [shape.label for shape in hand.document.shapes] == ["dog", "dog"]
    assert hand.document.undo_stack.count() == 1
    hand.key(Qt.Key.Key_9)
    assert [shape.label for shape in hand.document.shapes] == ["dog", "dog"]
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert hand.document.shapes == (A, B)


def test_digits_choose_the_class_of_new_shapes_where_nothing_is_selected(hand):
    chosen = []
    hand.canvas.class_for_new_changed.connect(chosen.append)
    hand.canvas.set_classes(["cat", "dog"])
    hand.key(Qt.Key.Key_2)
    hand.canvas.set_tool("box")
    hand.drag((10, 10), (50, 50))
    assert chosen == ["dog"]
    assert hand.document.shapes[0].label == "dog"


def test_with_a_drawing_tool_a_digit_names_the_next_shape_and_never_one_that_is_selected(make_hand):
    hand = make_hand(A, B)
    hand.canvas.set_classes(["cat", "dog", "bird"])
    hand.document.select([0])
    hand.canvas.set_tool("box")
    hand.key(Qt.Key.Key_2)
    assert hand.document.shapes == (A, B)
    hand.drag((200, 200), (260, 260))
    assert hand.document.shapes[2].label == "dog"


def test_after_drawing_a_digit_names_the_shape_just_drawn_until_another_is_selected(make_hand):
    hand = make_hand(A)
    hand.canvas.set_classes(["cat", "dog", "bird"])
    hand.canvas.set_tool("box")
    hand.drag((200, 200), (260, 260))
    hand.key(Qt.Key.Key_3)
    assert [shape.label for shape in hand.document.shapes] == ["a", "bird"]
    hand.key(Qt.Key.Key_Z, CONTROL)
    hand.key(Qt.Key.Key_2)
    assert [shape.label for shape in hand.document.shapes] == ["a", "dog"]
    hand.document.select([0])
    hand.key(Qt.Key.Key_3)
    assert [shape.label for shape in hand.document.shapes] == ["a", "dog"]
    assert hand.canvas.class_for_new == "bird"


def test_a_digit_during_a_polygon_names_the_polygon_not_the_shape_before_it(hand):
    hand.canvas.set_classes(["cat", "dog"])
    hand.key(Qt.Key.Key_1)
    hand.canvas.set_tool("box")
    hand.drag((200, 200), (260, 260))
    hand.canvas.set_tool("polygon")
    for corner in ((20, 20), (80, 20), (80, 80)):
        hand.click(corner)
    hand.key(Qt.Key.Key_2)
    hand.key(Qt.Key.Key_Return)
    assert [shape.label for shape in hand.document.shapes] == ["cat", "dog"]


def test_control_d_puts_a_copy_beside_in_the_picture(make_hand):
    corner = Shape.box("c", 350, 250, 400, 300)
    hand = make_hand(A, corner)
    hand.document.select([0, 1])
    hand.key(Qt.Key.Key_D, CONTROL)
    assert hand.boxes()[2:] == [(30, 30, 70, 60), (340, 240, 390, 290)]
    assert hand.document.selection == {2, 3}
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert hand.document.shapes == (A, corner)


def test_shapes_are_copied_into_another_picture_and_fitted_into_it(make_hand):
    polygon = Shape("p", ((300.0, 200.0), (390.0, 200.0), (390.0, 290.0)), "polygon", 0.5, True)
    hand = make_hand(A, polygon)
    hand.key(Qt.Key.Key_A, CONTROL)
    hand.key(Qt.Key.Key_C, CONTROL)
    other = PictureDocument(None, parent=hand.canvas)
    other.set_picture(Picture(np.zeros((100, 250, 3), np.uint8), None, "RGB"))
    hand.canvas.set_document(other)
    hand.key(Qt.Key.Key_V, CONTROL)
    assert other.shapes[0] == A
    pasted = other.shapes[1]
    assert (pasted.label, pasted.kind, pasted.score, pasted.is_difficult) == (
        "p",
        "polygon",
        0.5,
        True,
    )
    assert pasted.points == ((160, 10), (250, 10), (250, 100))
    assert other.selection == {0, 1}


def test_paste_beside_the_original(make_hand):
    hand = make_hand(A)
    hand.document.select([0])
    hand.key(Qt.Key.Key_C, CONTROL)
    hand.key(Qt.Key.Key_V, CONTROL)
    assert hand.boxes() == [(20, 20, 60, 50), (30, 30, 70, 60)]
    assert hand.document.selection == {1}


def test_control_x_cuts(make_hand):
    hand = make_hand(A, B)
    hand.document.select([0])
    hand.key(Qt.Key.Key_X, CONTROL)
    assert hand.document.shapes == (B,)
    hand.key(Qt.Key.Key_V, CONTROL)
    assert hand.document.shapes == (B, A)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b'[{"label": "a", "kind": "box", "points": [[1, 2]]}]',
        b'[{"label": "a", "kind": "box", "points": [[1, 2], [NaN, 3]]}]',
        b'{"label": "a"}',
    ],
)
def test_nonsense_on_the_clipboard_is_left_alone(hand, content):
    data = QMimeData()
    data.setData(MIME_TYPE, content)
    QGuiApplication.clipboard().setMimeData(data)
    hand.key(Qt.Key.Key_V, CONTROL)
    assert hand.document.shapes == ()
    QGuiApplication.clipboard().clear()


@pytest.mark.parametrize(
    ("key", "keys"), [(Qt.Key.Key_E, CONTROL), (Qt.Key.Key_F2, Qt.KeyboardModifier.NoModifier)]
)
def test_control_e_and_f2_ask_for_the_label(make_hand, key, keys):
    hand = make_hand(A, B)
    asked = []
    hand.canvas.label_wanted.connect(asked.append)
    hand.key(key, keys)
    hand.document.select([0, 1])
    hand.key(key, keys)
    assert asked == [frozenset({0, 1})]


def test_letters_take_up_tools_and_tell_so(hand):
    told = []
    hand.canvas.tool_changed.connect(told.append)
    for key in (Qt.Key.Key_R, Qt.Key.Key_P, Qt.Key.Key_V, Qt.Key.Key_W):
        hand.key(key)
    assert told == ["box", "polygon", "select", "box"]


def test_t_hides_and_shows_everything_and_h_only_while_it_is_held(make_hand, qtbot):
    hand = make_hand(Shape.box("a", 20, 20, 60, 50))
    painted = hand.colour((20, 35))
    hand.key(Qt.Key.Key_T)
    bare = hand.colour((20, 35))
    assert bare != painted
    hand.key(Qt.Key.Key_T)
    assert hand.colour((20, 35)) == painted
    qtbot.keyPress(hand.canvas, Qt.Key.Key_H)
    assert hand.colour((20, 35)) == bare
    qtbot.keyRelease(hand.canvas, Qt.Key.Key_H)
    assert hand.colour((20, 35)) == painted


def test_shapes_can_be_gone_through_drawn_and_shaped_by_keys_alone(make_hand):
    hand = make_hand(A, B)
    hand.key(Qt.Key.Key_N)
    hand.key(Qt.Key.Key_N)
    assert hand.document.selection == {1}
    hand.key(Qt.Key.Key_N)
    assert hand.document.selection == {0}
    hand.key(Qt.Key.Key_N, SHIFT)
    assert hand.document.selection == {1}
    hand.key(Qt.Key.Key_Insert)
    assert len(hand.document.shapes) == 3
    x1, y1, x2, y2 = hand.boxes()[2]
    assert 0 <= x1 < x2 <= 400
    assert 0 <= y1 < y2 <= 300


def test_zoom_keys(hand):
    hand.key(Qt.Key.Key_0, CONTROL)
    assert hand.canvas.scale == 1
    hand.key(Qt.Key.Key_Plus)
    assert hand.canvas.scale > 1
    hand.key(Qt.Key.Key_Minus)
    assert hand.canvas.scale == pytest.approx(1)
    hand.key(Qt.Key.Key_F, CONTROL)
    assert hand.canvas.scale == pytest.approx(min(824 / 400, 624 / 300))


def test_backspace_belongs_to_the_drawing_even_where_the_window_has_a_shortcut(make_hand, qtbot):
    hand = make_hand(A)
    window = QMainWindow()
    qtbot.addWidget(window)
    action = QAction("Delete", window)
    action.setShortcut(QKeySequence(Qt.Key.Key_Backspace))
    pressed = []
    action.triggered.connect(lambda: pressed.append(1))
    window.addAction(action)
    window.setCentralWidget(hand.canvas)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    hand.canvas.setFocus()
    hand.canvas.set_tool("polygon")
    for corner in ((200, 200), (250, 200), (250, 250), (220, 280)):
        hand.click(corner)
    hand.key(Qt.Key.Key_Backspace)
    hand.key(Qt.Key.Key_Return)
    assert len(hand.document.shapes[1].points) == 3
    assert pressed == []
    hand.canvas.setParent(None)


@pytest.mark.parametrize(
    ("key", "keys"),
    [
        (Qt.Key.Key_D, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_V, CONTROL),
        (Qt.Key.Key_C, CONTROL),
        (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
    ],
)
def test_keys_with_nothing_to_do_are_left_to_the_window(hand, key, keys):
    QGuiApplication.clipboard().clear()
    event = QKeyEvent(QEvent.Type.KeyPress, key, keys)
    QApplication.sendEvent(hand.canvas, event)
    assert not event.isAccepted()
