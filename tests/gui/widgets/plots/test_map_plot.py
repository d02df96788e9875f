"""A plane of points: both axes at one scale, the picture the right way up, points by class."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from gui.widgets.plots.map_plot import MapPlot, class_colours

PLACES = np.array([[-1.0, 0.0], [1.0, 0.0], [1.0, 2.0]], np.float32)
CLASSES = np.array([0, 1, -1])


@pytest.fixture
def plane(qtbot: QtBot) -> MapPlot:
    made = MapPlot()
    qtbot.addWidget(made)
    made.resize(400, 240)
    made.show()
    made.set_points(PLACES, CLASSES, ("cat", "dog"))
    return made


def colour_at(plane: MapPlot, x: float, y: float, right: int = 0) -> QColor:
    place = plane.to_screen(x, y).toPoint() + QPoint(right, 0)
    return plane.grab().toImage().pixelColor(place)


def test_all_points_are_seen_at_one_scale(plane: MapPlot) -> None:
    inner = QRectF(plane.viewport().rect()).adjusted(4, 4, -4, -4)
    assert all(inner.contains(plane.to_screen(x, y)) for x, y in PLACES.tolist())
    across = plane.to_screen(1, 0).x() - plane.to_screen(0, 0).x()
    up = plane.to_screen(0, 0).y() - plane.to_screen(0, 1).y()
    assert across == pytest.approx(up)


def test_a_point_of_the_widget_is_a_place_of_the_plane_and_back(plane: MapPlot) -> None:
    assert plane.to_plane(plane.to_screen(0.25, -0.5)) == pytest.approx((0.25, -0.5))


def test_the_first_row_of_the_picture_is_the_uppermost(plane: MapPlot) -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0] = (250, 0, 0)
    plane.set_points(np.zeros((0, 2), np.float32), np.zeros(0, np.int64), ())
    plane.set_background(pixels, QRectF(-1, -1, 2, 2))
    assert colour_at(plane, 0.5, 0.5) == QColor(250, 0, 0)
    assert colour_at(plane, 0.5, -0.5) == QColor(0, 0, 0)
    plane.set_background(None)
    assert colour_at(plane, 0.5, 0.5) != QColor(250, 0, 0)


def test_a_field_is_dark_where_its_values_are_low(plane: MapPlot) -> None:
    plane.set_points(np.zeros((0, 2), np.float32), np.zeros(0, np.int64), ())
    plane.set_field(np.array([[1.0, 1.0], [0.0, 0.0]]), QRectF(-1, -1, 2, 2), (0.0, 1.0))
    upper, lower = colour_at(plane, 0.5, 0.5), colour_at(plane, 0.5, -0.5)
    assert upper.lightness() > 2 * lower.lightness()


def test_points_have_the_colour_of_their_class_and_can_be_hidden(plane: MapPlot) -> None:
    empty = colour_at(plane, 0.0, 0.9, right=3)
    plane.set_points(PLACES, CLASSES, ())  # without the labels over them
    seen = colour_at(plane, -1.0, 0.0)
    wanted = class_colours(1)[0]
    assert abs(seen.hue() - wanted.hue()) < 8
    plane.set_points_visible(False)
    assert colour_at(plane, -1.0, 0.01) in (empty, colour_at(plane, 3.0, 0.0))


def test_the_pointer_reads_the_place_and_the_class_there(plane: MapPlot) -> None:
    near = plane.read_at(QPointF(1.01, 0.0))
    assert near is not None
    assert near.text.startswith("1.01, 0: dog")
    assert plane.read_at(QPointF(0.0, 1.0)).text == "0, 1"  # type: ignore[union-attr]


def test_the_numbers_of_a_map_are_its_points(plane: MapPlot) -> None:
    columns, rows = plane.table()
    assert columns == ["class", "x", "y"]
    assert rows == [["cat", -1.0, 0.0], ["dog", 1.0, 0.0], ["", 1.0, 2.0]]


def test_a_double_click_shows_all_points_again(qtbot: QtBot, plane: MapPlot) -> None:
    whole = plane.view
    plane.zoom_in()
    assert plane.view.width() < whole.width()
    qtbot.mouseDClick(plane.viewport(), Qt.MouseButton.LeftButton)
    assert plane.view == whole


def test_arrows_are_drawn_from_place_to_place_with_barbs_at_their_ends(plane: MapPlot) -> None:
    starts, ends = np.array([[-0.5, 1.0]], np.float32), np.array([[0.5, 1.0]], np.float32)
    plane.set_arrows(starts, ends, QColor("#d01060"))
    assert colour_at(plane, 0.0, 1.0).hue() == pytest.approx(QColor("#d01060").hue(), abs=8)
    x, y = plane._arrows.getData()
    barbs = np.stack([x, y], axis=1).reshape(3, 2, 2)[1:, 0]  # where each begins
    assert barbs == pytest.approx(np.array([[0.2, 1.15], [0.2, 0.85]]), abs=1e-6)


def test_classes_are_named_on_a_map_that_was_empty_before(plane: MapPlot) -> None:
    positions, indices = plane.positions, plane.class_indices
    plane.set_points(np.zeros((0, 2), np.float32), np.zeros(0, np.int64), ())
    plane.set_empty_text("no codes yet")
    plane.set_points(positions, indices, ("a", "b", "c"))
    plane.set_empty_text("")
    assert plane._labels
    assert all(label.isVisible() for label in plane._labels)
