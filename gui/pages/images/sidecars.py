"""Annotations that lie beside the pictures: read when a picture is opened, or searched for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.annotations import (
    AnnotationFormat,
    PictureAnnotations,
    ReadClasses,
    ReadSidecar,
    ReadSidecars,
)
from engine.api.annotations import Sidecar as SidecarData
from engine.api.errors import EngineError
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.document.session import Session
from gui.pages.images.sources import Sources, renamed


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the shapes of a picture came from, so that they go back there.

    Attributes:
        folder: what the writer of the format takes as its target.
        classes: in the order of the file, which indices refer to.
    """

    format: AnnotationFormat
    folder: Path
    classes: tuple[str, ...]


CLASSES_READ_OF = 2000
"""Pictures of a folder whose classes are looked for when it is opened, in a second or two."""


class Sidecars(QObject):
    """Gives each document what its file holds; later answers for skipped pictures are dropped."""

    loaded = Signal(object)  # Path of a picture whose document now has its shapes
    index_changed = Signal()  # the classes of pictures that were not opened have become known
    index_ended = Signal()  # `read_all` has come to its end, well or not
    message = Signal(str)
    problem = Signal(str)

    def __init__(
        self, client: EngineClient, session: Session, sources: Sources, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._sources = session, sources
        self._held: Path | None = None  # waits for what was imported in an earlier session
        sources.recalled.connect(self._on_recalled)
        self._origins: dict[Path, Origin] = {}
        self._index: dict[Path, PictureAnnotations] = {}
        self._indexed: object = None
        self._reading = PageRequest(client, self, "browse", quiet=True)
        self._reading.answered.connect(self._on_read)
        self._reading.failed.connect(self._on_failed)
        self._reading.crashed.connect(self._on_crashed)
        self._listing = PageRequest(client, self, "files", quiet=True)
        self._listing.answered.connect(self._on_classes)
        session.files_changed.connect(self._list_classes)
        self._indexing = PageRequest(client, self, "files", quiet=True)
        self._indexing.answered.connect(self._on_all_read)
        self._indexing.busy_changed.connect(self._on_indexing)

    def load(self, path: Path) -> None:
        """Read the annotations beside a picture unless that was done; answers `loaded`."""
        if self._session.document(path).is_loaded:
            self.loaded.emit(path)
            return
        imported = self._sources.entry(path)
        if self._sources.is_recalling:
            self._held = path
        elif imported is not None and imported.shapes:
            self._take(path, imported)
        else:
            self._reading.ask(ReadSidecar(path))

    @Slot()
    def _on_recalled(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self.load(held)
        self.index_changed.emit()

    def origin(self, path: Path) -> Origin | None:
        """Return where the shapes of a picture came from; None where it had none."""
        return self._origins.get(path)

    def labels(self, path: Path) -> frozenset[str]:
        """Return the classes of a picture, as far as they are known."""
        known = self.annotations(path)
        return frozenset(shape.label for shape in known.shapes) if known else frozenset()

    def scores(self, path: Path) -> frozenset[float]:
        """Return the scores of a picture's shapes, as far as they are known."""
        known = self.annotations(path)
        shapes = known.shapes if known else ()
        return frozenset(shape.score for shape in shapes if shape.score is not None)

    def annotations(self, path: Path) -> PictureAnnotations | None:
        """Return the present shapes of a picture, opened or not, as far as they are known."""
        imported = self._sources.entry(path)
        beside = self._index.get(path)
        found = imported if imported is not None and imported.shapes else beside or imported
        return self._session.annotations_of(path) or found

    @Slot()
    def read_all(self) -> bool:
        """Read what lies beside all listed pictures, once; whether that goes on.

        Answers `index_changed` where it comes to a good end, then `index_ended`.
        """
        folder, files = self._session.folder, self._session.files
        if self._indexed is not files:
            self._indexed = files
            if files:
                self._indexing.start(ReadSidecars(folder, () if folder else files))
            else:
                self._indexing.drop()
        return self._indexing.is_busy

    @Slot()
    def _list_classes(self) -> None:
        """Put the classes of the folder in an order that does not hang on what is opened first."""
        folder, files = self._session.folder, self._session.files
        if folder is not None and 0 < len(files) <= CLASSES_READ_OF:
            self._listing.start(ReadClasses(folder, files))
        else:
            self._listing.drop()

    @Slot(object, object)
    def _on_classes(self, request: ReadClasses, names: tuple[str, ...]) -> None:
        if request.folder == self._session.folder:
            self._session.list_classes([*self._sources.classes(request.folder), *names])

    def rename_class(self, old: str, new: str) -> None:
        """Expect another name of a class in the files of shapes, or none of its shapes."""
        for path, origin in self._origins.items():
            if new:
                self._origins[path] = replace(origin, classes=renamed(origin.classes, old, new))
        self.forget()

    def forget(self) -> None:
        """Let what lies beside pictures that were not opened be read again."""
        self._indexed = None
        self._index = {}

    @Slot(object, object)
    def _on_read(self, request: ReadSidecar, sidecar: SidecarData | None) -> None:
        path = request.picture
        if sidecar is None:
            self._take(path, self._sources.entry(path))
            return
        found = sidecar.annotations
        entry = found.pictures[0] if found.pictures else None
        written_as = found.format or "labelme"
        self._origins[path] = Origin(written_as, sidecar.source.parent, found.classes)
        self._session.offer_classes(found.classes)
        self._take(path, entry)
        if found.findings:
            more = f" (and {len(found.findings) - 1} more)" if len(found.findings) > 1 else ""
            self.message.emit(f"{sidecar.source.name}: {found.findings[0].text}{more}")

    @Slot(object, EngineError)
    def _on_failed(self, request: ReadSidecar, error: EngineError) -> None:
        self.problem.emit(f"{error}. The picture is shown without its annotations.")
        self._take(request.picture, None)

    @Slot(object)
    def _on_crashed(self, request: ReadSidecar) -> None:
        self._take(request.picture, None)

    def _take(self, path: Path, found: PictureAnnotations | None) -> None:
        if not self._session.document(path).is_loaded:
            shapes = found.shapes if found else ()
            size = (found.width, found.height) if found else (0, 0)
            self._session.load(path, shapes, size, found.source if found else None)
        self.loaded.emit(path)

    @Slot(object, object)
    def _on_all_read(self, _: ReadSidecars, pictures: tuple[PictureAnnotations, ...]) -> None:
        self._index = {picture.file: picture for picture in pictures}
        self.index_changed.emit()

    @Slot()
    def _on_indexing(self) -> None:
        if not self._indexing.is_busy:
            self.index_ended.emit()
