"""Many boxes while a person pans and zooms: quick, never stale, and exact when it rests."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from engine.api.annotations import Shape
from engine.api.pictures import Picture
from engine.api.traces import BoxesMark
from gui.document.picture_document import PictureDocument
from gui.theme import THEME, class_colour
from gui.widgets.canvas import Canvas, kept_view

SIDE, VIEW = 900, (400, 300)
RED, BLUE = "first class", "second class"


def noise(seed=0):
    pixels = np.random.default_rng(seed).integers(0, 200, (SIDE, SIDE, 3), np.uint8)
    pixels[..., 1] = pixels[..., 0]  # no pixel has the colour of a class
    pixels[..., 2] = pixels[..., 0]
    return Picture(pixels, None, "RGB")


def crowd(count=3_000):
    """Boxes of two classes all over the picture but for a strip across its middle."""
    random = np.random.default_rng(1)
    corners = random.uniform(0, SIDE - 40, (count, 2))
    corners[:, 1] = np.where(corners[:, 1] > 350, corners[:, 1] / 2 + 430, corners[:, 1])
    boxes = np.concatenate([corners, corners + random.uniform(4, 40, (count, 2))], axis=1)
    return tuple(Shape.box((RED, BLUE)[row % 2], *box) for row, box in enumerate(boxes.tolist()))


@pytest.fixture
def make_canvas(qtbot):
    def make(shapes=None, picture=None):
        canvas = Canvas()
        qtbot.addWidget(canvas)
        canvas.resize(*VIEW)
        document = PictureDocument(None, crowd() if shapes is None else shapes, parent=canvas)
        document.set_picture(picture or noise())
        canvas.set_document(document)
        canvas.show()
        seen(canvas)
        return canvas

    return make


@pytest.fixture
def moving(monkeypatch, make_canvas):
    """Make a canvas in a gesture that does not end: what it shows is scaled from another zoom."""

    def make(shapes=None, picture=None):
        monkeypatch.setattr(kept_view, "REST_MS", 10**7)
        canvas = make_canvas(shapes, picture)
        move(canvas, [1.3, 1.2])
        assert not canvas.is_sharp
        return canvas

    return make


def seen(canvas):
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    words = np.frombuffer(image.constBits(), np.uint32)
    return words.reshape(image.height(), image.width()).copy()


def directly(canvas):
    """What is seen when picture and boxes are painted anew, nothing kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_view, "CROWD_FROM", 10**9)
        return seen(canvas)


def has_colour_of(canvas, label):
    return bool((seen(canvas) == np.uint32(class_colour(label).rgb())).any())


def rests(canvas):
    """Paint as the screen would; nothing better is to come."""
    seen(canvas)
    return canvas.is_sharp


gestures = st.lists(
    st.one_of(
        st.floats(0.6, 1.6),
        st.tuples(st.integers(-90, 90), st.integers(-70, 70)),
    ),
    min_size=1,
    max_size=6,
)


def move(canvas, gesture):
    """Zoom by each number, pan by each pair."""
    for amount in gesture:
        canvas.pan(*amount) if isinstance(amount, tuple) else canvas.zoom_to(canvas.scale * amount)
        seen(canvas)


@given(gestures)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_after_any_gesture_the_canvas_shows_what_a_direct_painting_shows(
    qtbot, make_canvas, gesture
):
    canvas = make_canvas()
    move(canvas, gesture)
    qtbot.waitUntil(lambda: rests(canvas))
    assert np.array_equal(seen(canvas), directly(canvas))


@given(gestures)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_in_the_middle_of_a_gesture_everything_is_in_its_place(moving, gesture):
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[300:600, 300:600] = 255
    shapes = [Shape.box(RED, 440 + i % 9, 440 + i % 7, 450, 450) for i in range(400)]
    canvas = moving(shapes, Picture(pixels, None, "RGB"))
    move(canvas, gesture)
    rows, columns = np.nonzero((seen(canvas) & 128) != (directly(canvas) & 128))
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        edges = ((300, 300, 600, 600), (0, 0, SIDE, SIDE))
        is_edge = any(near_edge(canvas, each, column, row) for each in edges)
        assert is_edge or near(canvas, (440, 440, 450, 450), column, row)


