"""A slider over a range of fractions, with its value beside it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSlider, QLineEdit
from superqt import QLabeledDoubleSlider

from gui.widgets.named import named

STEP, PAGE = 0.01, 0.1
_STEPS = {
    Qt.Key.Key_Left: -STEP,
    Qt.Key.Key_Down: -STEP,
    Qt.Key.Key_Right: STEP,
    Qt.Key.Key_Up: STEP,
    Qt.Key.Key_PageDown: -PAGE,
    Qt.Key.Key_PageUp: PAGE,
}
_FOCUS = {"slider": Qt.FocusPolicy.StrongFocus, "value": Qt.FocusPolicy.ClickFocus}


class _Keys(QObject):
    """Moves a slider by keys: superqt leaves them to Qt, whose slider has whole numbers only."""

    def __init__(self, slider: QLabeledDoubleSlider) -> None:
        super().__init__(slider)
        self._slider = slider

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take arrows, page keys, Home and End."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        slider, key = self._slider, Qt.Key(event.key())
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            value = slider.minimum() if key == Qt.Key.Key_Home else slider.maximum()
        elif key in _STEPS:
            value = slider.value() + _STEPS[key]
        else:
            return super().eventFilter(watched, event)
        slider.setValue(min(max(round(value, 3), slider.minimum()), slider.maximum()))
        return True


def fraction_slider(
    name: str, title: str, low: float = 0.0, high: float = 1.0, tip: str = ""
) -> QLabeledDoubleSlider:
    """Return a slider whose parts, `NAME.slider` and `NAME.value`, have names of their own.

    Tab stops at the slider alone; the value is typed after a click on it.
    """
    slider = named(QLabeledDoubleSlider(Qt.Orientation.Horizontal), name, title, tip)
    slider.setRange(low, high)
    # superqt declares whole steps for every slider, though this one takes fractions.
    slider.setSingleStep(STEP)  # type: ignore[arg-type]
    slider.setPageStep(PAGE)  # type: ignore[arg-type]
    slider.setDecimals(2)
    # The parts take the focus, so a screen reader needs their names too.
    for kind, part in ((QAbstractSlider, "slider"), (QLineEdit, "value")):
        for inner in slider.findChildren(kind):
            named(inner, f"{name}.{part}", f"{title} {part}", tip or title)
            inner.setFocusPolicy(_FOCUS[part])
            if part == "slider":
                inner.installEventFilter(_Keys(slider))
    slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the inner one takes it
    return slider
