"""What every writer shares: sound pictures in, files with content out, nothing written yet."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.api.annotations import AnnotationSet, PictureAnnotations
from engine.api.tasks import TaskContext
from engine.data.formats.pictures import upright_size
from engine.data.formats.report import Report, counted, some
from engine.data.formats.shape_checks import checked_shapes

# What XML 1.0 cannot hold; no annotation tool wants it in a name either.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A file that is ready to be written."""

    path: Path
    content: bytes


def sound_pictures(
    annotations: AnnotationSet, report: Report, context: TaskContext
) -> Iterator[PictureAnnotations]:
    """Yield the pictures with known size where it can be known, and shapes that can be kept."""
    count = len(annotations.pictures)
    for number, picture in enumerate(annotations.pictures, 1):
        context.raise_if_cancelled()
        context.report(number / count, "checking annotations")
        size = (picture.width, picture.height)
        if not (size[0] and size[1]):
            size = upright_size(picture.file) or (0, 0)
        if not os.path.isfile(picture.file):
            text = f"{picture.file} is not there; its annotations are written all the same"
            report.note("missing picture", picture.file, text)
        placed = ((f"shape {n}", shape) for n, shape in enumerate(picture.shapes, 1))
        shapes = checked_shapes(placed, size, picture.file, report)
        yield replace(picture, width=size[0], height=size[1], shapes=shapes)


def note_unknown_size(picture: PictureAnnotations, report: Report) -> None:
    """Report a picture that is written with the size 0 x 0."""
    if not (picture.width and picture.height):
        text = f"{picture.file.name}: its size is not known; written as 0 x 0"
        report.note("unknown size", picture.file, text)


def note_lost(
    pictures: Iterable[PictureAnnotations],
    report: Report,
    target: Path,
    scores: bool = False,
    difficult: bool = False,
    polygons: bool = False,
) -> None:
    """Report once for each thing that a format cannot hold, with the number of shapes."""
    shapes = [shape for picture in pictures for shape in picture.shapes]
    for is_lost, count, text in (
        (scores, sum(s.score is not None for s in shapes), "lose their scores"),
        (difficult, sum(s.is_difficult for s in shapes), "lose the mark “difficult”"),
        (polygons, sum(s.kind == "polygon" for s in shapes), "are polygons and become their boxes"),
    ):
        if is_lost and count:
            report.note("unsupported", target, f"{counted(count, 'shape')}: {text}")


def printable(text: str) -> str:
    """Return the text with what an XML file cannot hold replaced by a question mark."""
    return _UNPRINTABLE.sub("?", text)


def plain_name(label: str) -> str:
    """Return a class name that a line of text and an XML file can hold."""
    return " ".join(printable(label).split()) or "unnamed"


def note_changed_names(labels: Iterable[str], report: Report, target: Path) -> None:
    """Report classes whose names the format has to change."""
    for label in sorted(set(labels)):
        if plain_name(label) != label:
            text = f"class {label!r} is written as {plain_name(label)!r}"
            report.note("class name", target, text)


def one_file_a_picture(
    pictures: Iterable[PictureAnnotations], target: Path, suffix: str, report: Report
) -> list[tuple[PictureAnnotations, Path]]:
    """Return each picture with its annotation file; two pictures of one name are refused."""
    if target.exists() and not target.is_dir():
        report.refuse("unreadable", target, f"{target}: is a file; choose a folder")
    owners: dict[str, PictureAnnotations] = {}
    for picture in pictures:
        name = picture.file.stem + suffix
        other = owners.setdefault(name.casefold(), picture)
        if other is not picture:
            text = (
                f"{other.file} and {picture.file} would both be {name};"
                " rename one, or export them to two folders"
            )
            report.refuse("duplicate", picture.file, text)
    return [(picture, target / (picture.file.stem + suffix)) for picture in owners.values()]


def note_overwritten(files: Iterable[PreparedFile], target: Path, report: Report) -> None:
    """Report once how many files there are that would be replaced by other content."""
    names = [file.path.name for file in files if _differs(file)]
    if names:
        verb = "exists" if len(names) == 1 else "exist"
        text = f"{counted(len(names), 'file')} {verb} and would be replaced: {some(names)}"
        report.note("would overwrite", target, text)


def _differs(file: PreparedFile) -> bool:
    try:
        return file.path.read_bytes() != file.content
    except OSError:
        return False


def guard(path: Path, belongs: Callable[[Path], bool], title: str, report: Report) -> bool:
    """Refuse to replace a file that is no readable file of the format; whether one is there."""
    if not os.path.exists(path):
        return False
    if belongs(path):
        return True
    text = f"{path}: is there and is no readable {title}; move it away or choose another place"
    report.refuse("unreadable", path, text)
    return False
