"""Handlers of requests about annotations and the journal."""

from __future__ import annotations

from pathlib import Path

from engine.api.annotations import (
    AnnotationSet,
    CheckExport,
    Finding,
    PictureAnnotations,
    ReadAnnotations,
    ReadJournal,
    ReadSidecar,
    ReadSidecars,
    Sidecar,
    WriteAnnotations,
    WriteJournal,
)
from engine.api.tasks import TaskContext
from engine.service.dispatch import answer, execute


@answer.register
def _read_sidecar(request: ReadSidecar, context: TaskContext) -> Sidecar | None:
    from engine.data.sidecar import find_sidecar

    found = find_sidecar(request.picture)
    if found is None:
        return None
    source, annotation_format = found
    whole = ReadAnnotations(source, request.picture.parent, annotation_format)
    return Sidecar(source, execute(whole, context))


@answer.register
def _read_sidecars(request: ReadSidecars, context: TaskContext) -> tuple[PictureAnnotations, ...]:
    from engine.data.sidecar import read_sidecars

    return read_sidecars(request, execute, context)


@answer.register
def _read_annotations(request: ReadAnnotations, context: TaskContext) -> AnnotationSet:
    from engine.data.annotation_reader import read_annotations

    return read_annotations(request, context)


@answer.register
def _check_export(request: CheckExport, context: TaskContext) -> tuple[Finding, ...]:
    from engine.data.annotation_writer import check_export

    return check_export(request, context)


@answer.register
def _write_annotations(request: WriteAnnotations, context: TaskContext) -> tuple[Path, ...]:
    from engine.data.annotation_writer import write_annotations

    return write_annotations(request, context)


@answer.register
def _write_journal(request: WriteJournal, context: TaskContext) -> None:
    from engine.data.journal import write_journal

    write_journal(request.journal, request.pictures)


@answer.register
def _read_journal(request: ReadJournal, context: TaskContext) -> tuple[PictureAnnotations, ...]:
    from engine.data.journal import read_journal

    return read_journal(request.journal, context)
