"""What is painted where, in which colour."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from engine.api.annotations import Shape
from engine.api.pictures import Picture
from engine.api.traces import (
    ArrowsMark,
    BoxesMark,
    GridMark,
    HeatMark,
    ImageMark,
    MaskMark,
    PolygonsMark,
)
from gui.theme import THEME, class_colour, role_colour
from gui.widgets.canvas.colour_maps import colour_heat, faded, heat_table
from tests.patient_bot import WAIT_S

GREY = QColor(100, 100, 100)


def boxes(*corners):
    return np.array(corners, np.float32)


def near(colour, wanted, slack=3):
    return all(
        abs(a - b) <= slack
        for a, b in zip(colour.getRgb()[:3], QColor(wanted).getRgb()[:3], strict=True)
    )


def test_a_picture_is_painted_pixel_for_pixel_at_100_percent(make_hand):
    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    hand = make_hand(picture=Picture(pixels, None, "RGB"), scale=1.0)
    image = hand.canvas.grab().toImage()
    area = hand.canvas.picture_rect().toRect()
    for y, x in ((0, 0), (59, 79), (30, 41)):
        painted = image.pixelColor(area.x() + x, area.y() + y)
        assert painted.getRgb()[:3] == tuple(pixels[y, x])


@pytest.mark.parametrize("scale", [3.0, 5.3, 8.0, 32.0])
def test_magnified_pixels_are_not_smoothed(make_hand, scale):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 9, 3), np.uint8)
    hand = make_hand(picture=Picture(pixels, None, "RGB"), scale=scale)
    for y in range(9):
        for x in range(9):
            for at in (0.3, 0.5, 0.7):
                assert hand.colour((x + at, y + at)).getRgb()[:3] == tuple(pixels[y, x])


def test_from_800_percent_a_grid_lies_between_the_pixels(make_hand):
    hand = make_hand(picture=Picture(np.zeros((20, 20, 3), np.uint8), None, "RGB"), scale=10.0)
    assert hand.colour((5, 5.5)).red() > 30
    assert hand.colour((5.5, 7)).red() > 30
    assert hand.colour((5.5, 5.5)).red() == 0
    hand.canvas.zoom_to(7.0)
    hand.canvas.fit()
    hand.canvas.zoom_to(7.0)
    assert hand.colour((5, 5.5)).red() == 0


@pytest.mark.parametrize("role", ["candidate", "current", "kept", "truth", "neutral"])
def test_boxes_have_the_colour_of_their_role_and_leave_the_rest_alone(hand, role):
    hand.canvas.set_layer("a", [BoxesMark(boxes((50, 50, 150, 120)), role)])
    for point in ((100, 50), (100, 120), (50, 90), (150, 90)):
        assert near(hand.colour(point), role_colour(role))
    assert near(hand.colour((200, 200)), GREY)
    if role != "current":  # which is filled
        assert near(hand.colour((100, 90)), GREY)


def test_labels_give_boxes_the_colour_of_their_class(hand):
    mark = BoxesMark(boxes((50, 50, 100, 100), (200, 50, 250, 100)), "kept", (), ("cat", "dog"))
    hand.canvas.set_layer("a", [mark])
    assert near(hand.colour((75, 50)), class_colour("cat"))
    assert near(hand.colour((225, 50)), class_colour("dog"))


def coverage(hand, colour):
    """Which share of the box's upper edge has its colour."""
    image = hand.canvas.grab().toImage()
    start, end = hand.canvas.map_to_screen(60, 50), hand.canvas.map_to_screen(140, 50)
    xs = range(int(start.x()), int(end.x()))
    hits = [near(image.pixelColor(x, round(start.y())), colour) for x in xs]
    return sum(hits) / len(hits)


def test_predictions_are_dashed_truth_is_solid_and_a_layer_can_dash_anything(hand):
    for role, is_dashed, share in (
        ("truth", False, 1.0),
        ("prediction", False, 0.58),
        ("truth", True, 0.58),
    ):
        hand.canvas.set_layer("a", [BoxesMark(boxes((50, 50, 150, 120)), role)], dashed=is_dashed)
        assert coverage(hand, role_colour(role)) == pytest.approx(share, abs=0.06)


def test_removed_boxes_are_dimmed(hand):
    hand.canvas.set_layer("a", [BoxesMark(boxes((50, 50, 150, 120)), "removed")])
    colour = hand.colour((100, 50))
    assert not near(colour, role_colour("removed"), 20)
    assert not near(colour, GREY, 20)


