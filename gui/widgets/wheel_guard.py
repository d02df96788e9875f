"""Keeps the wheel from changing a value while a panel is scrolled over it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox, QScrollBar, QWidget


class _WheelGuard(QObject):
    """Event filter: a control takes the wheel only while it has the keyboard focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand the wheel on to what is scrolled."""
        is_wheel = event.type() == QEvent.Type.Wheel
        if is_wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


_GUARD = _WheelGuard()  # one serves every control


def guard_wheel(control: QWidget) -> None:
    """Let a control take the wheel only once it was clicked or tabbed to.

    What the wheel does not change is left as it is.
    """
    is_changed = isinstance(control, QComboBox | QAbstractSpinBox | QAbstractSlider)
    if is_changed and not isinstance(control, QScrollBar):
        if control.focusPolicy() == Qt.FocusPolicy.WheelFocus:
            # The wheel itself would give the focus first.
            control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        control.installEventFilter(_GUARD)
