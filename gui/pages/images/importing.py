"""Reads annotations of many pictures, shows what does not match, then takes them in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.api.annotations import AnnotationSet, PictureAnnotations, ReadAnnotations
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.document.folder_classes import PLACEHOLDER_CLASSES
from gui.document.long_lived import settle
from gui.document.session import Session
from gui.document.slices import SlicedRun
from gui.pages.images.findings_dialog import FindingsDialog

FORMAT_TITLES = {"coco": "COCO", "voc": "Pascal VOC", "yolo": "YOLO", "labelme": "labelme"}


@dataclass(slots=True)
class ImportSource:
    """What was taken in; saving goes back there.

    Attributes:
        files: every picture that it lists, with or without shapes, in its order.
        picture_count: how many of them have shapes.
    """

    path: Path
    annotations: AnnotationSet
    files: dict[Path, PictureAnnotations] = field(default_factory=dict)
    picture_count: int = 0
    shape_count: int = 0


class Importer(QObject):
    """Nothing is changed before a person has agreed."""

    taken_in = Signal(object)  # ImportSource
    message = Signal(str)

    def __init__(self, client: EngineClient, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._window = session, parent
        self._reading = PageRequest(client, self, "files")
        self._reading.answered.connect(self._on_read)
        self._dialog: FindingsDialog | None = None
        self._source: ImportSource | None = None

    @property
    def dialog(self) -> FindingsDialog | None:
        """The report that waits for an answer."""
        return self._dialog

    def read(self, path: Path) -> None:
        """Read a file or folder of COCO, Pascal VOC, YOLO or labelme; a report follows."""
        classes = self._session.classes
        known = () if classes == PLACEHOLDER_CLASSES else classes
        request = ReadAnnotations(path, self._session.folder, known_classes=known)
        self._reading.start(request)

    @Slot(object, object)
    def _on_read(self, request: ReadAnnotations, found: AnnotationSet) -> None:
        settle(len(found.pictures))
        path = request.source
        self._source = ImportSource(path, found)
        shapes = sum(len(picture.shapes) for picture in found.pictures)
        title = FORMAT_TITLES.get(found.format or "", "annotations")
        dialog = FindingsDialog(
            "Import annotations",
            f"{path.name} ({title}): {_summary(found, shapes)}",
            found.findings,
            f"Take in {_count(shapes, 'shape')}",
            "images",
            self._window,
        )
        dialog.set_acceptable(shapes > 0)
        dialog.accepted.connect(self._on_accepted)
        dialog.rejected.connect(self._on_rejected)
        dialog.finished.connect(dialog.deleteLater)
        self._dialog = dialog
        dialog.open()

    @Slot()
    def _on_rejected(self) -> None:
        self._dialog = self._source = None
        self.message.emit("Nothing was taken in")

    @Slot()
    def _on_accepted(self) -> None:
        self._dialog = None
        source = self._source
        if source is None:
            return
        self._session.add_classes(source.annotations.classes)
        run = SlicedRun(self._taking_in(source), self)
        run.finished.connect(self._on_taken_in)

    def _taking_in(self, source: ImportSource) -> Iterator[None]:
        pictures = source.annotations.pictures
        with_shapes = []
        for picture in pictures:
            source.files[picture.file] = picture
            if picture.shapes:  # one without shapes in the file keeps those that it has
                with_shapes.append(picture)
                source.shape_count += len(picture.shapes)
            yield
        source.picture_count = len(with_shapes)
        yield from self._session.taking_in(with_shapes, "Import annotations", is_saved=True)

    @Slot()
    def _on_taken_in(self) -> None:
        source, self._source = self._source, None
        if source is None:
            return
        self.taken_in.emit(source)
        pictures = _count(source.picture_count, "picture")
        self.message.emit(
            f"Took in {_count(source.shape_count, 'shape')} on {pictures};"
            " Undo takes them back, picture by picture"
        )


def _summary(found: AnnotationSet, shapes: int) -> str:
    pictures = sum(bool(picture.shapes) for picture in found.pictures)
    matches = "Everything matches."
    if found.findings:
        count = len(found.findings)
        matches = f"{_count(count, 'thing')} {'does' if count == 1 else 'do'} not match."
    return (
        f"{_count(shapes, 'shape')} on {_count(pictures, 'picture')},"
        f" {_count(len(found.classes), 'class', 'classes')}. {matches}"
        " Shapes that these pictures have now are replaced. Nothing has been changed yet."
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
