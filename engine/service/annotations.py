"""Answers about annotations beside pictures, and about the journal."""

from __future__ import annotations

from engine.api.annotations import (
    PictureAnnotations,
    ReadClasses,
    ReadJournal,
    ReadSidecar,
    ReadSidecars,
    Sidecar,
    WriteJournal,
)
from engine.api.tasks import TaskContext
from engine.data import sidecar
from engine.data.annotation_reader import read_annotations
from engine.data.journal import read_journal, write_journal


def read_sidecar(request: ReadSidecar, context: TaskContext) -> Sidecar | None:
    """Read what lies beside a picture; None where nothing does."""
    return sidecar.read_sidecar(request.picture, read_annotations, context)


def read_all_sidecars(
    request: ReadSidecars, context: TaskContext
) -> tuple[PictureAnnotations, ...]:
    """Read what lies beside each picture."""
    return sidecar.read_sidecars(request, read_annotations, context)


def read_classes(request: ReadClasses, context: TaskContext) -> tuple[str, ...]:
    """Read the classes of a folder in one order."""
    return sidecar.read_classes(request, read_annotations, context)


def keep_journal(request: WriteJournal) -> None:
    """Write what is not saved yet."""
    write_journal(request.journal, request.pictures)


def recall_journal(request: ReadJournal, context: TaskContext) -> tuple[PictureAnnotations, ...]:
    """Read what was not saved before a crash."""
    return read_journal(request.journal, context)
