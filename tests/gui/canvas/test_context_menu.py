"""The menu of the right mouse button."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from engine.api.annotations import Shape

A, B = Shape.box("a", 20, 20, 160, 150), Shape.box("b", 60, 60, 100, 90)


@pytest.fixture
def open_menu(make_hand):
    hand = make_hand(A, B)
    hand.canvas.set_classes(["a", "b", "R&D"])
    menus = []

    def right_click(point):
        place = hand.screen(point)
        QTest.mouseClick(hand.canvas, Qt.MouseButton.RightButton, pos=place)
        found = hand.canvas.findChildren(QMenu, "canvas.menu")
        if not found:  # platforms differ in whether the press brings the menu
            event = QContextMenuEvent(
                QContextMenuEvent.Reason.Mouse, place, hand.canvas.mapToGlobal(place)
            )
            QApplication.sendEvent(hand.canvas, event)
            found = hand.canvas.findChildren(QMenu, "canvas.menu")
        menus.extend(found)
        return found[-1]

    hand.right_click = right_click
    yield hand
    for menu in menus:
        if shiboken6.isValid(menu):
            menu.close()


def act(menu, name):
    menu.findChild(QAction, f"canvas.menu.{name}").trigger()


def test_a_right_click_selects_the_smallest_shape_and_keeps_a_selection_it_hits(open_menu):
    open_menu.right_click((80, 75)).close()
    assert open_menu.document.selection == {1}
    open_menu.document.select([0, 1])
    open_menu.right_click((80, 75))
    assert open_menu.document.selection == {0, 1}


def test_the_menu_sets_a_class(open_menu):
    menu = open_menu.right_click((80, 75))
    classes = menu.findChild(QMenu, "canvas.menu.class")
    assert [action.isChecked() for action in classes.actions()] == [False, True, False]
    act(menu, "class.R&D")
    assert [shape.label for shape in open_menu.document.shapes] == ["a", "R&D"]
    open_menu.document.undo_stack.undo()
    assert open_menu.document.shapes == (A, B)


def test_the_menu_duplicates_and_deletes(open_menu):
    menu = open_menu.right_click((80, 75))
    act(menu, "duplicate")
    assert open_menu.boxes()[2] == (70, 70, 110, 100)
    act(menu, "delete")
    assert open_menu.document.shapes == (A, B)


def test_the_menu_brings_to_front_and_undo_takes_it_back_with_the_selection(open_menu):
    open_menu.document.select([0])
    menu = open_menu.right_click((30, 30))
    act(menu, "front")
    assert open_menu.document.shapes == (B, A)
    assert open_menu.document.selection == {1}
    open_menu.document.undo_stack.undo()
    assert open_menu.document.shapes == (A, B)
    assert open_menu.document.selection == {0}


def test_on_nothing_only_pasting_is_offered(open_menu):
    menu = open_menu.right_click((390, 290))
    assert open_menu.document.selection == set()
    enabled = [a.objectName() for a in menu.findChildren(QAction) if a.isEnabled()]
    assert "canvas.menu.paste" in enabled
    assert "canvas.menu.delete" not in enabled


def test_the_menu_key_opens_it_at_the_selection(open_menu):
    open_menu.document.select([1])
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(open_menu.canvas, event)
    (menu,) = open_menu.canvas.findChildren(QMenu, "canvas.menu")
    assert open_menu.document.selection == {1}
    menu.close()


def test_there_is_no_menu_where_nothing_may_be_changed(open_menu):
    open_menu.canvas.set_editable(False)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), QPoint(5, 5))
    QApplication.sendEvent(open_menu.canvas, event)
    assert not open_menu.canvas.findChildren(QMenu, "canvas.menu")
