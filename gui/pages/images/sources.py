"""Which annotation files go with which pictures, also from one session to the next."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.annotations import AnnotationSet, PictureAnnotations, ReadAnnotations
from engine.api.errors import EngineError
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.document.long_lived import settle
from gui.document.session import Session, relabelled
from gui.pages.images.importing import ImportSource
from gui.settings import Settings

KEPT = "images/sources"
KEPT_LIMIT = 12


def remembered_sources(settings: Settings) -> dict[Path, Path]:
    """Return what was imported for each folder in earlier sessions, the newest last."""
    try:
        kept = json.loads(settings.text(KEPT) or "[]")
        return {Path(place): Path(path) for place, path in kept}
    except (ValueError, TypeError, RecursionError):
        return {}


def renamed(classes: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    """Return classes of which one has another name, without repeats."""
    return tuple(dict.fromkeys(new if name == old else name for name in classes))


class Sources(QObject):
    """Remembers what was imported for a folder, and reads it again when the folder is opened."""

    recalled = Signal()  # nothing is being read any more
    message = Signal(str)
    problem = Signal(str)

    def __init__(
        self, client: EngineClient, session: Session, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self._known: dict[Path, ImportSource] = {}  # by folder of pictures, the newest last
        self._entries: dict[Path, PictureAnnotations] = {}
        self._reading = PageRequest(client, self, "files", quiet=True)
        self._reading.answered.connect(self._on_read)
        self._reading.failed.connect(self._on_failed)
        self._reading.busy_changed.connect(self._on_busy)

    @property
    def is_recalling(self) -> bool:
        """Whether what was imported earlier is still being read."""
        return self._reading.is_busy

    def of(self, file: Path, has_sidecar: bool) -> ImportSource | None:
        """Return where a picture is saved, None where nothing was imported for it.

        That is the source which lists it; one without a file beside it goes to that of its folder.
        """
        for folder, source in reversed(self._known.items()):
            if file in source.files or (not has_sidecar and folder in file.parents):
                return source
        return None

    def entry(self, file: Path) -> PictureAnnotations | None:
        """Return what was imported for a picture in an earlier session."""
        return self._entries.get(file)

    def classes(self, folder: Path) -> tuple[str, ...]:
        """Return the classes of what was imported for a folder, in their order."""
        source = self._known.get(folder)
        return source.annotations.classes if source is not None else ()

    def files(self) -> list[Path]:
        """Return every picture that what was imported for the open folder lists."""
        source = self._known.get(self._session.folder) if self._session.folder else None
        return list(source.files) if source is not None else []

    def rename_class(self, old: str, new: str) -> None:
        """Expect another name of a class in the files that were imported, or none of its shapes."""
        for source in self._known.values() if new else ():
            found = source.annotations
            ids = dict(zip(found.classes, found.class_ids, strict=False))
            classes = renamed(found.classes, old, new)
            kept = tuple(ids.get(name, ids.get(old, 0)) for name in classes) if ids else ()
            source.annotations = replace(found, classes=classes, class_ids=kept)
        for file, entry in self._entries.items():
            self._entries[file] = relabelled(entry, old, new)

    @Slot(object)
    def add(self, source: ImportSource) -> None:
        """Remember what was taken in for the open folder, else for that of its pictures."""
        first = next(iter(source.files), source.path)
        folder = self._session.folder
        is_inside = folder is not None and any(folder in file.parents for file in source.files)
        place = folder if folder is not None and is_inside else first.parent
        self._keep(place, source)
        kept = remembered_sources(self._settings)
        kept.pop(place, None)
        kept[place] = source.path
        newest = list(kept.items())[-KEPT_LIMIT:]
        text = json.dumps([[str(listed), str(path)] for listed, path in newest])
        self._settings.set_text(KEPT, text)
        if not self._settings.flush():
            self.problem.emit(
                f"The settings cannot be written: next time {source.path.name} has to be imported"
                " again. Make room, or choose another home folder."
            )

    @Slot(object)
    def recall(self, folder: Path) -> None:
        """Read what was imported for a folder in an earlier session; answers `recalled`."""
        path = remembered_sources(self._settings).get(folder)
        if path is not None and folder not in self._known:
            self._reading.start(ReadAnnotations(path, folder), about=folder)

    def _keep(self, folder: Path, source: ImportSource) -> None:
        self._known.pop(folder, None)
        self._known[folder] = source

    @Slot(object, object, object)
    def _on_read(self, request: ReadAnnotations, found: AnnotationSet, folder: Path) -> None:
        settle(len(found.pictures))
        files = {picture.file: picture for picture in found.pictures}
        self._entries |= files
        self._keep(folder, ImportSource(request.source, found, files))
        self._session.list_classes(found.classes)
        self.message.emit(f"Annotations of {folder.name} are those of {request.source.name}")

    @Slot(object, EngineError)
    def _on_failed(self, request: ReadAnnotations, error: EngineError) -> None:
        self.problem.emit(f"{error}. The pictures are shown without what was imported from there.")

    @Slot()
    def _on_busy(self) -> None:
        if not self._reading.is_busy:
            self.recalled.emit()
