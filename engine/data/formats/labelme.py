"""labelme: one JSON a picture, rectangles and polygons as points.

Read and written here and not through supervision 0.31, which keeps coordinates in float32, turns
polygons into masks of whole pixels, joins shapes of one group, decodes every picture in order to
write, and stops at the first entry that does not fit where this project reports it.

Points lie between pixels as here, so numbers pass through unchanged. `score` stands beside the
label and `difficult` among the flags; labelme keeps both when it saves the file again. Circles,
lines, points and masks are not read, but stay in a file that is written over, as does everything
else that is not edited: see `kept_entries`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.api.annotations import AnnotationSet, Entry, PictureAnnotations
from engine.api.errors import DatasetError
from engine.core.json_text import parse_json
from engine.data.formats.exporter import Exporter, Prepared, belongs_to_other, note_unknown_size
from engine.data.formats.importer import Importer, ListedPicture
from engine.data.formats.json_spans import JsonCursor, JsonList, margin_of, replaced
from engine.data.formats.labelme_form import KINDS, LabelmeForm, kind_of, shape_of
from engine.data.formats.pictures import relative_to
from engine.data.formats.report import Report, counted, some
from engine.data.formats.shape_checks import PlacedShape
from engine.data.formats.text_files import (
    JSON_LIMIT_BYTES,
    as_size,
    dump_json,
    files_below,
    first_files,
    json_errors,
    json_keys,
    read_text,
)

_VERSION = "5.5.0"


def detect(source: Path) -> bool:
    """Whether a file, or one of the first below a folder, is labelme by its keys."""
    return any(is_labelme(file) for file in first_files(source, ".json"))


def is_labelme(file: Path) -> bool:
    """Whether a file is labelme by its keys; it may be damaged all the same."""
    if file.suffix.lower() != ".json":
        return False
    keys = json_keys(file)
    return "shapes" in keys and bool(keys & {"imagePath", "imageData", "imageHeight", "version"})


@dataclass(frozen=True, slots=True)
class LabelmeFile:
    """A file of one picture: its text, what it says about the picture, and its entries."""

    text: str
    about: dict[str, Any]
    shapes: JsonList

    @property
    def entries(self) -> list[str]:
        """The text of each entry."""
        return [self.shapes.item(index) for index in range(len(self.shapes.items))]

    def names(self, file: Path) -> str:
        """Return the picture that the file names; by its own name where it names none."""
        name = self.about.get("imagePath")
        return name if isinstance(name, str) and name and "\0" not in name else file.stem


def load(file: Path) -> LabelmeFile:
    """Read a labelme file.

    Raises:
        DatasetError: it cannot be read, is no JSON, or has no list of shapes.
    """
    text = read_text(file, JSON_LIMIT_BYTES)
    about: dict[str, Any] = {}
    shapes = None
    with json_errors(file, text):
        cursor = JsonCursor(text)
        if cursor.peek() == "{":
            for key in cursor.members():
                if key == "shapes" and cursor.peek() == "[":
                    shapes = JsonList.read(cursor, margin_of(text))
                else:
                    about[key] = cursor.value().value
        else:
            cursor.value()
        cursor.end()
    if shapes is None:
        raise DatasetError(f"{file}: has no list “shapes”; expected a labelme file")
    return LabelmeFile(text, about, shapes)


def read(source: Path, importer: Importer) -> AnnotationSet:
    """Take in a labelme file, or all that lie below a folder.

    Raises:
        DatasetError: the only file is unreadable.
    """
    files = list(files_below(source, ".json"))
    importer.expect(len(files))
    for file in files:
        importer.advance()
        try:
            found = load(file)
        except DatasetError as error:
            importer.unreadable(file, error)
            continue
        about = found.about
        size = as_size(about.get("imageWidth")), as_size(about.get("imageHeight"))
        own = file.stem
        listed = ListedPicture(file, found.names(file), size, (file.parent,), (own,), own)
        placed = list(_placed(found.entries, file, importer.report))
        importer.take(listed, placed, LabelmeForm.name, found.entries)
    if os.path.isdir(source):
        importer.note_unlisted()
    return importer.finish("labelme", ())


def _placed(entries: list[str], file: Path, report: Report) -> Iterator[PlacedShape]:
    extras, foreign = 0, []
    for number, text in enumerate(entries, 1):
        place = f"shape {number}"
        entry = parse_json(text)
        kind = kind_of(entry)
        if kind is not None and kind not in KINDS:
            foreign.append(f"{kind} {entry.get('label')!r}")
            continue
        try:
            shape = shape_of(entry)
        except (ValueError, DatasetError) as error:
            report.leave_out("unreadable", file, f"{file.name}, {place}: {error}; left out")
            continue
        extras += entry.get("group_id") is not None or bool(entry.get("description"))
        yield place, replace(shape, entry=Entry("labelme", text))
    if foreign:
        text = f"{file.name}: {some(foreign)}: only rectangles and polygons are read; left out"
        report.leave_out("unsupported", file, text)
    if extras:
        text = f"{file.name}: {counted(extras, 'shape')} with a group or description, not shown"
        report.note("unsupported", file, f"{text} here; saving keeps them")


def prepare(annotations: AnnotationSet, exporter: Exporter) -> Prepared:
    """Return the files that would be written, and report what they would change."""
    prepared = Prepared()
    for picture, path in exporter.one_file_a_picture(exporter.sound_pictures(annotations), ".json"):
        note_unknown_size(picture, exporter.report)
        old = load(path) if exporter.guard(path, _is_readable, "labelme file") else None
        if old is not None and belongs_to_other(old.names(path), path, picture, exporter.report):
            continue
        shapes = old.shapes if old else None
        is_short = shapes is not None and shapes.indent is None
        margin = None if is_short else (shapes.margin if shapes else "    ")
        form = LabelmeForm(margin, (shapes.indent if shapes else None) or "  ")
        merged = exporter.merged(picture, path, old.entries if old else [], form)
        if old is None:
            content = _new_text(picture, path, merged.entries)
        else:
            texts = dict(enumerate(merged.texts))
            content = replaced(old.text, old.shapes.replacements(texts, merged.added))
        prepared.add(path, content.encode())
        prepared.keep(picture, path, form, merged)
    exporter.note_overwritten(prepared)
    return prepared


def _is_readable(file: Path) -> bool:
    try:
        load(file)
    except DatasetError:
        return False
    return True


def _new_text(picture: PictureAnnotations, path: Path, entries: tuple[str, ...]) -> str:
    document: dict[str, Any] = {
        "version": _VERSION,
        "flags": {},
        "shapes": [],
        "imagePath": relative_to(picture.file, path.parent),
        "imageData": None,
        "imageHeight": picture.height,
        "imageWidth": picture.width,
    }
    text = dump_json(document, indent=2).decode()
    inside = "".join(f"\n    {entry}," for entry in entries).removesuffix(",")
    return text.replace(
        '"shapes": []', f'"shapes": [{inside}\n  ]' if inside else '"shapes": []', 1
    )
