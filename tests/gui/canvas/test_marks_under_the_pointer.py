"""Hovering and clicking what layers show."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication

from engine.api.annotations import Shape
from engine.api.traces import BoxesMark, PolygonsMark

BOXES = BoxesMark(np.array([[20, 20, 200, 200], [50, 50, 100, 100]], np.float32), "kept")
TRIANGLE = PolygonsMark((np.array([[60, 60], [80, 60], [60, 80]], np.float32),), "prediction")


@pytest.fixture
def heard(make_hand):
    hand = make_hand()
    hand.clicked, hand.hovered = [], []
    hand.canvas.mark_clicked.connect(lambda *place: hand.clicked.append(place))
    hand.canvas.mark_hovered.connect(lambda *place: hand.hovered.append(place))
    return hand


def test_a_click_names_layer_mark_and_item_smallest_first(heard):
    heard.canvas.set_layer("boxes", [BOXES])
    heard.canvas.set_layer("more", [BOXES, TRIANGLE])
    heard.click((65, 65))
    heard.click((90, 90))
    heard.click((180, 30))
    heard.click((300, 250))
    assert heard.clicked == [("more", 1, 0), ("more", 0, 1), ("more", 0, 0)]


def test_hovering_is_told_once_and_ends_with_minus_one(heard):
    heard.canvas.set_layer("boxes", [BOXES])
    for point in ((90, 90), (92, 92), (150, 150), (300, 250), (301, 250)):
        heard.move(point)
    assert heard.hovered == [("boxes", 0, 1), ("boxes", 0, 0), ("", -1, -1)]
    heard.move((90, 90))
    QApplication.sendEvent(heard.canvas, QEvent(QEvent.Type.Leave))
    assert heard.hovered[-1] == ("", -1, -1)


def test_hidden_and_removed_layers_are_not_hit(heard):
    heard.canvas.set_layer("boxes", [BOXES], visible=False)
    heard.click((90, 90))
    heard.canvas.set_layer("boxes", [BOXES])
    heard.canvas.remove_layer("boxes")
    heard.click((90, 90))
    assert heard.clicked == []


def test_of_a_shape_and_a_mark_the_smaller_one_is_clicked(make_hand):
    hand = make_hand(Shape.box("a", 40, 40, 120, 120))
    clicked = []
    hand.canvas.mark_clicked.connect(lambda *place: clicked.append(place))
    hand.canvas.set_layer("boxes", [BOXES])
    hand.click((90, 90))
    assert clicked == [("boxes", 0, 1)]
    assert hand.document.selection == set()
    hand.click((110, 110))
    assert hand.document.selection == {0}
    assert len(clicked) == 1
    hand.drag((90, 90), (100, 95))
    assert hand.boxes() == [pytest.approx((50, 45, 130, 125))]


def test_tab_goes_through_shapes_and_marks_alike(make_hand):
    hand = make_hand(Shape.box("a", 40, 40, 120, 120))
    clicked = []
    hand.canvas.mark_clicked.connect(lambda *place: clicked.append(place))
    hand.canvas.set_layer("boxes", [BOXES])
    hand.move((90, 90))
    order = []
    for _ in range(4):
        hand.key(Qt.Key.Key_Tab)
        order.append(set(hand.document.selection) or clicked[-1])
    first, second = ("boxes", 0, 1), ("boxes", 0, 0)
    assert order in ([first, {0}, second, first], [{0}, second, first, {0}])


def test_marks_can_be_clicked_where_shapes_may_not_be_changed(heard):
    heard.canvas.set_editable(False)
    heard.canvas.set_layer("boxes", [BOXES])
    heard.click((90, 90))
    assert heard.clicked == [("boxes", 0, 1)]


def test_replacing_a_layer_forgets_a_hovered_item_that_is_gone(heard):
    heard.canvas.set_layer("boxes", [BOXES])
    heard.move((90, 90))
    heard.canvas.set_layer("boxes", [])
    heard.canvas.repaint()
    assert not heard.canvas._logged
