"""Loads the plots while nothing else happens, so that opening a page with plots does not wait."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QObject, QTimer, Slot

PLOTS = "gui.widgets.plots.curves"
NAMES_AT_ONCE = 24
"""Of Qt's classes; the first use of one takes about 0.1 ms."""


class PlotLoading(QObject):
    """Loads on the interface thread, in pieces between events.

    Not on a thread of its own: Qt's bindings make their classes when first used, and the program
    crashes where two threads do that at once. pyqtgraph uses all of them, in one piece; made here
    before, a few at a time, they leave it a third of its time.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pieces = self._load()
        self._timer = QTimer(self)
        self._timer.setInterval(0)  # when no event waits
        self._timer.timeout.connect(self._on_idle)

    def start(self) -> None:
        """Begin; a page that is opened meanwhile loads what is missing itself."""
        self._timer.start()

    def stop(self) -> None:
        """Load no more."""
        self._timer.stop()

    @Slot()
    def _on_idle(self) -> None:
        if next(self._pieces, None) is None:
            self._timer.stop()

    def _load(self) -> Iterator[str]:
        for module in (QtCore, QtGui, QtWidgets):
            names = dir(module)
            for first in range(0, len(names), NAMES_AT_ONCE):
                for name in names[first : first + NAMES_AT_ONCE]:
                    getattr(module, name)
                yield module.__name__
        importlib.import_module(PLOTS)
        yield PLOTS
