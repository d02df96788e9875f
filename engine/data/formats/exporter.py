"""What every writer shares: sound pictures in, files with content out, nothing written yet."""

from __future__ import annotations

import codecs
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from engine.api.annotations import (
    AnnotationSet,
    ChangedMeanwhile,
    PictureAnnotations,
    PictureSource,
)
from engine.api.regular_files import open_regular, read_regular
from engine.api.tasks import TaskContext
from engine.data.formats.kept_entries import EntryForm, Merged, PictureEntries, digests
from engine.data.formats.pictures import (
    annotation_path,
    folded,
    listed_path,
    upright_size,
)
from engine.data.formats.report import Report, counted, some
from engine.data.formats.shape_checks import checked_shapes
from engine.data.formats.text_files import JSON_LIMIT_BYTES

# What XML 1.0 cannot hold; no annotation tool wants it in a name either.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A file that is ready to be written."""

    path: Path
    content: bytes


@dataclass(slots=True)
class Prepared:
    """Files that are ready to be written, and the pictures as they are read from them then."""

    files: list[PreparedFile] = field(default_factory=list)
    pictures: list[PictureAnnotations] = field(default_factory=list)

    def add(self, path: Path, content: bytes) -> None:
        """Have a file written; one with a byte order mark keeps it."""
        mark = codecs.BOM_UTF8 if _start(path) == codecs.BOM_UTF8 else b""
        is_marked = content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        self.files.append(PreparedFile(path, content if is_marked else mark + content))

    def keep(
        self,
        picture: PictureAnnotations,
        path: Path,
        form: EntryForm,
        merged: Merged,
        image_id: int | str | None = None,
    ) -> None:
        """Note what a picture will have in its file."""
        source = PictureSource(path, form.name, digests(merged.entries, form), image_id)
        self.pictures.append(replace(picture, shapes=merged.shapes, source=source))


def _start(path: Path) -> bytes:
    try:
        with open_regular(path, JSON_LIMIT_BYTES) as stream:
            return stream.read(len(codecs.BOM_UTF8))
    except OSError:
        return b""


