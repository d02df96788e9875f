"""A slider over a range of fractions, with its value beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSlider, QLineEdit
from superqt import QLabeledDoubleSlider

from gui.widgets.named import named

_FOCUS = {"slider": Qt.FocusPolicy.StrongFocus, "value": Qt.FocusPolicy.ClickFocus}


def fraction_slider(
    name: str, title: str, low: float = 0.0, high: float = 1.0, tip: str = ""
) -> QLabeledDoubleSlider:
    """Return a slider whose parts, `NAME.slider` and `NAME.value`, have names of their own.

    Tab stops at the slider alone; the value is typed after a click on it.
    """
    slider = named(QLabeledDoubleSlider(Qt.Orientation.Horizontal), name, title, tip)
    slider.setRange(low, high)
    # superqt declares whole steps for every slider, though this one takes fractions.
    slider.setSingleStep(0.01)  # type: ignore[arg-type]
    slider.setPageStep(0.1)  # type: ignore[arg-type]
    slider.setDecimals(2)
    # The parts take the focus, so a screen reader needs their names too.
    for kind, part in ((QAbstractSlider, "slider"), (QLineEdit, "value")):
        for inner in slider.findChildren(kind):
            named(inner, f"{name}.{part}", f"{title} {part}", tip or title)
            inner.setFocusPolicy(_FOCUS[part])
    slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the inner one takes it
    return slider
