"""Takes what another program has written in place of a person's own edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from engine.api.annotations import AnnotationSet, PictureAnnotations, ReadAnnotations
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.document.session import Session
from gui.document.slices import SlicedRun


class Theirs(QObject):
    """Reads annotation files again; each picture gets one step to undo."""

    message = Signal(str)

    def __init__(self, client: EngineClient, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._reading = PageRequest(client, self, "files")
        self._reading.answered.connect(self._on_read)

    def take(self, pictures: Sequence[PictureAnnotations]) -> None:
        """Replace the shapes of pictures by what their annotation files hold now."""
        sources = dict.fromkeys((p.source.file, p.source.format) for p in pictures if p.source)
        for file, form in sources:
            wanted = tuple(p for p in pictures if p.source and p.source.file == file)
            folder = self._session.folder or wanted[0].file.parent
            self._reading.add(ReadAnnotations(file, folder, form), about=wanted)

    @Slot(object, object, object)
    def _on_read(
        self,
        request: ReadAnnotations,
        found: AnnotationSet,
        wanted: tuple[PictureAnnotations, ...],
    ) -> None:
        theirs: dict[Path, PictureAnnotations] = {p.file: p for p in found.pictures}
        if len(wanted) == len(found.pictures) == 1:  # a file of one picture, however it names it
            theirs = {wanted[0].file: replace(found.pictures[0], file=wanted[0].file)}
        new = [theirs.get(picture.file, replace(picture, shapes=())) for picture in wanted]
        steps = self._session.taking_in(new, "Take what the file holds", is_saved=True)
        SlicedRun(steps, self)
        self.message.emit(f"{request.source.name} is shown as it is now; Undo takes it back")
