"""Many boxes are kept as they were drawn; what is seen is what drawing each anew would show."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from engine.api.annotations import Shape
from engine.api.pictures import Picture
from engine.api.traces import BoxesMark
from gui.document.picture_document import PictureDocument
from gui.theme import LIGHT
from gui.widgets.canvas import Canvas
from gui.widgets.canvas.box_overlay import BoxOverlay
from gui.widgets.canvas.box_painter import MANY, BoxStyle
from gui.widgets.canvas.box_set import BoxSet
from gui.widgets.canvas.frame import Frame, halo_of
from gui.widgets.canvas.view_transform import ViewTransform

VIEW = (240, 180)
SIDE = 1_000
GREY = 0xFF5A6470
COLOURS = np.array([0xFFE53935, 0xFF43A047, 0xFF1E88E5, 0xFF101010, 0xFFFDD835], np.uint32)


def crowd(count, seed=0):
    """Boxes (count, 4) all over the picture, a third of them with corners on whole pixels."""
    random = np.random.default_rng(seed)
    corners = random.uniform(-20, SIDE, (count, 2))
    boxes = np.concatenate([corners, corners + random.exponential(60, (count, 2))], axis=1)
    boxes[: count // 3] = np.rint(boxes[: count // 3])
    return boxes, COLOURS[random.integers(0, len(COLOURS), count)]


def blank():
    image = QImage(*VIEW, QImage.Format.Format_RGB32)
    image.fill(GREY)
    return image


def view_at(scale, x=0, y=0):
    return ViewTransform(*VIEW, SIDE, SIDE, scale, x, y, "free")


def painted(view, paint):
    image = blank()
    painter = QPainter(image)
    paint(Frame.of(painter, view, QFont(), LIGHT))
    painter.end()
    return pixels_of(image)


def pixels_of(image):
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1).copy()


def one_by_one(view, boxes, colours, style):
    """What is to be seen: colour after colour, box after box, each edge a filled rectangle."""
    image = blank()
    painter = QPainter(image)
    corners = np.floor(boxes * view.scale + 0.5).astype(int)
    corners += np.array([round(view.x), round(view.y)] * 2)
    near = QRect(QPoint(0, 0), image.size()).adjusted(-4, -4, 5, 5)
    in_view = [i for i, c in enumerate(corners.tolist()) if near.intersects(rectangle(*c))]
    line = 1 if len(in_view) > MANY else round(style.line_px)
    for colour in np.unique(colours).tolist():
        own = [corners[i].tolist() for i in in_view if colours[i] == colour]
        if style.has_halo and len(in_view) <= MANY:
            halo = halo_of(QColor.fromRgb(colour), is_opaque=len(in_view) > 60)
            for corner in own:
                outline(painter, corner, line + 2, halo)
        for corner in own:
            outline(painter, corner, line, QColor.fromRgb(colour))
    painter.end()
    return pixels_of(image)


def rectangle(left, top, right, bottom):
    return QRect(QPoint(left, top), QPoint(right, bottom))


def outline(painter, corner, line, colour):
    x1, y1, x2, y2 = corner
    near, far = -(line // 2), line - 1 - line // 2
    for y in (y1, y2):
        painter.fillRect(rectangle(x1 + near, y + near, x2 + far, y + far), colour)
    if y2 + near > y1 + far + 1:
        for x in (x1, x2):
            edge = rectangle(x + near, y1 + far + 1, x + far, y2 + near - 1)
            painter.fillRect(edge, colour)


@pytest.mark.parametrize(
    ("count", "scale", "style"),
    [
        (4_000, 0.15, BoxStyle()),  # thin lines, nearly all in view
        (4_000, 0.5, BoxStyle()),  # halves of pixels, fewer in view than get thin lines
        (4_000, 0.5, BoxStyle(line_px=3.0, has_halo=False)),
        (20, 0.7, BoxStyle(has_halo=False)),
    ],
)
def test_a_kept_crowd_looks_as_if_each_box_were_drawn_anew(qapp, count, scale, style):
    boxes, colours = crowd(count)
    box_set, overlay = BoxSet(boxes, colours), BoxOverlay()
    x, y = -60, -40
    for dx, dy in ((0, 0), (7, -4), (-1, 1), (0, 0), (0, 33), (-150, 0), (-400, 20), (3, 3)):
        x, y = x + dx, y + dy
        view = view_at(scale, x, y)
        seen = painted(view, lambda frame: overlay.paint(frame, box_set, style))
        assert np.array_equal(seen, one_by_one(view, boxes, colours, style)), (dx, dy)


moves = st.lists(
    st.tuples(
        st.sampled_from([0.12, 0.25, 0.5, 1.0, 1.7]),
        st.integers(-200, 60),
        st.integers(-200, 60),
        st.integers(0, 2),
    ),
    min_size=2,
    max_size=6,
)


@given(moves)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_walk_over_crowds_ends_in_the_picture_that_a_fresh_look_shows(qapp, walk):
    crowds = [BoxSet(*crowd(count, seed)) for seed, count in enumerate((600, 2_000, 5_000))]
    style, overlay = BoxStyle(is_dashed=True), BoxOverlay()
    for scale, x, y, which in walk:
        view = view_at(scale, x, y)
        seen = painted(view, partial(overlay.paint, boxes=crowds[which], style=style))
        fresh = painted(view, partial(BoxOverlay().paint, boxes=crowds[which], style=style))
        assert np.array_equal(seen, fresh)


def canvas_of(qtbot, shapes):
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    document = PictureDocument(None, shapes, parent=canvas)
    document.set_picture(Picture(np.full((SIDE, SIDE, 3), 90, np.uint8), None, "RGB"))
    canvas.set_document(document)
    canvas.show()
    canvas.zoom_to(0.4)
    return canvas


def seen_on(canvas):
    return pixels_of(canvas.grab().toImage())


def test_edits_selection_layers_and_pans_show_what_a_new_canvas_shows(qtbot):
    boxes, _ = crowd(2_000)
    shapes = tuple(
        Shape.box(f"class {i % 7}", *box) for i, box in enumerate(np.clip(boxes, 0, SIDE).tolist())
    )
    mark = BoxesMark(boxes[:700].astype(np.float32), "prediction")
    used = canvas_of(qtbot, shapes)
    steps = (
        lambda c: c.pan(11, -5),
        lambda c: c.document.select(range(0, 2_000, 3)),
        lambda c: c.document.remove(range(5)),
        lambda c: c.set_layer("found", [mark]),
        lambda c: c.pan(-40, 0),
        lambda c: c.document.select([]),
        lambda c: c.set_layer("found", [mark], opacity=0.5),
        lambda c: c.zoom_to(0.8),
        lambda c: c.set_shapes_visible(False),
        lambda c: c.pan(0, 21),
        lambda c: c.set_shapes_visible(True),
    )
    for number, step in enumerate(steps, start=1):
        step(used)
        seen_on(used)
        fresh = canvas_of(qtbot, shapes)
        for earlier in steps[:number]:
            earlier(fresh)
        assert np.array_equal(seen_on(used), seen_on(fresh)), number


def test_a_dragged_box_leaves_the_crowd_as_it_is_and_moves_itself(make_hand):
    shapes = [
        Shape.box("still", 4 * x, 3 * y, 4 * x + 3, 3 * y + 2) for x in range(60) for y in range(60)
    ]
    hand = make_hand(*shapes, Shape.box("moved", 300, 100, 350, 150))
    hand.document.select([len(shapes)])
    before = seen_on(hand.canvas)
    hand.press((325, 125))
    hand.move((345, 145), button=Qt.MouseButton.LeftButton)
    crowd_area = (slice(None), slice(0, int(hand.canvas.map_to_screen(200, 0).x())))
    during = seen_on(hand.canvas)
    assert np.array_equal(during[crowd_area], before[crowd_area])
    assert not np.array_equal(during, before)
    hand.release((345, 145))
    assert hand.document.shapes[-1].box_xyxy == (320, 120, 370, 170)
