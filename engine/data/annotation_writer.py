"""Writes annotations in any format, after a report of what would be lost or replaced.

Both functions prepare the same files, so that what is reported is what happens.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from engine.api.annotations import (
    AnnotationFormat,
    AnnotationSet,
    CheckExport,
    Finding,
    WriteAnnotations,
    WrittenAnnotations,
)
from engine.api.errors import DatasetError, StorageError
from engine.api.tasks import TaskContext
from engine.core.files import write_bytes
from engine.data.formats import (
    coco,
    coco_form,
    labelme,
    labelme_form,
    voc,
    voc_form,
    yolo,
    yolo_form,
)
from engine.data.formats.exporter import Exporter, Prepared, holds
from engine.data.formats.report import Report, counted, some

_Prepare = Callable[[AnnotationSet, Exporter], Prepared]
_PREPARERS: dict[AnnotationFormat, _Prepare] = {
    "coco": coco.prepare,
    "labelme": labelme.prepare,
    "voc": voc.prepare,
    "yolo": yolo.prepare,
}
_UNSHARED: dict[AnnotationFormat, Callable[[str], Iterable[str]]] = {
    "coco": coco_form.unshared,
    "labelme": labelme_form.unshared,
    "voc": voc_form.unshared,
    "yolo": yolo_form.unshared,
}


def check_export(request: CheckExport, context: TaskContext) -> tuple[Finding, ...]:
    """Return what the format would lose or change and what would be replaced; writes nothing.

    A finding that forbids writing (a broken file in the way, two pictures with one label file)
    is an error here and a StorageError in `write_annotations`.
    """
    report = Report()
    exporter = Exporter(request.target, report, context, renamed=request.renamed)
    _prepared(request.annotations, request.format, exporter)
    return report.findings


def write_annotations(request: WriteAnnotations, context: TaskContext) -> WrittenAnnotations:
    """Write every file atomically; all or none is checked beforehand.

    A file of one picture that cannot be written costs only that picture. One that holds already
    what it is to hold is not touched.

    Raises:
        StorageError: a file in the way is broken or of another kind, two pictures would share a
            file, another program has changed one since it was read (`request.changed`), or the
            disk refuses a file of several pictures, or all of them.
    """
    report = Report()
    exporter = Exporter(request.target, report, context, request.changed, request.renamed)
    prepared = _prepared(request.annotations, request.format, exporter)
    report.raise_if_refused()
    files = prepared.files
    failures = _written(prepared, context)
    pictures = tuple(p for p in prepared.pictures if p.source and p.source.file not in failures)
    if failures and not pictures:
        raise next(iter(failures.values()))
    written = tuple(file.path for file in files if file.path not in failures)
    return WrittenAnnotations(written, pictures, tuple(map(str, failures.values())))


def _written(prepared: Prepared, context: TaskContext) -> dict[Path, StorageError]:
    """Write the files; returns why those of single pictures could not be."""
    owners = Counter(picture.source.file for picture in prepared.pictures if picture.source)
    failures: dict[Path, StorageError] = {}
    for number, file in enumerate(prepared.files, 1):
        context.raise_if_cancelled()
        try:
            if not holds(file):
                write_bytes(file.path, file.content)
        except StorageError as error:
            if owners[file.path] != 1:
                raise
            failures[file.path] = error
        context.report(number / len(prepared.files), "writing annotations")
    return failures


def _prepared(annotations: AnnotationSet, name: AnnotationFormat, exporter: Exporter) -> Prepared:
    if name not in _PREPARERS:
        raise DatasetError(f"there is no format {name!r}; choose {' or '.join(_PREPARERS)}")
    prepared = _PREPARERS[name](annotations, exporter)
    exporter.note_losses()
    _note_unshared(annotations, name, exporter)
    return prepared


def _note_unshared(annotations: AnnotationSet, name: AnnotationFormat, exporter: Exporter) -> None:
    """Tell what shapes have in the format that they were read from, and only there."""
    shapes = (shape for picture in annotations.pictures for shape in picture.shapes)
    counts: Counter[AnnotationFormat] = Counter()
    fields: dict[AnnotationFormat, dict[str, None]] = defaultdict(dict)
    for entry in (shape.entry for shape in shapes if shape.entry):
        if entry.format != name:
            found = dict.fromkeys(_UNSHARED[entry.format](entry.text))
            fields[entry.format] |= found
            counts[entry.format] += bool(found)
    for other, count in counts.items():
        if count:
            text = f"{counted(count, 'shape')}: {some(fields[other])} of {other} cannot be kept"
            exporter.report.note("unsupported", exporter.target, text)
