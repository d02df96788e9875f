"""Finds the annotation file that lies beside a picture."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from engine.api.annotations import (
    AnnotationFormat,
    AnnotationSet,
    Finding,
    PictureAnnotations,
    ReadAnnotations,
    ReadClasses,
    ReadSidecars,
    Sidecar,
)
from engine.api.errors import DatasetError
from engine.api.tasks import TaskContext
from engine.data.formats import labelme, voc, yolo
from engine.data.formats.pictures import annotation_path
from engine.data.formats.text_files import load_json, read_text
from engine.data.formats.yolo_classes import find_classes

SIDECAR_FORMATS: tuple[tuple[str, AnnotationFormat], ...] = (
    (".json", "labelme"),
    (".xml", "voc"),
    (".txt", "yolo"),
)
_BELONGS: dict[AnnotationFormat, Callable[[Path], bool]] = {
    "labelme": labelme.is_labelme,
    "voc": voc.is_voc,
    "yolo": yolo.is_label_file,
}


def find_sidecar(picture: Path) -> tuple[Path, AnnotationFormat] | None:
    """Return the annotation file of the same stem and its format, or None.

    What is no annotation by its content is passed over: another program's JSON, a caption.

    Raises:
        DatasetError: the only file of that name is damaged, so that its content cannot be told.
    """
    damaged: DatasetError | None = None
    for suffix, annotation_format in SIDECAR_FORMATS:
        candidate = annotation_path(picture.parent, picture.stem, suffix)
        if not os.path.isfile(candidate):
            continue
        if _BELONGS[annotation_format](candidate):
            return candidate, annotation_format
        damaged = damaged or _damage(candidate)
    if damaged is not None:
        raise damaged
    return None


def _damage(file: Path) -> DatasetError | None:
    """Return what keeps a file from being read as text, JSON or XML at all."""
    loads: dict[str, Callable[[Path], object]] = {
        ".json": load_json,
        ".xml": voc.load_root,
        ".txt": read_text,
    }
    try:
        loads[file.suffix](file)
    except DatasetError as error:
        return error
    return None


def read_sidecar(
    picture: Path, read: Callable[[ReadAnnotations, TaskContext], AnnotationSet], ctx: TaskContext
) -> Sidecar | None:
    """Return what lies beside a picture, and of it only what is the picture's own.

    Raises:
        DatasetError: as `find_sidecar`, or the file cannot be read.
    """
    found = find_sidecar(picture)
    if found is None:
        return None
    source, annotation_format = found
    whole = read(ReadAnnotations(source, picture.parent, annotation_format), ctx)
    own = tuple(entry for entry in whole.pictures if _is_same(entry.file, picture))
    findings = whole.findings
    if whole.pictures and not own:
        text = f"{source.name} belongs to {whole.pictures[0].file.name}; {picture.name} has none"
        findings = (Finding("other name", str(source), text, is_error=True), *findings)
    own = tuple(replace(entry, file=picture) for entry in own)
    return Sidecar(source, replace(whole, pictures=own, findings=findings))


def _is_same(file: Path, picture: Path) -> bool:
    try:
        return file == picture or file.samefile(picture)
    except (OSError, ValueError):
        return False


def read_sidecars(
    request: ReadSidecars,
    read: Callable[[ReadAnnotations, TaskContext], AnnotationSet],
    context: TaskContext,
) -> tuple[PictureAnnotations, ...]:
    """Return what lies beside pictures; what cannot be read is passed over.

    Where a picture has files of several formats, the first of `SIDECAR_FORMATS` counts.
    """
    found: dict[Path, PictureAnnotations] = {}
    for source in _sources(request):
        context.raise_if_cancelled()
        try:
            read_set = read(source, context)
        except DatasetError:  # no file of this format, or none that can be read
            continue
        for picture in read_set.pictures:
            found.setdefault(picture.file, picture)
    return tuple(found.values())


def read_classes(
    request: ReadClasses,
    read: Callable[[ReadAnnotations, TaskContext], AnnotationSet],
    context: TaskContext,
) -> tuple[str, ...]:
    """Return the classes of a folder: those of its table in their order, the others by name."""
    try:
        table = find_classes(request.folder, levels=1).names
    except DatasetError:  # told when the labels are read
        table = ()
    folder = None if request.pictures else request.folder
    pictures = read_sidecars(ReadSidecars(folder, request.pictures), read, context)
    labels = {shape.label for picture in pictures for shape in picture.shapes}
    return tuple(dict.fromkeys([*table, *sorted(labels)]))


def _sources(request: ReadSidecars) -> Iterator[ReadAnnotations]:
    if request.folder is not None:
        for _, annotation_format in SIDECAR_FORMATS:
            yield ReadAnnotations(request.folder, request.folder, annotation_format)
    for picture in request.pictures:
        try:
            sidecar = find_sidecar(picture)
        except DatasetError:  # told when the picture is opened
            continue
        if sidecar is not None:
            yield ReadAnnotations(sidecar[0], picture.parent, sidecar[1])
