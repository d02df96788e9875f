"""What changes with each frame of a video and is read by a person: at most so often."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

READING_MS = 250
"""Numbers that change faster cannot be read."""


class Throttle(QObject):
    """Shows something at once; what is asked soon after it is shown once, when it is time.

    Args:
        show: reads and shows what is newest.
        interval_ms: least time between two calls.
    """

    def __init__(
        self, show: Callable[[], None], parent: QObject, interval_ms: int = READING_MS
    ) -> None:
        super().__init__(parent)
        self._show = show
        self._is_asked = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self._on_timeout)

    def ask(self) -> None:
        """Show now, or when it is time."""
        self._is_asked = True
        if not self._timer.isActive():
            self._on_timeout()

    def show_now(self) -> None:
        """Show whatever was shown before."""
        self._timer.stop()
        self.ask()

    @Slot()
    def _on_timeout(self) -> None:
        if self._is_asked:
            self._is_asked = False
            self._show()
            self._timer.start()
