"""Finds the annotation file that lies beside a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from engine.api.annotations import (
    AnnotationFormat,
    AnnotationSet,
    PictureAnnotations,
    ReadAnnotations,
    ReadSidecars,
)
from engine.api.errors import DatasetError
from engine.api.tasks import TaskContext

SIDECAR_FORMATS: tuple[tuple[str, AnnotationFormat], ...] = (
    (".json", "labelme"),
    (".xml", "voc"),
    (".txt", "yolo"),
)
_NUMBERS_PER_YOLO_LINE = 5
_PEEK_BYTES = 4096


def find_sidecar(picture: Path) -> tuple[Path, AnnotationFormat] | None:
    """Return the annotation file of the same stem and its format, or None.

    A .txt file that does not begin with YOLO's numbers is somebody's caption and is passed over.

    Raises:
        DatasetError: a file of that name is there and cannot be read.
    """
    for suffix, annotation_format in SIDECAR_FORMATS:
        candidate = picture.with_suffix(suffix)
        if candidate.is_file() and (suffix != ".txt" or _looks_like_yolo(candidate)):
            return candidate, annotation_format
    return None


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


def _sources(request: ReadSidecars) -> Iterator[ReadAnnotations]:
    if request.folder is not None:
        for _, annotation_format in SIDECAR_FORMATS:
            yield ReadAnnotations(request.folder, request.folder, annotation_format)
    for picture in request.pictures:
        sidecar = find_sidecar(picture)
        if sidecar is not None:
            yield ReadAnnotations(sidecar[0], picture.parent, sidecar[1])


def _looks_like_yolo(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            first = stream.read(_PEEK_BYTES).decode(errors="replace").strip().partition("\n")[0]
    except OSError as error:
        reason = error.strerror or str(error)
        raise DatasetError(f"{file}: cannot be read ({reason}); check its permissions") from error
    words = first.split()
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return False
    return not numbers or len(numbers) >= _NUMBERS_PER_YOLO_LINE
