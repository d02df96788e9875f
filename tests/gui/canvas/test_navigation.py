"""Zooming and panning by mouse, wheel, trackpad and pinch; the line about the pixel."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture

from engine.api.pictures import Picture
from gui.document.picture_document import PictureDocument

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def noise(width, height):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return Picture(pixels, None, "RGB")


def centre_of_pixel(hand, x, y):
    return hand.canvas.map_to_screen(x + 0.5, y + 0.5)


@pytest.mark.parametrize("notches", [1, -1, 3.5, 8])
def test_the_wheel_keeps_the_pixel_under_the_pointer(make_hand, notches):
    hand = make_hand(picture=noise(400, 300))
    before = centre_of_pixel(hand, 312, 88)
    hand.wheel((312.5, 88.5), notches)
    place = hand.canvas.map_to_picture(QPointF(before.toPoint()))
    assert (int(place.x()), int(place.y())) == (312, 88)


def test_a_wheel_notch_in_and_out_comes_back(hand):
    before = hand.canvas.picture_rect()
    hand.wheel((100, 100), 1)
    assert hand.canvas.scale == pytest.approx(2.5)
    hand.wheel((100, 100), -1)
    assert hand.canvas.picture_rect().topLeft().toTuple() == pytest.approx(
        before.topLeft().toTuple(), abs=1
    )


def test_zoom_ends_at_one_and_at_3200_percent_and_is_told(hand):
    told = []
    hand.canvas.zoom_changed.connect(told.append)
    hand.wheel((200, 150), 100)
    assert hand.canvas.scale == 32
    hand.wheel((200, 150), -100)
    assert hand.canvas.scale == 0.01
    assert told == [32, 0.01]


def test_a_wheel_that_scrolls_zooms_with_control_and_goes_sideways_with_shift(hand):
    hand.canvas.set_wheel_zooms(False)
    start = hand.canvas.picture_rect()
    hand.wheel((200, 150), 1)
    down = hand.canvas.picture_rect()
    assert (down.x(), down.y()) == (start.x(), start.y() + 64)
    hand.wheel((200, 150), 1, SHIFT)
    assert hand.canvas.picture_rect().x() == start.x() + 64
    assert hand.canvas.scale == 2
    hand.wheel((200, 150), 1, CONTROL)
    assert hand.canvas.scale == 2.5


def test_two_fingers_on_a_trackpad_scroll_by_their_pixels(hand):
    start = hand.canvas.picture_rect()
    hand.wheel((200, 150), 0.2, pixels=QPoint(-13, 7))
    moved = hand.canvas.picture_rect()
    assert (moved.x() - start.x(), moved.y() - start.y()) == (-13, 7)
    assert hand.canvas.scale == 2


def test_a_trackpad_pinch_zooms_at_the_fingers(hand):
    before = centre_of_pixel(hand, 120, 80)
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        before,
        before,
        hand.canvas.mapToGlobal(before),
        0.5,
        QPointF(),
    )
    QApplication.sendEvent(hand.canvas, event)
    assert hand.canvas.scale == 3
    after = centre_of_pixel(hand, 120, 80)
    assert after.toTuple() == pytest.approx(before.toTuple())


def test_a_pinch_on_a_touch_screen_zooms_and_follows_the_fingers(hand):
    pinch = QPinchGesture()
    corner = hand.canvas.mapToGlobal(QPointF(0, 0))
    pinch.setLastCenterPoint(hand.canvas.map_to_screen(100, 100) + corner)
    pinch.setCenterPoint(hand.canvas.map_to_screen(110, 100) + corner)
    pinch.setScaleFactor(1.5)
    fingers = hand.canvas.map_to_screen(110, 100)
    hand.canvas.event(QGestureEvent([pinch]))
    assert hand.canvas.scale == 3
    under = hand.canvas.map_to_picture(fingers)
    assert (under.x(), under.y()) == pytest.approx((100, 100))


def test_the_middle_button_pans_in_every_tool_without_drawing(hand):
    for tool in ("select", "box", "polygon"):
        hand.canvas.set_tool(tool)
        before = hand.canvas.picture_rect()
        hand.drag((100, 100), (120, 90), button=Qt.MouseButton.MiddleButton)
        after = hand.canvas.picture_rect()
        assert (after.x() - before.x(), after.y() - before.y()) == (40, -20)
    assert hand.document.shapes == ()


def test_space_and_drag_pan_while_drawing_a_box_by_clicks(hand):
    hand.canvas.set_tool("box")
    hand.click((50, 50))
    QTest.keyPress(hand.canvas, Qt.Key.Key_Space)
    assert hand.canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    hand.drag((100, 100), (110, 110))
    QTest.keyRelease(hand.canvas, Qt.Key.Key_Space)
    hand.click((150, 120))
    assert hand.boxes() == [pytest.approx((50, 50, 150, 120))]


def test_the_picture_never_gets_out_of_reach(hand):
    hand.canvas.pan(-1e6, 1e6)
    visible = hand.canvas.picture_rect().intersected(hand.canvas.rect().toRectF())
    assert min(visible.width(), visible.height()) >= 40


def test_fit_follows_the_size_of_the_widget_until_the_person_zooms(hand):
    hand.canvas.fit()
    for width, height in ((500, 600), (900, 400)):
        hand.canvas.resize(width, height)
        area = hand.canvas.picture_rect()
        assert area.width() == pytest.approx(min(width - 16, (height - 16) * 4 / 3))
        assert area.center().toTuple() == pytest.approx((width / 2, height / 2))
    hand.canvas.zoom_to(1)
    hand.canvas.resize(700, 700)
    assert hand.canvas.scale == 1


def test_fit_width(hand):
    hand.canvas.resize(1016, 300)
    hand.canvas.fit_width()
    assert hand.canvas.picture_rect().getRect()[:3] == pytest.approx((8, 8, 1000))


def test_a_picture_of_equal_size_is_seen_where_the_last_one_was(hand):
    hand.canvas.zoom_to(3)
    hand.canvas.pan(5, 9)
    before = hand.canvas.picture_rect()
    for picture in (None, noise(400, 300)):
        other = PictureDocument(None, parent=hand.canvas)
        other.set_picture(picture)
        hand.canvas.set_document(other)
    assert hand.canvas.picture_rect() == before
    hand.canvas.set_picture(noise(200, 100))
    assert hand.canvas.picture_rect().center().toTuple() == pytest.approx((420, 320))


@pytest.mark.parametrize("box", [(390, 290, 399, 299), (0, 0, 400, 300), (10, 10, 12, 11)])
def test_show_region_makes_a_box_comfortably_visible(hand, box):
    hand.canvas.zoom_to(20)
    hand.canvas.show_region(box)
    top_left, bottom_right = (
        hand.canvas.map_to_screen(*box[:2]),
        hand.canvas.map_to_screen(*box[2:]),
    )
    assert 0 <= top_left.x() < bottom_right.x() <= 840
    assert 0 <= top_left.y() < bottom_right.y() <= 640
    longer = max(bottom_right.x() - top_left.x(), bottom_right.y() - top_left.y())
    assert longer >= 16


def test_show_region_leaves_a_view_alone_that_shows_it_already(hand):
    before = hand.canvas.picture_rect()
    hand.canvas.show_region((150, 100, 250, 200))
    assert hand.canvas.picture_rect() == before


def test_the_readout_names_pixel_and_value_and_is_empty_outside(make_hand):
    picture = noise(400, 300)
    hand = make_hand(picture=picture)
    told = []
    hand.canvas.pointer_moved.connect(told.append)
    hand.move((312.5, 88.5))
    red, green, blue = picture.pixels[88, 312]
    assert told[-1] == f"x 312, y 88 | RGB {red} {green} {blue}"
    hand.move((405, 20))
    assert told[-1] == ""
    hand.move((312.5, 88.5))
    QApplication.sendEvent(hand.canvas, QEvent(QEvent.Type.Leave))
    assert told[-1] == ""


def test_the_readout_adds_the_files_own_value(make_hand):
    deep = np.full((300, 400), 4711, np.uint16)
    picture = Picture(np.zeros((300, 400, 3), np.uint8), None, "grey 16-bit", deep)
    hand = make_hand(picture=picture)
    told = []
    hand.canvas.pointer_moved.connect(told.append)
    hand.move((10.5, 10.5))
    assert told[-1] == "x 10, y 10 | RGB 0 0 0 | stored 4711"


def test_the_readout_follows_a_live_picture_under_a_still_pointer(hand):
    told = []
    hand.canvas.pointer_moved.connect(told.append)
    hand.move((10.5, 10.5))
    hand.canvas.set_picture(Picture(np.full((300, 400, 3), 7, np.uint8), None, "RGB"))
    assert told[-1] == "x 10, y 10 | RGB 7 7 7"


def test_a_canvas_without_a_picture_bears_every_event(hand):
    hand.canvas.set_document(None)
    hand.canvas.set_tool("polygon")
    hand.drag((10, 10), (50, 50))
    hand.wheel((10, 10), 1)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_A, Qt.Key.Key_Left):
        hand.key(key)
    hand.canvas.fit()
    hand.canvas.show_region((0, 0, 10, 10))
    assert not hand.canvas.grab().isNull()