def test_a_caption_is_light_on_a_dark_plate_inside_the_view(hand):
    hand.canvas.zoom_to(2.0)
    hand.canvas.set_layer("a", [BoxesMark(boxes((100, 100, 150, 150)), "kept", ("person 0.9",))])
    image = hand.canvas.grab().toImage()
    corner = hand.canvas.map_to_screen(100, 100).toPoint()
    plate = [
        image.pixelColor(x, y).lightness()
        for x in range(corner.x() + 4, corner.x() + 60)
        for y in range(corner.y() - 14, corner.y() - 4)
    ]
    assert min(plate) < 60
    assert max(plate) > 200


def test_polygons_are_outlined_and_lightly_filled(hand):
    triangle = np.array([[50, 50], [150, 50], [50, 150]], np.float32)
    hand.canvas.set_layer("a", [PolygonsMark((triangle,), "kept")])
    assert near(hand.colour((100, 50)), role_colour("kept"), 12)
    inside, outside = hand.colour((70, 80)), hand.colour((140, 140))
    assert near(outside, GREY)
    assert inside.green() > inside.red()


def test_an_image_fills_its_extent_and_opacity_mixes(hand):
    mark = ImageMark(np.full((4, 4, 3), 200, np.uint8), (50, 50, 150, 150))
    hand.canvas.set_layer("a", [mark])
    assert near(hand.colour((100, 100)), QColor(200, 200, 200))
    assert near(hand.colour((49, 100)), GREY)
    hand.canvas.set_layer("a", [mark], opacity=0.5)
    assert near(hand.colour((100, 100)), QColor(150, 150, 150))


def test_a_heat_map_goes_from_dark_to_light_and_leaves_gaps_clear(hand):
    values = np.array([[0.0, 5.0], [np.nan, 10.0]], np.float32)
    hand.canvas.set_layer("a", [HeatMark(values, (0, 0, 400, 300))])
    table = heat_table()
    assert near(hand.colour((100, 75)), QColor.fromRgb(int(table[0])))
    assert near(hand.colour((300, 225)), QColor.fromRgb(int(table[255])))
    assert near(hand.colour((300, 75)), QColor.fromRgb(int(table[127])), 4)
    assert near(hand.colour((100, 225)), GREY)


