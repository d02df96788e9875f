"""Goes from picture to picture: decodes, reads what lies beside, makes the document current."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.api.annotations import Shape
from engine.api.pictures import Picture
from gui.document.picture_document import PictureDocument
from gui.document.session import Session
from gui.pages.images.browser import Browser
from gui.pages.images.loader import PictureLoader
from gui.pages.images.sample_files import sample_key
from gui.pages.images.sidecars import Sidecars

PREFETCH_MS = 40
SLOW_MS = 200


class Navigator(QObject):
    """The picture shown before stays until the new one is decoded, so that nothing flickers."""

    arrived = Signal(object)  # PictureDocument that is now current, with its picture
    failed = Signal(object, str)  # Path, one line
    waiting_changed = Signal(str)  # name of a picture that takes long; empty when it is there
    ready_changed = Signal(bool)  # whether the current document has the shapes of its file

    def __init__(
        self,
        session: Session,
        browser: Browser,
        loader: PictureLoader,
        sidecars: Sidecars,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._browser = session, browser
        self._loader, self._sidecars = loader, sidecars
        self._titles: dict[Path, str] = {}
        self._step = 1
        self._is_switching = False
        self._shown: PictureDocument | None = None
        self._prefetch = self._timer(PREFETCH_MS, self._on_prefetch)
        self._slow = self._timer(SLOW_MS, self._on_slow)
        loader.loaded.connect(self._on_loaded)
        loader.failed.connect(self._on_failed)
        sidecars.loaded.connect(self._on_sidecar)
        session.current_changed.connect(self._on_current_changed)

    def _timer(self, milliseconds: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer

    def set_titles(self, titles: dict[Path, str]) -> None:
        """Name pictures that have no file."""
        self._titles = titles

    @Slot(object)
    def go_to(self, path: Path) -> None:
        """Look at a picture; the answer is `arrived` or `failed`, unless another comes first."""
        self._browser.show_current(path)
        self._prefetch.stop()
        self._slow.start()
        self._loader.show(path)

    @Slot(int)
    def step(self, step: int) -> None:
        """Go to a neighbour in the list as it is filtered."""
        self._step = step
        path = self._browser.neighbour(step)
        if path is not None:
            self.go_to(path)

    @Slot()
    def retry(self) -> None:
        """Open the picture again that could not be opened."""
        if self._browser.current is not None:
            self.go_to(self._browser.current)

    def leave(self) -> None:
        """Look at nothing."""
        self._loader.give_up()
        self._arrive()
        self._switch(None)

    def _arrive(self) -> None:
        self._slow.stop()
        self.waiting_changed.emit("")

    @Slot(object, object, object)
    def _on_loaded(self, path: Path, picture: Picture, shapes: tuple[Shape, ...]) -> None:
        self._arrive()
        document = self._document(path, shapes)
        document.set_picture(picture)
        self.ready_changed.emit(document.is_loaded)
        self._switch(document)
        self.arrived.emit(document)
        self._settle(document)
        if not document.is_loaded:
            self._sidecars.load(path)
        self._prefetch.start()

    @Slot(object, str)
    def _on_failed(self, path: Path, reason: str) -> None:
        self._arrive()
        self._switch(self._session.document(path) if sample_key(path) is None else None)
        self.failed.emit(path, reason)
        self._settle(None)
        self._prefetch.start()

    def _document(self, path: Path, shapes: tuple[Shape, ...]) -> PictureDocument:
        if sample_key(path) is None:
            return self._session.document(path)
        found = self._session.find(str(path))
        if found is None:
            title = self._titles.get(path, "")
            found = PictureDocument(None, shapes, title, origin=str(path))
            self._is_switching = True
            self._session.adopt(found)
            self._is_switching = False
        return found

    def _switch(self, document: PictureDocument | None) -> None:
        self._is_switching = True
        self._session.set_current(document)
        self._is_switching = False

    def _settle(self, document: PictureDocument | None) -> None:
        """Give back the memory of the picture shown before, now that nobody shows it."""
        before, self._shown = self._shown, document
        if before is not None and before is not document:
            release(before)

    @Slot(object)
    def _on_sidecar(self, path: Path) -> None:
        current = self._session.current
        if current is not None and current.path == path:
            self.ready_changed.emit(True)

    @Slot()
    def _on_current_changed(self) -> None:
        """Follow another page that looks at another picture."""
        document = self._session.current
        if self._is_switching or document is None:
            return
        self._loader.give_up()
        if document.picture is not None:
            self.ready_changed.emit(document.is_loaded)
            self.arrived.emit(document)
            self._settle(document)
        elif document.path is not None:
            self.go_to(document.path)

    @Slot()
    def _on_prefetch(self) -> None:
        path = self._browser.neighbour(self._step)
        if path is not None:
            self._loader.prefetch(path)

    @Slot()
    def _on_slow(self) -> None:
        current = self._browser.current
        if current is not None and self._loader.is_waiting:
            self.waiting_changed.emit(self._titles.get(current, current.name))


def release(document: PictureDocument) -> None:
    """Give back the pixels of a picture that can be loaded again."""
    if document.path is not None or document.origin:
        document.set_picture(None)
