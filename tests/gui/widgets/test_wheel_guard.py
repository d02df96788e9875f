"""Whoever scrolls a column of controls with the wheel changes none of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.pages.detect.inspector import Controls as DetectControls
from gui.pages.live.inspector import LiveInspector
from gui.pages.segment.inspector import Controls as SegmentControls
from gui.pages.train.setup_panel import SetupPanel
from gui.widgets.inspector import Inspector
from gui.widgets.named import named
from gui.widgets.scroll_column import ScrollColumn
from gui.widgets.wheel_guard import guard_wheel

COLUMNS: dict[str, Callable[[], QWidget]] = {
    "detect": lambda: Inspector(DetectControls().groups),
    "segment": lambda: Inspector(SegmentControls().groups),
    "live": LiveInspector,
    "train": lambda: SetupPanel(Path("runs")),
}


def turn_wheel(widget: QWidget) -> None:
    place, turn, none = QPointF(5, 5), QPoint(0, -120), QPoint()
    buttons, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(place, place, none, turn, buttons, keys, phase, False)
    QApplication.sendEvent(widget, event)


def value(control: Any) -> Any:
    if isinstance(control, QComboBox):
        return control.currentIndex()
    return control.text() if isinstance(control, QAbstractSpinBox) else control.value()


def controls(column: QWidget) -> list[QWidget]:
    kinds = (QComboBox, QAbstractSpinBox, QAbstractSlider)
    found = [each for kind in kinds for each in column.findChildren(kind)]
    return [each for each in found if not isinstance(each, QScrollBar)]


@pytest.mark.parametrize("name", COLUMNS)
def test_the_wheel_over_a_column_leaves_every_value_as_it_is(name: str, qtbot: QtBot) -> None:
    panel = COLUMNS[name]()
    qtbot.addWidget(panel)
    columns = panel.findChildren(ScrollColumn)
    found = [control for column in columns for control in controls(column)]
    assert found
    before = [value(control) for control in found]
    for control in found:
        # A policy of the wheel would give it the focus first.
        assert control.focusPolicy() != Qt.FocusPolicy.WheelFocus, control.objectName()
        turn_wheel(control)
    assert [value(control) for control in found] == before


def test_a_control_that_was_clicked_takes_the_wheel(qtbot: QtBot) -> None:
    box = named(QComboBox(), "test.box", "Box")
    qtbot.addWidget(box)
    box.addItems(["a", "b"])
    turn_wheel(box)
    assert box.currentText() == "a"
    box.show()
    box.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    turn_wheel(box)
    assert box.currentText() == "b"


def test_scroll_bars_scroll(qtbot: QtBot) -> None:
    bar = QScrollBar()
    qtbot.addWidget(bar)
    guard_wheel(bar)
    turn_wheel(bar)
    assert bar.value() > 0
