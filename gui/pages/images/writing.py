"""Writes annotations in one go or not at all: check, show what would be lost, then write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.api.annotations import (
    AnnotationFormat,
    AnnotationSet,
    ChangedMeanwhile,
    CheckExport,
    Finding,
    PictureAnnotations,
    WriteAnnotations,
    WrittenAnnotations,
)
from gui.bridge.engine_client import EngineClient
from gui.bridge.page_request import PageRequest
from gui.pages.images.findings_dialog import FindingsDialog


@dataclass(frozen=True, slots=True)
class WriteJob:
    """One set of files to write.

    Attributes:
        pictures: everything that the files will hold.
        unsaved: those whose edits are saved by it.
        is_own: the files were read from there, so that replacing them is what is wanted.
        is_new: no file was there when the pictures were opened, so that one would be news.
    """

    pictures: tuple[PictureAnnotations, ...]
    unsaved: tuple[PictureAnnotations, ...]
    classes: tuple[str, ...]
    format: AnnotationFormat
    target: Path
    is_own: bool
    is_new: bool = False
    class_ids: tuple[int, ...] = ()

    @property
    def annotations(self) -> AnnotationSet:
        """As the engine takes it."""
        return AnnotationSet(self.pictures, self.classes, self.format, class_ids=self.class_ids)


class WriteRun(QObject):
    """Runs jobs one after the other; ends with exactly one of `finished` and `stopped`."""

    finished = Signal(object)  # tuple[WriteJob, ...], all of them
    stopped = Signal()  # a person said no, or a file could not be written

    def __init__(
        self,
        client: EngineClient,
        jobs: Sequence[WriteJob],
        accepted: set[tuple[str, str]],
        parent: QWidget,
    ) -> None:
        """Begin at once.

        Args:
            accepted: kinds of findings that a person has agreed to for a format; added to here.
        """
        super().__init__(parent)
        self._jobs, self._window = tuple(jobs), parent
        self._accepted = accepted
        self._findings: list[Finding] = []
        self.kept: dict[Path, PictureAnnotations] = {}  # what the own files hold now
        self._is_checking = True
        self._number = 0
        self._dialog: FindingsDialog | None = None
        self._checking = PageRequest(client, self, "files")
        self._checking.answered.connect(self._on_checked)
        self._writing = PageRequest(client, self, "files")
        self._writing.answered.connect(self._on_written)
        for request in (self._checking, self._writing):
            for broken in (request.failed, request.crashed, request.cancelled):
                broken.connect(self._on_broken)
        self._start()

    @property
    def dialog(self) -> FindingsDialog | None:
        """The report that waits for an answer."""
        return self._dialog

    def _start(self) -> None:
        job = self._jobs[self._number]
        if self._is_checking:
            self._checking.start(CheckExport(job.annotations, job.format, job.target))
        else:
            is_changed = any(finding.kind == "changed" for finding in self._findings)
            changed: ChangedMeanwhile = "mine" if is_changed else "ask"
            request = WriteAnnotations(job.annotations, job.format, job.target, changed)
            self._writing.start(request)

    @Slot(object, object)
    def _on_checked(self, _: CheckExport, findings: tuple[Finding, ...]) -> None:
        job = self._jobs[self._number]
        self._findings += [f for f in findings if self._is_news(job, f)]
        if self._advance():
            return
        self._is_checking, self._number = False, 0
        if self._findings:
            self._ask()
        else:
            self._start()

    def _is_news(self, job: WriteJob, finding: Finding) -> bool:
        if finding.is_error:
            return True
        if job.is_own and not job.is_new and finding.kind == "would overwrite":
            return False
        return (job.format, finding.kind) not in self._accepted

    def _ask(self) -> None:
        targets = ", ".join(str(target) for target in dict.fromkeys(j.target for j in self._jobs))
        count = len(self._findings)
        things = "one thing does not match" if count == 1 else f"{count:,} things do not match"
        summary = f"Writing to {targets}: {things}. Nothing has been written yet."
        dialog = FindingsDialog(
            "Before writing", summary, self._findings, "Write", "images", self._window
        )
        dialog.accepted.connect(self._on_accepted)
        dialog.rejected.connect(self._on_broken)
        dialog.finished.connect(dialog.deleteLater)
        self._dialog = dialog
        dialog.open()

    @Slot()
    def _on_accepted(self) -> None:
        self._dialog = None
        formats = {job.format for job in self._jobs}
        kinds = {finding.kind for finding in self._findings if not finding.is_error}
        kinds.discard("would overwrite")
        self._accepted |= {(name, kind) for name in formats for kind in kinds}
        self._start()

    @Slot(object, object)
    def _on_written(self, _: WriteAnnotations, written: WrittenAnnotations) -> None:
        own = {picture.file for picture in self._jobs[self._number].unsaved}
        self.kept |= {p.file: p for p in written.pictures if p.file in own}
        if not self._advance():
            self.finished.emit(self._jobs)
            self.deleteLater()

    def _advance(self) -> bool:
        """Begin the next job; whether there was one."""
        self._number += 1
        if self._number < len(self._jobs):
            self._start()
            return True
        return False

    @Slot()
    def _on_broken(self) -> None:
        self._dialog = None
        self.stopped.emit()
        self.deleteLater()
