"""Curves drawn by the plot library: looked at closer, read out, used by keys, gone when closed."""

from __future__ import annotations

import weakref
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.theme import DARK, LIGHT, THEME, plot_role_colour
from gui.widgets.plots.curves import Curve, CurvePlot
from tests.gui.hands import drag_over, point_at

X = np.arange(101.0)
RISE = Curve("rise", X, X / 100, partial(plot_role_colour, "removed"))
FALL = Curve("fall", X[::10], 1 - X[::10] / 100, partial(plot_role_colour, "kept"), "dashed")
DOTS = Curve("dots", np.array([0.0, 50.0]), np.array([0.0, 1.0]), QColor, "points")


@pytest.fixture
def plot(qtbot: QtBot) -> CurvePlot:
    made = CurvePlot()
    qtbot.addWidget(made)
    made.resize(400, 240)
    made.show()
    made.set_curves([RISE, FALL], "step", "loss")
    qtbot.waitUntil(lambda: made.view_range()[0] == (0.0, 100.0))
    return made


def at(plot: CurvePlot, x: float, y: float) -> QPoint:
    return plot.to_screen(x, y).toPoint()


def wheel(plot: QWidget, place: QPoint, modifiers: Qt.KeyboardModifier, turn: int) -> bool:
    """Turn the wheel; returns whether the plot took it."""
    event = QWheelEvent(
        QPointF(place), QPointF(plot.mapToGlobal(place)), QPoint(), QPoint(0, turn),
        Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot.viewport(), event)  # type: ignore[attr-defined]
    return event.isAccepted()


def test_a_drag_zooms_to_its_rectangle_and_a_double_click_shows_all(
    qtbot: QtBot, plot: CurvePlot
) -> None:
    whole = plot.view_range()
    drag_over(plot, at(plot, 20, 0.8), at(plot, 60, 0.2))
    (left, right), (low, high) = plot.view_range()
    assert (left, right) == pytest.approx((20, 60), abs=1)
    assert (low, high) == pytest.approx((0.2, 0.8), abs=0.02)
    qtbot.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at(plot, 40, 0.5))
    assert plot.view_range() == whole


def test_a_flat_drag_chooses_a_stretch_and_the_values_there_fill_the_height(
    plot: CurvePlot,
) -> None:
    drag_over(plot, at(plot, 18, 0.5), at(plot, 42, 0.5))
    (left, right), (low, high) = plot.view_range()
    assert (left, right) == pytest.approx((18, 42), abs=1)
    assert (low, high) == pytest.approx((0.18, 0.8), abs=0.06)  # rise up to 0.42, fall from 0.8


def test_the_middle_button_moves_the_view(plot: CurvePlot) -> None:
    plot.zoom_in()
    (left, right), _ = plot.view_range()
    start = at(plot, 50, 0.5)
    moved = (plot.to_screen(60, 0) - plot.to_screen(50, 0)).toPoint()
    drag_over(plot, start, start + moved, Qt.MouseButton.MiddleButton)
    assert plot.view_range()[0] == pytest.approx((left - 10, right - 10), abs=1)


def test_the_wheel_zooms_at_the_pointer_and_out_to_everything_at_most(plot: CurvePlot) -> None:
    place = at(plot, 30, 0.3)
    whole = plot.view_range()
    wheel(plot, place, Qt.KeyboardModifier.NoModifier, 120)
    (left, right), _ = plot.view_range()
    assert right - left < 100
    assert at(plot, 30, 0.3) == place
    plot.zoom_out()
    plot.zoom_out()
    assert plot.view_range() == whole
    assert not plot.is_zoomed


def test_inside_something_that_scrolls_the_wheel_zooms_only_with_ctrl_or_the_focus(
    qtbot: QtBot,
) -> None:
    scroller, content, plot = QScrollArea(), QWidget(), CurvePlot()
    qtbot.addWidget(scroller)
    column = QVBoxLayout(content)
    column.addWidget(plot, 0, Qt.AlignmentFlag.AlignTop)
    plot.setFixedSize(300, 200)
    content.setFixedHeight(900)
    scroller.setWidget(content)
    scroller.resize(340, 240)
    scroller.show()
    plot.set_curves([RISE])
    qtbot.waitUntil(lambda: plot.view_range()[0] == (0.0, 100.0))
    plot.clearFocus()
    assert not wheel(plot, QPoint(150, 100), Qt.KeyboardModifier.NoModifier, 120)
    assert not plot.is_zoomed
    assert wheel(plot, QPoint(150, 100), Qt.KeyboardModifier.ControlModifier, 120)
    assert plot.is_zoomed


def test_what_a_person_looks_at_stays_while_data_come(qtbot: QtBot, plot: CurvePlot) -> None:
    plot.look_at_stretch(20, 40)
    seen = plot.view_range()
    longer = Curve("rise", np.arange(201.0), np.arange(201.0), RISE.colour)
    plot.set_curves([longer])
    qtbot.waitUntil(lambda: plot._extent is not None and plot._extent.width() == 200)
    assert plot.view_range() == seen
    plot.reset()
    assert plot.view_range()[0] == (0.0, 200.0)


