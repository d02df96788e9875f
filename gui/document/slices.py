"""Long walks over many pictures on the interface thread, a few milliseconds at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal, Slot

BUDGET_S = 0.004


class SlicedRun(QObject):
    """Iterates something between the events of the window; deletes itself at the end."""

    finished = Signal()

    def __init__(self, steps: Iterator[None], parent: QObject) -> None:
        super().__init__(parent)
        self._steps = steps
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._advance)
        self._timer.start(0)

    def stop(self) -> None:
        """Give up what is left, without `finished`."""
        self._timer.stop()
        self.deleteLater()

    @Slot()
    def _advance(self) -> None:
        deadline_s = time.perf_counter() + BUDGET_S
        for _ in self._steps:
            if time.perf_counter() > deadline_s:
                return
        self._timer.stop()
        self.finished.emit()
        self.deleteLater()
