"""Bars: read out row by row, on a logarithmic scale where all are positive, saved as numbers."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from gui.widgets.plots.bars import BarPlot, Bars
from tests.gui.hands import drag_over, point_at

COLOURS = 3 * (lambda: QColor("#d01060"),)
SCORES = Bars(("cat", "dog", "owl"), np.array([0.6713, 0.6657, 0.25]), COLOURS)


@pytest.fixture
def plot(qtbot: QtBot) -> BarPlot:
    made = BarPlot()
    qtbot.addWidget(made)
    made.resize(400, 100)
    made.show()
    made.set_bars(SCORES)
    qtbot.waitUntil(lambda: made.view_range() == ((0.0, 1.0), (-2.5, 0.5)))
    return made


def test_numbers_keep_the_digits_in_which_they_differ() -> None:
    assert SCORES.texts() == ["0.6713", "0.6657", "0.2500"]
    changed = Bars(("a", "b"), np.array([1.0, 3.0]), COLOURS[:2], before=np.array([2.0, 3.0]))
    assert changed.texts() == ["2 → 1", "3"]
    assert Bars().texts() == []


def test_the_row_under_the_pointer_is_read_out_and_arrows_go_on(
    qtbot: QtBot, plot: BarPlot
) -> None:
    point_at(plot, plot.to_screen(0.5, -1).toPoint())
    qtbot.waitUntil(lambda: plot.reading is not None and plot.reading.text == "dog: 0.6657")
    qtbot.keyClick(plot, Qt.Key.Key_Down)
    assert plot.reading is not None
    assert plot.reading.text == "owl: 0.2500"
    qtbot.keyClick(plot, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert plot.reading.text == "cat: 0.6713"


def test_bars_are_looked_at_closer_along_their_values_alone(plot: BarPlot) -> None:
    start, end = plot.to_screen(0.6, 0.2).toPoint(), plot.to_screen(0.7, -2.2).toPoint()
    drag_over(plot, start, end)
    (left, right), rows = plot.view_range()
    assert (left, right) == pytest.approx((0.6, 0.7), abs=0.01)
    assert rows == (-2.5, 0.5)
    plot.zoom_in()
    assert plot.view_range()[1] == (-2.5, 0.5)


def test_counts_far_apart_are_compared_on_a_logarithmic_scale(qtbot: QtBot, plot: BarPlot) -> None:
    plot.set_bars(Bars(("many", "few"), np.array([10_000.0, 10.0]), COLOURS[:2]))
    plot.set_log(True)
    qtbot.waitUntil(lambda: plot.view_range()[0] == (0.0, 4.0))
    reading = plot.read_at(QPointF(0, -1))
    assert reading is not None
    assert reading.place.x() == pytest.approx(1.0)


def test_bars_that_are_not_all_positive_have_no_logarithmic_scale(plot: BarPlot) -> None:
    plot.set_log(True)
    plot.set_bars(Bars(("a",), np.array([-1.0]), COLOURS[:1]))
    assert not plot.can_log
    assert not plot.is_log


def test_the_numbers_of_bars_are_a_row_each(plot: BarPlot) -> None:
    plot.bars = Bars(("a", "b"), np.array([1.0, 3.0]), COLOURS[:2], before=np.array([2.0, 3.0]))
    assert plot.table() == (["name", "before", "value"], [["a", 2.0, 1.0], ["b", 3.0, 3.0]])
