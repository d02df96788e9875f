"""Writes annotations in any format, after a report of what would be lost or replaced.

Both functions prepare the same files, so that what is reported is what happens.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.api.annotations import (
    AnnotationFormat,
    AnnotationSet,
    CheckExport,
    Finding,
    WriteAnnotations,
)
from engine.api.errors import DatasetError
from engine.api.tasks import TaskContext
from engine.core.files import atomic_write
from engine.data.formats import coco, labelme, voc, yolo
from engine.data.formats.outlet import PreparedFile
from engine.data.formats.report import Report

_Prepare = Callable[[AnnotationSet, Path, Report, TaskContext], list[PreparedFile]]
_PREPARERS: dict[AnnotationFormat, _Prepare] = {
    "coco": coco.prepare,
    "labelme": labelme.prepare,
    "voc": voc.prepare,
    "yolo": yolo.prepare,
}


def check_export(request: CheckExport, context: TaskContext) -> tuple[Finding, ...]:
    """Return what the format would lose or change and what would be replaced; writes nothing.

    A finding that forbids writing (a broken file in the way, two pictures with one label file)
    is an error here and a StorageError in `write_annotations`.
    """
    report = Report()
    _prepared(request.annotations, request.format, request.target, report, context)
    return report.findings


def write_annotations(request: WriteAnnotations, context: TaskContext) -> tuple[Path, ...]:
    """Write every file atomically and return their paths; all or none is checked beforehand.

    Raises:
        StorageError: a file in the way is broken or of another kind, two pictures would share a
            file, or the disk refuses. Of several files those before stay written.
    """
    report = Report()
    files = _prepared(request.annotations, request.format, request.target, report, context)
    report.raise_if_refused()
    for number, file in enumerate(files, 1):
        context.raise_if_cancelled()
        with atomic_write(file.path) as stream:
            stream.write(file.content)
        context.report(number / len(files), "writing annotations")
    return tuple(file.path for file in files)


def _prepared(
    annotations: AnnotationSet,
    name: AnnotationFormat,
    target: Path,
    report: Report,
    context: TaskContext,
) -> list[PreparedFile]:
    if name not in _PREPARERS:
        raise DatasetError(f"there is no format {name!r}; choose {' or '.join(_PREPARERS)}")
    return _PREPARERS[name](annotations, target, report, context)