def near(canvas, box, column, row):
    """Whether a pixel of the view is in a box of the picture, or of its line and halo."""
    low, high = canvas.map_to_screen(*box[:2]), canvas.map_to_screen(*box[2:])
    is_between = low.x() - 6 <= column <= high.x() + 6
    return is_between and low.y() - 6 <= row <= high.y() + 6


def near_edge(canvas, box, column, row):
    low, high = canvas.map_to_screen(*box[:2]), canvas.map_to_screen(*box[2:])
    away = [abs(column - low.x()), abs(column - high.x()), abs(row - low.y()), abs(row - high.y())]
    return min(away) <= 3


def test_the_screen_is_asked_for_the_exact_view_when_the_gesture_rests(qtbot, moving):
    canvas = moving()
    with qtbot.waitSignal(canvas._painter.kept.redraw_wanted):
        canvas._painter.kept._rest.start(0)
    assert np.array_equal(seen(canvas), directly(canvas))


def test_a_zoom_after_a_rest_is_exact_at_once(qtbot, make_canvas):
    canvas = make_canvas()
    qtbot.waitUntil(lambda: not canvas._painter.kept._rest.isActive())
    canvas.zoom_to(canvas.scale * 1.3)
    assert np.array_equal(seen(canvas), directly(canvas))


def test_no_removed_box_is_seen_in_the_middle_of_a_gesture(moving):
    canvas = moving()
    canvas.document.remove(range(0, len(crowd()), 2))
    assert np.array_equal(seen(canvas), directly(canvas))
    assert not has_colour_of(canvas, RED)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.document.change({0: Shape.box(BLUE, 100, 100, 500, 500)}),
        lambda c: c.document.add([Shape.box(RED, 10, 10, 800, 800)]),
        lambda c: c.document.select(range(0, 3_000, 3)),
        lambda c: c.document.undo_stack.undo(),
        lambda c: c.document.set_picture(noise(seed=5)),
        lambda c: c.set_shapes_visible(False),
        lambda c: c.set_layer(
            "found", [BoxesMark(np.array([[5, 5, 700, 700]], np.float32), "kept")]
        ),
    ],
    ids=["label", "new box", "selection", "undo", "picture", "hidden", "layer"],
)
def test_a_change_in_the_middle_of_a_gesture_is_exact_at_once(moving, change):
    canvas = moving()
    canvas.document.remove([0])
    move(canvas, [1.2])
    change(canvas)
    assert np.array_equal(seen(canvas), directly(canvas))


def test_the_other_theme_is_seen_at_once(moving):
    canvas = moving()
    move(canvas, [0.7, 0.8])
    before = THEME.is_dark
    try:
        for name in ("light", "dark"):
            THEME.use(name)
            assert seen(canvas)[2, 2] == np.uint32(QColor(THEME.tokens.canvas).rgb())
    finally:
        THEME.use("dark" if before else "light")


def test_a_dragged_box_follows_the_mouse_above_a_crowd_that_is_scaled(monkeypatch, make_hand):
    monkeypatch.setattr(kept_view, "REST_MS", 10**7)
    shapes = (*crowd(), Shape.box("dragged", 400, 400, 500, 460))
    hand = make_hand(*shapes, picture=noise(), scale=0.8)
    hand.document.select([len(crowd())])
    move(hand.canvas, [1.1, (5, 5), 1.1])
    assert not hand.canvas.is_sharp
    hand.press((450, 430))
    hand.move((490, 430), button=Qt.MouseButton.LeftButton)
    for corner in ((440, 400), (540, 400)):
        assert hand.colour(corner) == QColor("white")  # a handle
    assert not hand.canvas.is_sharp
    hand.release((490, 430))
    assert hand.boxes()[-1] == pytest.approx((440, 400, 540, 460), abs=1)
