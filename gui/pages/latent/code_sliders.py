"""A slider for every number of a code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from gui.theme import GRID_PX
from gui.widgets.named import named
from gui.widgets.scroll_column import ScrollColumn
from gui.widgets.still_text import StillText
from gui.widgets.wheel_guard import guard_wheel

STEPS = 1000
VALUE_WIDTH_PX = 48


AXIS_TIP = "One number of the code; arrows move it, a double click puts it in the middle"


class _AxisSlider(QSlider):
    """Says of which axis it is; a double click asks for the middle again."""

    moved = Signal(int, int)  # axis, position
    reset_wanted = Signal(int)  # axis

    def __init__(self, axis: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._axis = axis
        self.valueChanged.connect(self._on_value)

    @Slot(int)
    def _on_value(self, position: int) -> None:
        self.moved.emit(self._axis, position)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset_wanted.emit(self._axis)
        event.accept()


class CodeSliders(QWidget):
    """Sliders from `-reach` to `+reach` about a centre; values beyond are kept, not cut.

    A double click puts one back to the centre.
    """

    value_changed = Signal(int, float)  # axis, value that a person chose
    settled = Signal()  # a drag has ended, or one step of the keyboard

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self._centres = np.zeros(0, np.float32)
        self._reaches = np.zeros(0, np.float32)
        self._shown = np.zeros(0, np.float32)
        self._sliders: list[_AxisSlider] = []
        self._numbers: list[StillText] = []
        self._content = QWidget()
        self._grid = QGridLayout(self._content)
        self._grid.setContentsMargins(0, 0, GRID_PX, 0)
        self._grid.setHorizontalSpacing(GRID_PX)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(ScrollColumn(self._content))

    @property
    def count(self) -> int:
        """How many sliders there are."""
        return len(self._sliders)

    def set_axes(
        self,
        names: Sequence[str],
        centres: NDArray[np.floating],
        reaches: NDArray[np.floating],
        notes: Sequence[str] = (),
    ) -> None:
        """Show a slider for each name; those that are there are used again."""
        self._centres = np.asarray(centres, np.float32)
        self._reaches = np.maximum(np.asarray(reaches, np.float32), 1e-3)
        while len(self._sliders) < len(names):
            self._add_row(len(self._sliders))
        for row, slider in enumerate(self._sliders):
            is_used = row < len(names)
            label = self._grid.itemAtPosition(row, 0)
            title = label.widget() if label is not None else None
            assert isinstance(title, QLabel)
            for part in (title, slider, self._numbers[row]):
                part.setVisible(is_used)
            if is_used:
                title.setText(names[row])
                slider.setAccessibleName(names[row])
                slider.setToolTip(notes[row] if notes else AXIS_TIP)
        del self._sliders[len(names) :]
        self._drop_rows(len(names))
        self._shown = np.full(len(names), np.nan, np.float32)
        self.set_values(self._centres)

    def set_values(self, values: NDArray[np.floating]) -> None:
        """Show values, one a slider, without saying so."""
        moved = np.flatnonzero(values != self._shown)  # most stand still while one is dragged
        self._shown = np.array(values, np.float32)
        for row in moved.tolist():
            share = float((values[row] - self._centres[row]) / self._reaches[row])
            with QSignalBlocker(self._sliders[row]):
                self._sliders[row].setValue(round(max(-1.0, min(1.0, share)) * STEPS))
            self._numbers[row].setText(f"{values[row]:.2f}")

    def _add_row(self, row: int) -> None:
        slider = named(_AxisSlider(row), f"{self._prefix}_{row + 1}", "", AXIS_TIP)
        slider.setRange(-STEPS, STEPS)
        slider.setSingleStep(STEPS // 50)
        slider.setPageStep(STEPS // 5)
        guard_wheel(slider)
        slider.moved.connect(self._on_moved)
        slider.reset_wanted.connect(self._on_reset)
        slider.sliderReleased.connect(self.settled)
        number = StillText(Qt.AlignmentFlag.AlignRight)
        number.setFixedWidth(VALUE_WIDTH_PX)
        number.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._grid.addWidget(QLabel(), row, 0)
        self._grid.addWidget(slider, row, 1)
        self._grid.addWidget(number, row, 2)
        self._grid.setRowStretch(row, 0)
        self._grid.setRowStretch(row + 1, 1)
        self._sliders.append(slider)
        self._numbers.append(number)

    def _drop_rows(self, count: int) -> None:
        """Remove rows that another model does not have."""
        for row in range(count, len(self._numbers)):
            for column in range(3):
                item = self._grid.itemAtPosition(row, column)
                widget = item.widget() if item is not None else None
                if widget is not None:
                    self._grid.removeWidget(widget)
                    widget.setParent(None)  # its name is free for another at once
                    widget.deleteLater()
            self._grid.setRowStretch(row + 1, 0)
        del self._numbers[count:]
        self._grid.setRowStretch(count, 1)

    @Slot(int, int)
    def _on_moved(self, axis: int, position: int) -> None:
        value = float(self._centres[axis] + position / STEPS * self._reaches[axis])
        self._numbers[axis].setText(f"{value:.2f}")
        self._shown[axis] = value
        self.value_changed.emit(axis, value)
        if not self._sliders[axis].isSliderDown():
            self.settled.emit()

    @Slot(int)
    def _on_reset(self, axis: int) -> None:
        self._sliders[axis].setValue(0)
        # Where it stood in the middle already, the number may still have been beyond the end.
        self._numbers[axis].setText(f"{self._centres[axis]:.2f}")
        self._shown[axis] = self._centres[axis]
        self.value_changed.emit(axis, float(self._centres[axis]))
        self.settled.emit()
