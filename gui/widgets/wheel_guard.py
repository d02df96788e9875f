"""Keeps the wheel from changing a value while a panel is scrolled over it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


class WheelGuard(QObject):
    """Event filter: a control takes the wheel only while it has the keyboard focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand the wheel on to what is scrolled."""
        is_wheel = event.type() == QEvent.Type.Wheel
        if is_wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


WHEEL_GUARD = WheelGuard()
"""One serves every control."""
