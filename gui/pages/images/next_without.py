"""Goes to the next picture that nothing has been drawn on yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from gui.document.slices import SlicedRun
from gui.pages.images.browser import Browser
from gui.pages.images.sidecars import Sidecars


class NextWithout(QObject):
    """Looks at the annotations of all pictures first, where that has not been done."""

    found = Signal(object)  # Path
    message = Signal(str)

    def __init__(self, browser: Browser, sidecars: Sidecars, parent: QObject) -> None:
        super().__init__(parent)
        self._browser, self._sidecars = browser, sidecars
        self._is_wanted = False
        self._path: Path | None = None
        self._run: SlicedRun | None = None
        sidecars.index_ended.connect(self._on_read)

    @Slot()
    def go(self) -> None:
        """Find it among those that pass the filter, below the present one; answers `found`."""
        self._is_wanted = True
        if not self._sidecars.read_all():
            self._on_read()

    @Slot()
    def _on_read(self) -> None:
        if self._is_wanted:
            self._is_wanted = False
            if self._run is not None:
                self._run.stop()
            self._path = None
            self._run = SlicedRun(self._looking(), self)
            self._run.finished.connect(self._on_looked)

    def _looking(self) -> Iterator[None]:
        row, count = self._browser.position
        for number in range(row, count):
            path = self._browser.model.path(number)
            known = self._sidecars.annotations(path) if path is not None else None
            if path is not None and (known is None or not known.shapes):
                self._path = path
                return
            yield

    @Slot()
    def _on_looked(self) -> None:
        self._run = None
        if self._path is not None:
            self.found.emit(self._path)
        else:
            self.message.emit("Every picture below this one has annotations")