class Exporter:
    """Where annotations go, and the report of what that would lose or change.

    Args:
        target: a folder, or the file of a format that has one for all pictures.
        changed: what becomes of annotations that another program has changed since they were
            read; "ask" refuses to write.
        renamed: classes that have another name now, old and new.
    """

    def __init__(
        self,
        target: Path,
        report: Report,
        context: TaskContext,
        changed: ChangedMeanwhile = "ask",
        renamed: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.target, self.report = target, report
        self._context, self._changed = context, changed
        self._renamed = tuple(renamed)
        self._losses: Counter[str] = Counter()

    def renamed_in(self, names: Collection[str], labels: Collection[str]) -> dict[str, str]:
        """Return the classes of a table that change their name there, by their old name.

        Args:
            labels: of all shapes that are written; one that has the old name keeps it.
        """
        return {
            old: new
            for old, new in self._renamed
            if old in names and new not in names and old not in labels
        }

    def names_before(self, names: Collection[str]) -> dict[str, str]:
        """Return what classes of a table were called when the pictures were read.

        Args:
            names: those that the table has now, after `renamed_in`.
        """
        return {new: old for old, new in self._renamed if new in names and old not in names}

    def sound_pictures(self, annotations: AnnotationSet) -> Iterator[PictureAnnotations]:
        """Yield pictures with known size where it can be known, and shapes that can be kept."""
        count = len(annotations.pictures)
        for number, picture in enumerate(annotations.pictures, 1):
            self._context.raise_if_cancelled()
            self._context.report(number / count, "checking annotations")
            size = (picture.width, picture.height)
            if not (size[0] and size[1]):
                size = upright_size(picture.file) or (0, 0)
            if not os.path.isfile(picture.file):
                text = f"{picture.file} is not there; its annotations are written all the same"
                self.report.note("missing picture", picture.file, text)
            placed = ((f"shape {n}", shape) for n, shape in enumerate(picture.shapes, 1))
            shapes = checked_shapes(placed, size, picture.file, self.report)
            yield replace(picture, width=size[0], height=size[1], shapes=shapes)

    def one_file_a_picture(
        self, pictures: Iterable[PictureAnnotations], suffix: str
    ) -> list[tuple[PictureAnnotations, Path]]:
        """Return each picture with its annotation file; two pictures of one name are refused."""
        if os.path.exists(self.target) and not os.path.isdir(self.target):
            self.report.refuse(
                "unreadable", self.target, f"{self.target}: is a file; choose a folder"
            )
        owners: dict[str, PictureAnnotations] = {}
        for picture in pictures:
            name = picture.file.stem + suffix
            other = owners.setdefault(folded(name), picture)
            if other is not picture:
                text = (
                    f"{other.file} and {picture.file} would both be {name};"
                    " rename one, or export them to two folders"
                )
                self.report.refuse("duplicate", picture.file, text)
        return [
            (picture, annotation_path(self.target, picture.file.stem, suffix))
            for picture in owners.values()
        ]

    def merged(
        self,
        picture: PictureAnnotations,
        path: Path,
        texts: Sequence[str],
        form: EntryForm,
        image_id: int | str | None = None,
        before: Mapping[str, str] = MappingProxyType({}),
    ) -> Merged:
        """Return what is to stand in place of the entries that a picture has in a file now.

        Args:
            before: what classes were called when the picture was read (`names_before`).
        """
        size = (picture.width, picture.height)
        entries = PictureEntries(texts, form, size, picture.file, before)
        shapes, source = picture.shapes, picture.source
        is_changed = (
            source is not None
            and source.file == path
            and source.image_id in (None, image_id)  # None: it was not listed before
            and entries.fingerprint != source.entries
        )
        if source is not None and is_changed and self._changed == "both":
            shapes = entries.with_theirs(shapes, source)
        merged = entries.merged(shapes)
        # Not where it is as wanted already: the other may have been this program, stopped halfway.
        if is_changed and self._changed == "ask" and merged.entries != tuple(texts):
            text = f"{path.name}: another program has changed the annotations of"
            text += f" {picture.file.name} since they were read"
            self.report.refuse("changed", picture.file, text)
        self._losses.update(form.losses)
        form.losses.clear()
        return merged

    def note_losses(self) -> None:
        """Report once for each thing that cannot be kept, with the number of shapes."""
        for text, count in self._losses.items():
            self.report.note("unsupported", self.target, f"{counted(count, 'shape')}: {text}")
        self._losses.clear()

    def guard(self, path: Path, belongs: Callable[[Path], bool], title: str) -> bool:
        """Refuse to replace a file that is no readable file of the format; whether one is there."""
        if not os.path.lexists(path):
            return False
        if belongs(path):
            return True
        text = f"{path}: is there and is no readable {title}; move it away or choose another place"
        self.report.refuse("unreadable", path, text)
        return False

    @staticmethod
    def has_changes(prepared: Prepared) -> bool:
        """Whether a file that is there would get other content."""
        return any(_differs(file) for file in prepared.files)

    def note_overwritten(self, prepared: Prepared) -> None:
        """Report once how many files there are that would get other content."""
        names = [file.path.name for file in prepared.files if _differs(file)]
        if names:
            verb = "exists" if len(names) == 1 else "exist"
            text = f"{counted(len(names), 'file')} {verb} and would be replaced: {some(names)}"
            self.report.note("would overwrite", self.target, text)


def holds(file: PreparedFile) -> bool:
    """Whether a file is there and has the content that it is to have."""
    try:
        return read_regular(file.path, JSON_LIMIT_BYTES) == file.content
    except OSError:
        return False


def _differs(file: PreparedFile) -> bool:
    # pathlib raises where a name is too long for any file; the writer says so in a line.
    return os.path.isfile(file.path) and not holds(file)


def belongs_to_other(name: str, path: Path, picture: PictureAnnotations, report: Report) -> bool:
    """Refuse a file that names another picture of the same stem which is there."""
    listed = listed_path(name)
    other = path.parent / listed
    is_other = folded(listed.stem) == folded(picture.file.stem) and folded(listed.name) != folded(
        picture.file.name
    )
    beside = (other, picture.file.with_name(listed.name))
    if not (is_other and any(os.path.isfile(place) for place in beside)):
        return False
    text = f"{path} holds the annotations of {listed.name}; rename one of the two pictures"
    report.refuse("duplicate", picture.file, f"{text}, or export to another folder")
    return True


def note_unknown_size(picture: PictureAnnotations, report: Report) -> None:
    """Report a picture that is written with the size 0 x 0."""
    if not (picture.width and picture.height):
        text = f"{picture.file.name}: its size is not known; written as 0 x 0"
        report.note("unknown size", picture.file, text)


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