def test_a_mask_has_the_colours_of_its_classes_and_255_is_clear(hand):
    indices = np.array([[0, 1], [255, 1]], np.uint8)
    hand.canvas.set_layer("a", [MaskMark(indices, ("road", "sky"), (0, 0, 400, 300))])
    assert near(hand.colour((100, 75)), class_colour("road"))
    assert near(hand.colour((300, 75)), class_colour("sky"))
    assert near(hand.colour((100, 225)), GREY)
    hand.canvas.set_layer("a", hand_marks(indices), opacity=0.5)
    mixed = [(a + 100) // 2 for a in class_colour("road").getRgb()[:3]]
    assert near(hand.colour((100, 75)), QColor(*mixed))


def hand_marks(indices):
    return [MaskMark(indices, ("road", "sky"), (0, 0, 400, 300))]


def test_a_mask_of_many_megapixels_is_painted_right_at_every_zoom(make_hand):
    indices = np.full((3_000, 4_000), 255, np.uint8)
    indices[1_000:1_100, 2_000:2_100] = 1
    picture = Picture(np.full((3_000, 4_000, 3), 100, np.uint8), None, "RGB")
    hand = make_hand(picture=picture, scale=0.2)
    mark = MaskMark(indices, ("road", "sky"), (0, 0, 4_000, 3_000))
    hand.canvas.set_layer("a", [mark])
    for scale in (0.2, 0.9, 4.0):
        hand.canvas.show_region((2_000, 1_000, 2_100, 1_100))
        hand.canvas.zoom_to(scale)
        assert near(hand.colour((2_050, 1_050)), class_colour("sky"))
        assert near(hand.colour((1_985, 1_050)), GREY)


def test_a_grid_cuts_its_extent(hand):
    hand.canvas.set_layer("a", [GridMark((100, 100, 200, 200), 2, 4, "kept")])
    for point in ((100, 150), (125, 130), (150, 130), (200, 130), (110, 150), (110, 200)):
        assert near(hand.colour(point), role_colour("kept"), 6)
    assert near(hand.colour((112, 130)), GREY)
    assert near(hand.colour((220, 130)), GREY)


def test_an_arrow_has_its_head_at_the_end(hand):
    start, end = np.array([[50.0, 100.0]]), np.array([[150.0, 100.0]])
    hand.canvas.set_layer("a", [ArrowsMark(start, end, "kept")])
    assert hand.colour((100, 100)).green() > 130
    assert not near(hand.colour((147.5, 101.6)), GREY, 20)
    assert near(hand.colour((52, 102.5)), GREY)


def test_shapes_have_the_colour_of_their_class_and_lie_above_layers(make_hand):
    hand = make_hand(Shape.box("cat", 50, 50, 150, 120))
    white = ImageMark(np.full((2, 2, 3), 255, np.uint8), (0, 0, 400, 300))
    hand.canvas.set_layer("a", [white])
    assert near(hand.colour((100, 50)), class_colour("cat"))


def test_later_layers_cover_earlier_ones_and_removing_uncovers(hand):
    hand.canvas.set_layer("a", [ImageMark(np.full((2, 2, 3), 10, np.uint8), (0, 0, 400, 300))])
    hand.canvas.set_layer("b", [ImageMark(np.full((2, 2, 3), 90, np.uint8), (0, 0, 400, 300))])
    hand.canvas.set_layer("a", [ImageMark(np.full((2, 2, 3), 20, np.uint8), (0, 0, 400, 300))])
    assert hand.colour((100, 100)).red() == 90
    hand.canvas.remove_layer("b")
    assert hand.colour((100, 100)).red() == 20
    hand.canvas.set_layer("a", [], visible=False)
    hand.canvas.remove_layer("a")
    assert hand.colour((100, 100)).red() == 100


def test_a_highlight_fills_one_item_and_minus_one_ends_it(hand):
    hand.canvas.set_layer("a", [BoxesMark(boxes((50, 50, 90, 90), (150, 50, 190, 90)), "kept")])
    hand.canvas.set_highlight("a", 0, 1)
    assert near(hand.colour((70, 70)), GREY)
    assert not near(hand.colour((170, 70)), GREY, 8)
    hand.canvas.set_highlight("a", -1, -1)
    assert near(hand.colour((170, 70)), GREY)


def test_a_selected_box_has_white_handles(make_hand):
    hand = make_hand(Shape.box("cat", 50, 50, 150, 120))
    hand.document.select([0])
    for point in ((50, 50), (100, 50), (150, 85), (100, 120)):
        assert near(hand.colour(point), QColor("white"))


def test_ten_thousand_boxes_are_all_painted(make_hand):
    xs, ys = np.meshgrid(np.arange(100) * 4, np.arange(100) * 3)
    corners = np.stack([xs, ys, xs + 2, ys + 2], axis=2).reshape(-1, 4)
    hand = make_hand(*(Shape.box("a", *corner) for corner in corners.astype(float).tolist()))
    image = hand.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    words = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    is_class = words == class_colour("a").rgb()
    area = hand.canvas.picture_rect()
    for x, y in ((0, 0), (396, 297), (200, 150)):
        column, row = int(area.x()) + 2 * x, int(area.y()) + 2 * y
        assert is_class[row : row + 6, column : column + 6].any()
    assert is_class.sum() > 10_000 * 8


def test_no_picture_shows_the_placeholder_in_both_themes(hand):
    hand.canvas.set_document(None)
    for theme in ("light", "dark"):
        THEME.use(theme)
        hand.canvas.set_placeholder("Nothing here", "Open something.")
        image = hand.canvas.grab().toImage()
        assert image.pixelColor(2, 2) == QColor(THEME.tokens.canvas)
        row = [image.pixelColor(x, y) for x in range(300, 540, 2) for y in range(290, 350, 2)]
        assert any(near(colour, THEME.tokens.text, 60) for colour in row)
    THEME.use("light")


def test_a_bug_while_painting_is_logged_once_and_the_canvas_lives_on(hand, caplog, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("drawn badly")

    with caplog.at_level(logging.ERROR), monkeypatch.context() as patch:
        patch.setattr(hand.canvas._stage.layers, "paint", broken)
        for _ in range(3):
            hand.canvas.repaint()
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]
    hand.canvas.set_layer("a", [BoxesMark(boxes((50, 50, 150, 120)), "kept")])
    assert near(hand.colour((100, 50)), role_colour("kept"))


def test_degenerate_marks_are_borne(hand):
    empty = np.empty((0, 4), np.float32)
    hand.canvas.set_layer(
        "a",
        [
            BoxesMark(empty, "kept"),
            BoxesMark(boxes((np.nan, 0, 1, 1), (5, 5, 5, 5), (-1e9, -1e9, 1e9, 1e9)), "kept"),
            PolygonsMark((), "kept"),
            PolygonsMark((np.empty((0, 2), np.float32), np.ones((1, 2), np.float32)), "kept"),
            HeatMark(np.full((3, 3), np.nan, np.float32), (0, 0, 10, 10)),
            HeatMark(np.full((3, 3), np.inf, np.float32), (0, 0, 10, 10)),
            MaskMark(np.zeros((2, 2), np.uint8), (), (0, 0, 10, 10)),
            MaskMark(np.zeros((2, 2), np.uint8), ("a",), (5, 5, 5, 5)),
            GridMark((0, 0, 10, 10), 0, 0),
            GridMark((0, 0, 400, 300), 100_000, 100_000),
            ArrowsMark(np.empty((0, 2)), np.empty((0, 2))),
            ArrowsMark(np.ones((1, 2)), np.ones((1, 2))),
        ],
    )
    hand.move((5, 5))
    hand.canvas.repaint()
    assert not hand.canvas._logged


def test_heat_colours_rise_evenly_in_lightness():
    words = heat_table()[:256].astype(np.int64)
    channels = np.stack([words >> 16 & 255, words >> 8 & 255, words & 255], axis=1) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    lightness = 116 * np.cbrt(np.maximum(luminance, 0.0089)) - 16
    steps = np.diff(lightness)
    assert (steps > -0.05).all()
    assert lightness[255] - lightness[0] > 70
    assert np.abs(lightness - np.linspace(lightness[0], lightness[255], 256)).max() < 4


def test_fading_multiplies_every_byte():
    random = np.random.default_rng(0)
    colours = random.integers(0, 2**32, 1000, np.uint32)
    mixed = faded(colours, 0.3).view(np.uint8).astype(int)
    assert np.abs(mixed - colours.view(np.uint8) * 0.3).max() <= 1.5


def test_constant_and_infinite_heat_have_a_colour():
    assert (colour_heat(np.full((2, 2), 3.0), 3.0, 3.0) == heat_table()[0]).all()
    ends = colour_heat(np.array([[-np.inf, np.inf]]), 0.0, 1.0)
    assert ends.tolist() == [[heat_table()[0], heat_table()[255]]]


PROGRAM = """
import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from engine.api.pictures import Picture
from gui.document.picture_document import PictureDocument
from gui.theme import class_colour
from gui.widgets.canvas import Canvas

app = QApplication([])
canvas = Canvas()
canvas.resize(420, 320)
document = PictureDocument(None)
document.set_picture(Picture(np.full((300, 400, 3), 100, np.uint8), None, "RGB"))
canvas.set_document(document)
canvas.show()
canvas.zoom_to(1.0)
canvas.set_tool("box")
for action, point in (("Press", (50, 40)), ("Move", (150, 120)), ("Release", (150, 120))):
    place = canvas.map_to_screen(*point).toPoint()
    if action == "Move":
        QTest.mouseMove(canvas, place)
    else:
        getattr(QTest, "mouse" + action)(canvas, Qt.LeftButton, Qt.NoModifier, place)
assert document.shapes[0].box_xyxy == (50, 40, 150, 120), document.shapes
document.select([])
canvas.set_tool("select")
QTest.mouseMove(canvas, canvas.map_to_screen(380, 280).toPoint())
image = canvas.grab().toImage()
assert image.devicePixelRatio() == 2, image.devicePixelRatio()
x, y = (round(value * 2) for value in canvas.map_to_screen(100, 40).toTuple())
line = [image.pixelColor(x, y + d).rgb() == class_colour("object").rgb() for d in range(-3, 4)]
assert line == [False, True, True, True, True, False, False], line
print("exact")
"""


def test_on_a_screen_of_200_percent_lines_and_coordinates_are_exact():
    environment = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen"}
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[3],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=5 * WAIT_S,
    )
    assert result.stdout.strip() == "exact", result.stderr
