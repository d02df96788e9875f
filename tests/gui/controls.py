"""What a person works with in a window."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QWidget,
)


def controls(window: QWidget) -> list[QWidget]:
    """Visible controls that a person works with, without the parts that Qt makes inside them."""
    kinds = (QAbstractButton, QComboBox, QAbstractSpinBox, QAbstractSlider, QLineEdit)
    found = []
    for widget in window.findChildren(QWidget):
        is_part = widget.objectName().startswith("qt_") or isinstance(widget, QScrollBar)
        is_inner = isinstance(widget.parent(), (QComboBox, QAbstractSpinBox, QLineEdit))
        if isinstance(widget, kinds) and widget.isVisible() and not is_part and not is_inner:
            found.append(widget)
    return found
