"""Writes annotations in one go or not at all: check, show what would be lost, then write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
from gui.pages.images.changed_dialog import Answer, ChangedDialog
from gui.pages.images.findings_dialog import FindingsDialog


@dataclass(frozen=True, slots=True)
class WriteJob:
    """One set of files to write.

    Attributes:
        pictures: everything that the files will hold.
        unsaved: those whose edits are saved by it.
        is_own: the files were read from there, so that replacing them is what is wanted.
        is_new: no file was there when the pictures were opened, so that one would be news.
        renamed: classes that have another name since the last save, old and new.
    """

    pictures: tuple[PictureAnnotations, ...]
    unsaved: tuple[PictureAnnotations, ...]
    classes: tuple[str, ...]
    format: AnnotationFormat
    target: Path
    is_own: bool
    is_new: bool = False
    class_ids: tuple[int, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def annotations(self) -> AnnotationSet:
        """As the engine takes it."""
        return AnnotationSet(self.pictures, self.classes, self.format, class_ids=self.class_ids)


class WriteRun(QObject):
    """Runs jobs one after the other; ends with exactly one of `finished` and `stopped`.

    Attributes:
        kept: what the files hold now of the pictures that were saved.
        failures: a line for each file that could not be written.
        written: the jobs that are done.
        answer: what is to become of annotations that another program has changed meanwhile.
        theirs: the pictures that are to have what that program has written.
    """

    finished = Signal()
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
        self.kept: dict[Path, PictureAnnotations] = {}
        self.failures: list[str] = []
        self._failed: set[Path] = set()
        self.written: list[WriteJob] = []
        self.answer: Answer | None = None
        self.theirs: tuple[PictureAnnotations, ...] = ()
        self._changed: tuple[Path, ...] = ()
        self._is_checking = True
        self._number = 0
        self._dialog: FindingsDialog | ChangedDialog | None = None
        self._checking = PageRequest(client, self, "files")
        self._checking.answered.connect(self._on_checked)
        self._writing = PageRequest(client, self, "files")
        self._writing.answered.connect(self._on_written)
        for request in (self._checking, self._writing):
            for broken in (request.failed, request.crashed, request.cancelled):
                broken.connect(self._on_broken)
        self._start()

    @property
    def dialog(self) -> FindingsDialog | ChangedDialog | None:
        """The report or question that waits for an answer."""
        return self._dialog

    def _start(self) -> None:
        job = self._jobs[self._number]
        if self._is_checking:
            check = CheckExport(job.annotations, job.format, job.target, job.renamed)
            self._checking.start(check)
        else:
            changed: ChangedMeanwhile = "ask"
            if self.answer == "mine" or self.answer == "both":
                changed = self.answer
            what = (job.annotations, job.format, job.target)
            self._writing.start(WriteAnnotations(*what, changed, job.renamed))

    @Slot(object, object)
    def _on_checked(self, _: CheckExport, findings: tuple[Finding, ...]) -> None:
        job = self._jobs[self._number]
        is_asked = any(finding.kind == "changed" for finding in findings)
        self._findings += [f for f in findings if self._is_news(job, f, is_asked)]
        if self._advance():
            return
        self._is_checking = False
        changed = [f for f in self._findings if f.kind == "changed"]
        self._findings = [f for f in self._findings if f.kind != "changed"]
        self._changed = tuple(dict.fromkeys(Path(f.file) for f in changed if f.file))
        if changed:
            dialog = ChangedDialog(self._changed, self._targets, self._window)
            dialog.chosen.connect(self._on_answer)
            self._open(dialog)
        else:
            self._report()

    @Slot(str)
    def _on_answer(self, answer: Answer) -> None:
        self.answer = answer
        if answer == "theirs":
            changed = set(self._changed)
            pictures = (picture for job in self._jobs for picture in job.pictures)
            self.theirs = tuple(picture for picture in pictures if picture.file in changed)
            jobs = (_without(job, self._changed) for job in self._jobs)
            self._jobs = tuple(job for job in jobs if job.pictures)
        self._report()

    def _report(self) -> None:
        """Show what would be lost, then write."""
        self._number = 0
        if not self._jobs:
            self._end()
        elif self._findings:
            self._ask()
        else:
            self._start()

    @property
    def saved(self) -> list[PictureAnnotations]:
        """The pictures whose edits are in their files now."""
        done = (picture for job in self.written for picture in job.unsaved)
        return [picture for picture in done if picture.file not in self._failed]

    @property
    def merged(self) -> frozenset[Path]:
        """Pictures whose files hold what another program has changed as well."""
        return frozenset(self._changed) if self.answer == "both" else frozenset()

    @property
    def _targets(self) -> list[Path]:
        return list(dict.fromkeys(job.target for job in self._jobs))

    def _is_news(self, job: WriteJob, finding: Finding, is_asked: bool) -> bool:
        if finding.is_error:
            return True
        if finding.kind == "would overwrite" and job.is_own and (is_asked or not job.is_new):
            return False
        return (job.format, finding.kind) not in self._accepted

    def _ask(self) -> None:
        targets = ", ".join(str(target) for target in self._targets)
        count = len(self._findings)
        things = "one thing does not match" if count == 1 else f"{count:,} things do not match"
        end = "Nothing has been written yet."
        if not self._can_write:
            end = "Nothing can be written before that is mended."
        summary = f"Writing to {targets}: {things}. {end}"
        dialog = FindingsDialog(
            "Before writing", summary, self._findings, "Write", "images", self._window
        )
        dialog.set_acceptable(self._can_write)
        dialog.accepted.connect(self._on_accepted)
        self._open(dialog)

    @property
    def _can_write(self) -> bool:
        """Whether anything would be written once the pictures that cannot be are left out."""
        pictures = {picture.file for job in self._jobs for picture in job.pictures}
        forbidden = {Path(finding.file) for finding in self._findings if finding.forbids}
        return forbidden < pictures

    def _open(self, dialog: FindingsDialog | ChangedDialog) -> None:
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
        self._leave_out({Path(finding.file) for finding in self._findings if finding.forbids})
        self._start()

    def _leave_out(self, files: set[Path]) -> None:
        """Write the others where some pictures cannot be written; these stay unsaved."""
        jobs = [job for job in (_without(job, files) for job in self._jobs) if job.pictures]
        if jobs:  # else writing says why
            self._jobs = tuple(jobs)

    @Slot(object, object)
    def _on_written(self, _: WriteAnnotations, written: WrittenAnnotations) -> None:
        job = self._jobs[self._number]
        own = {picture.file for picture in job.unsaved}
        self.kept |= {p.file: p for p in written.pictures if p.file in own}
        self.failures += written.failures
        self._failed |= {p.file for p in job.pictures} - {p.file for p in written.pictures}
        self.written.append(job)
        if not self._advance():
            self._end()

    def _end(self) -> None:
        self.finished.emit()
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


def _without(job: WriteJob, files: Iterable[Path]) -> WriteJob:
    gone = set(files)
    pictures, unsaved = (
        tuple(picture for picture in group if picture.file not in gone)
        for group in (job.pictures, job.unsaved)
    )
    return replace(job, pictures=pictures, unsaved=unsaved)
