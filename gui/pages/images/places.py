"""Where the annotations of a picture are saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.api.annotations import AnnotationFormat, PictureAnnotations, PictureSource
from gui.pages.images.importing import ImportSource
from gui.pages.images.writing import WriteJob

_SUFFIXES: dict[AnnotationFormat, str] = {"labelme": ".json", "voc": ".xml", "yolo": ".txt"}


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder of annotations.

    Attributes:
        target: as the writer of the format takes it.
        classes: in the order of the file that is there.
        is_imported: whether annotations were imported from there.
    """

    format: AnnotationFormat
    target: Path
    classes: tuple[str, ...]
    class_ids: tuple[int, ...] = ()
    is_imported: bool = False


def source_place(source: ImportSource, picture: Path) -> Place:
    """Return where a picture is saved that belongs to what was imported."""
    found = source.annotations
    kind = found.format or "labelme"
    is_one_file = kind == "coco" and source.path.suffix.lower() == ".json"
    target = source.path if is_one_file else _label_folder(kind, source.path, picture)
    return Place(kind, target, found.classes, found.class_ids, is_imported=True)


def own_job(
    place: Place,
    pictures: Sequence[PictureAnnotations],
    renamed: tuple[tuple[str, str], ...] = (),
) -> WriteJob:
    """Return what saves pictures in their place.

    Args:
        renamed: classes that have another name since the last save, old and new.
    """
    is_new = not place.is_imported and all(picture.source is None for picture in pictures)
    sourced = tuple(_sourced(picture, place) for picture in pictures)
    return WriteJob(
        sourced,
        sourced,
        place.classes,
        place.format,
        place.target,
        is_own=True,
        is_new=is_new,
        class_ids=place.class_ids,
        renamed=renamed,
    )


def _sourced(picture: PictureAnnotations, place: Place) -> PictureAnnotations:
    """Return the picture so that writing finds out whether its file has come up meanwhile."""
    if picture.source is not None:
        return picture
    suffix = _SUFFIXES.get(place.format)
    file = place.target if suffix is None else place.target / (picture.file.stem + suffix)
    return replace(picture, source=PictureSource(file, place.format, ()))


def _label_folder(kind: AnnotationFormat, source: Path, picture: Path) -> Path:
    """Return where the annotation file of a picture lies in a folder of such files."""
    if kind == "yolo" and "images" in picture.parent.parts:
        parts = list(picture.parent.parts)
        last = len(parts) - 1 - parts[::-1].index("images")
        return Path(*parts[:last], "labels", *parts[last + 1 :])
    return source.parent if source.suffix else source