def test_the_values_under_the_pointer_are_read_out(qtbot: QtBot, plot: CurvePlot) -> None:
    point_at(plot, at(plot, 20.3, 0.5))
    qtbot.waitUntil(lambda: plot.reading is not None)
    assert plot.reading is not None
    assert plot.reading.text == "step 20: rise 0.2, fall 0.8"


def test_the_point_under_the_pointer_is_read_out(plot: CurvePlot) -> None:
    plot.set_curves([DOTS], "x", "y")
    plot.fill_now()
    near = plot.read_at(QPointF(50.4, 0.99))
    assert near is not None
    assert near.text == "x 50: dots 1"
    assert plot.read_at(QPointF(25, 0.2)) is None


def test_arrow_keys_move_the_crosshair_and_others_zoom(qtbot: QtBot, plot: CurvePlot) -> None:
    for key, expected in (
        (Qt.Key.Key_Left, "step 100: rise 1, fall 0"),
        (Qt.Key.Key_Left, "step 99: rise 0.99, fall 0"),
        (Qt.Key.Key_Right, "step 100: rise 1, fall 0"),
        (Qt.Key.Key_Right, "step 100: rise 1, fall 0"),
    ):
        qtbot.keyClick(plot, key)
        assert plot.reading is not None
        assert plot.reading.text == expected
        assert plot.accessibleDescription() == expected
    qtbot.keyClick(plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert plot.reading.place.x() == 90
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert plot.reading is None
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    (left, right), _ = plot.view_range()
    assert right - left == pytest.approx(80)
    qtbot.keyClick(plot, Qt.Key.Key_0)
    assert plot.view_range()[0] == (0.0, 100.0)


def test_a_log_scale_puts_equal_ratios_at_equal_distances(qtbot: QtBot, plot: CurvePlot) -> None:
    decades = Curve("loss", np.arange(4.0), np.array([1.0, 0.1, 0.0, 0.001]), RISE.colour)
    plot.set_curves([decades], "step", "loss")
    plot.set_log(True)
    qtbot.waitUntil(lambda: plot.view_range()[1][0] < -2)
    low, high = plot.view_range()[1]
    assert (low, high) == pytest.approx((-3, 0), abs=0.3)
    assert plot.left.texts() == ["0.001", "0.01", "0.1", "1"]
    reading = plot.read_at(QPointF(3, -3))
    assert reading is not None
    assert reading.text == "step 3: loss 0.001"
    hidden = plot.read_at(QPointF(2, -1))
    assert hidden is not None
    assert hidden.text == "step 2: loss 0"  # has no place on the scale, but a value
    assert hidden.dots == ()


def test_colours_follow_the_theme_at_once(qtbot: QtBot, plot: CurvePlot) -> None:
    try:
        for name, tokens in (("dark", DARK), ("light", LIGHT)):
            THEME.use(name)
            image = plot.grab().toImage()
            middle = plot.box.sceneBoundingRect().center().toPoint()
            assert image.pixelColor(middle + QPoint(4, -60)) == QColor(tokens.surface)
            pen = plot._items[0].opts["pen"]
            assert pen.color() == plot_role_colour("removed")
    finally:
        THEME.use("light")


def test_a_long_series_is_drawn_with_its_spikes_and_at_most_a_few_points_a_pixel(
    qtbot: QtBot, plot: CurvePlot
) -> None:
    values = np.zeros(100_000)
    values[61_234] = 7.0
    plot.set_curves([Curve("long", np.arange(100_000.0), values, RISE.colour)])
    qtbot.waitUntil(lambda: plot.view_range()[0][1] > 1000)
    _, drawn = plot._items[0].curve.getData()
    assert drawn.max() == 7.0
    assert len(drawn) < 4 * plot.width()


def test_a_line_that_turns_back_is_drawn_whole(qtbot: QtBot, plot: CurvePlot) -> None:
    angle = np.linspace(0, 2 * np.pi, 50)
    plot.set_curves([Curve("circle", np.cos(angle), np.sin(angle), RISE.colour)])
    qtbot.waitUntil(lambda: plot.view_range()[0][0] < -0.9)
    x, _ = plot._items[0].curve.getData()
    assert len(x) == 50


@pytest.mark.parametrize(
    ("x", "y"),
    [([], []), ([1.0], [2.0]), ([0.0, 1.0], [np.nan, np.inf]), ([0.0, 1.0], [3.0, 3.0])],
)
@pytest.mark.parametrize("is_log", [False, True])
def test_odd_curves_are_drawn_without_trouble(
    plot: CurvePlot, x: list[float], y: list[float], is_log: bool
) -> None:
    plot.set_log(is_log)
    plot.set_curves([Curve("odd", np.array(x), np.array(y), RISE.colour)])
    plot.fill_now()
    assert not plot.grab().isNull()
    plot.read_at(QPointF(0, 0))


def test_nothing_of_a_plot_outlives_it(qtbot: QtBot) -> None:
    plot = CurvePlot()
    plot.set_curves([RISE, DOTS])
    plot.show()
    plot.grab()
    parts = [weakref.ref(part) for part in (plot, plot.box, plot.scene(), plot._items[0])]
    plot.deleteLater()
    del plot
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    import gc

    gc.collect()
    assert [part() for part in parts] == 4 * [None]
