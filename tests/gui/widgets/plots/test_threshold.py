"""A threshold in a plot is dragged within its limits, and says where it is."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from gui.widgets.plots.curves import Curve, CurvePlot
from gui.widgets.plots.threshold import Threshold
from tests.gui.hands import drag_over, point_at


@pytest.fixture
def plot(qtbot: QtBot) -> CurvePlot:
    made = CurvePlot()
    qtbot.addWidget(made)
    made.resize(400, 240)
    made.show()
    share = np.linspace(0, 1, 11)
    made.set_curves([Curve("precision", share, share, QColor)], "score", "precision")
    qtbot.waitUntil(lambda: made.view_range()[0] == (0.0, 1.0))
    return made


def test_a_threshold_follows_the_mouse_and_says_where_it_is(plot: CurvePlot) -> None:
    threshold, moved, settled = Threshold(plot, "score", (0.0, 1.0)), [], []
    threshold.set_value(0.5)
    threshold.moved.connect(moved.append)
    threshold.settled.connect(settled.append)
    start = plot.to_screen(0.5, 0.4).toPoint()
    point_at(plot, start)
    drag_over(plot, start, plot.to_screen(0.8, 0.4).toPoint())
    assert threshold.value == pytest.approx(0.8, abs=0.01)
    assert moved[-1] == settled[-1] == threshold.value
    assert plot.view_range()[0] == (0.0, 1.0)  # the plot itself was not dragged


def test_a_threshold_stays_within_its_limits(plot: CurvePlot) -> None:
    threshold = Threshold(plot, "score", (0.2, 0.9))
    threshold.set_value(2.0)
    assert threshold.value == 0.9
    start = plot.to_screen(0.9, 0.4).toPoint()
    point_at(plot, start)
    drag_over(plot, start, plot.to_screen(0.05, 0.4).toPoint())
    assert threshold.value == pytest.approx(0.2)
