"""Saves edits where the shapes came from, and exports them elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.api.annotations import AnnotationFormat, PictureAnnotations
from gui.bridge.engine_client import EngineClient
from gui.document.session import Session
from gui.document.slices import SlicedRun
from gui.pages.images.importing import FORMAT_TITLES
from gui.pages.images.places import Place, own_job, source_place
from gui.pages.images.sample_files import sample_key
from gui.pages.images.sidecars import Sidecars
from gui.pages.images.sources import Sources
from gui.pages.images.theirs import Theirs
from gui.pages.images.writing import WriteJob, WriteRun

Scope = Literal["picture", "all"]


@dataclass(frozen=True, slots=True)
class Export:
    """What a person asked for in the export dialog.

    Attributes:
        is_save: whether this is where a picture without a file is saved.
    """

    format: AnnotationFormat
    target: Path
    scope: Scope
    is_save: bool = False


class Saver(QObject):
    """Edited pictures go back to their own files: nobody is asked for a name twice."""

    message = Signal(str)
    problem = Signal(str)
    saved = Signal()
    place_wanted = Signal()  # the only unsaved picture has no file: a place must be chosen

    def __init__(
        self,
        client: EngineClient,
        session: Session,
        sidecars: Sidecars,
        sources: Sources,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._client, self._session, self._sidecars = client, session, sidecars
        self._window = parent
        self._sources = sources
        self._accepted: set[tuple[str, str]] = set()
        self._run: WriteRun | None = None
        self._export: Export | None = None  # waits for the pictures that were not opened
        self._exports: list[Export] = []  # wait for what is being written
        self._saves_again = False
        self._text = ""
        self._renamed: tuple[tuple[str, str], ...] = ()  # since the last save that went well
        self._theirs = Theirs(client, session, self)
        self._theirs.message.connect(self.message)
        sidecars.index_ended.connect(self._on_all_read)

    @property
    def run(self) -> WriteRun | None:
        """What is being written, or waits for an answer."""
        return self._run

    @property
    def is_busy(self) -> bool:
        """Whether something is being written, or read to be exported."""
        return self._run is not None or self._export is not None

    @Slot()
    def save(self) -> None:
        """Write every picture with unsaved edits; answers `saved` unless there are none.

        While something is being written that begins when it has ended.
        """
        if self.is_busy:
            self._saves_again = True
            self.message.emit("What has changed since is saved next")
            return
        modified = self._session.modified()
        with_file = [picture for picture in modified if sample_key(picture.file) is None]
        if with_file:
            self._begin(self._jobs(with_file))
        elif modified:
            self.place_wanted.emit()
        else:
            self.message.emit("There is nothing to save")

    def save_renamed(self, old: str, new: str) -> None:
        """Save where a class has got another name, in the tables of classes too."""
        self._renamed += ((old, new),)
        self.save()

    def export(self, export: Export) -> None:
        """Write annotations in a format and to a place of a person's choice.

        That is no save, unless it is the place where the pictures are saved anyway. While
        something is being written that begins when it has ended.
        """
        if self.is_busy:
            self._exports.append(export)
            self.message.emit("The export begins when what is being written has ended")
            return
        self._export = export
        # Of pictures that were not opened.
        is_reading = export.scope == "all" and self._sidecars.read_all()
        if not is_reading:
            self._on_all_read()

    @Slot()
    def _on_all_read(self) -> None:
        export, self._export = self._export, None
        if export is None:
            return
        pictures = tuple(self._exported(export.scope))
        if not pictures:
            self.message.emit("There are no annotations to export")
            self._go_on()
            return
        source = self._sources.of(pictures[0].file, has_sidecar=True)
        listed, ids = (
            (source.annotations.classes, source.annotations.class_ids) if source else ((), ())
        )
        classes = tuple(dict.fromkeys([*listed, *self._session.classes]))  # ids go with the first
        job = WriteJob(
            pictures,
            self._saved_by(export, pictures),
            classes,
            export.format,
            export.target,
            is_own=False,
            class_ids=ids,
        )
        self._begin([job])

    def _saved_by(
        self, export: Export, pictures: tuple[PictureAnnotations, ...]
    ) -> tuple[PictureAnnotations, ...]:
        """Return those of the pictures that have no unsaved edits once they are exported."""
        current = self._session.current
        if export.scope == "picture" and current is not None and current.path is None:
            key = Path(current.origin or current.title)
            return (replace(pictures[0], file=key),) if export.is_save else ()
        place = (export.format, export.target)
        own = (job for job in self._jobs(pictures) if (job.format, job.target) == place)
        return tuple(picture for job in own for picture in job.unsaved)

    def _exported(self, scope: Scope) -> Iterable[PictureAnnotations]:
        current = self._session.current
        if scope == "picture":
            return [current.to_annotations()] if current is not None else []
        known = (self._sidecars.annotations(file) for file in self._session.files)
        return [picture for picture in known if picture is not None]

    def _begin(self, jobs: list[WriteJob]) -> None:
        self._run = WriteRun(self._client, jobs, self._accepted, self._window)
        self._run.finished.connect(self._on_finished)
        self._run.stopped.connect(self._on_stopped)

    @Slot()
    def _on_finished(self) -> None:
        if self._run is not None:
            names = (f"{old} is now {new}. " for old, new in self._renamed)
            self._text = "".join(names) + _told(self._run)
            self._renamed = ()
            self._mark(self._run)

    @Slot()
    def _on_stopped(self) -> None:
        """Keep what was written before a file could not be; the rest stays unsaved."""
        if self._run is not None and self._run.written:
            self._text = f"Not everything was written. {_told(self._run)}"
            self._mark(self._run)
        else:
            self._run = None
            self._saves_again = False  # a person said no, or the disk did
            self._go_on()

    def _mark(self, run: WriteRun) -> None:
        if run.failures:
            more = len(run.failures) - 1
            self.problem.emit(run.failures[0] + (f" (and {more:,} more)" if more else ""))
        marking = SlicedRun(self._session.marking_saved(run.saved, run.kept, run.merged), self)
        marking.finished.connect(self._on_marked)

    @Slot()
    def _on_marked(self) -> None:
        run, self._run = self._run, None
        if run is not None and run.theirs:
            self._theirs.take(run.theirs)
        if self._text:
            self.message.emit(self._text)
        self.saved.emit()
        self._go_on()

    def _go_on(self) -> None:
        """Begin what was asked for meanwhile."""
        is_wanted, self._saves_again = self._saves_again, False
        if is_wanted and self._session.modified():
            self.save()
        elif self._exports:
            self.export(self._exports.pop(0))

    def _jobs(self, pictures: Iterable[PictureAnnotations]) -> list[WriteJob]:
        """Return one job for each place where the pictures are saved."""
        groups: dict[Place, list[PictureAnnotations]] = defaultdict(list)
        for picture in pictures:
            groups[self._place(picture)].append(picture)
        return [own_job(place, group, self._renamed) for place, group in groups.items()]

    def _place(self, picture: PictureAnnotations) -> Place:
        file, origin = picture.file, self._sidecars.origin(picture.file)
        source = self._sources.of(file, has_sidecar=origin is not None)
        if source is not None:
            return source_place(source, file)
        if origin is not None:
            return Place(origin.format, origin.folder, origin.classes)
        if picture.source is not None:  # it was not opened
            return Place(picture.source.format, picture.source.file.parent, self._session.classes)
        return Place("labelme", file.parent, self._session.classes)


def _told(run: WriteRun) -> str:
    """Return what was written, empty if nothing was."""
    jobs, saved = run.written, run.saved
    written = saved or [picture for job in jobs[:1] for picture in job.pictures]
    if not written:
        return ""
    verb = "Saved" if saved else "Exported"
    what = written[0].file.name if len(written) == 1 else f"{len(written):,} pictures"
    places = dict.fromkeys(str(job.target) for job in jobs)
    where = next(iter(places)) if len(places) == 1 else f"{len(places)} places"
    return f"{verb} {what} as {FORMAT_TITLES[jobs[0].format]} in {where}"
