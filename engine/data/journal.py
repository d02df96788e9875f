"""Autosave of shapes that are not saved yet, so that a crash loses half a minute at most.

JSON lines: a header, then a line a picture, each with the CRC-32 of its text. A file that was cut
off or damaged still gives every whole line.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any, get_args

from engine.api.annotations import (
    AnnotationFormat,
    Entry,
    PictureAnnotations,
    PictureSource,
    Shape,
)
from engine.api.errors import StorageError
from engine.api.regular_files import read_regular
from engine.api.tasks import TaskContext
from engine.core.files import write_text
from engine.core.json_text import parse_json
from engine.data.formats.text_files import as_number

_LOG = logging.getLogger(__name__)
_NAME = "vision-workbench-journal"
_VERSION = 1
_LIMIT_BYTES = 1 << 30


def write_journal(journal: Path, pictures: Sequence[PictureAnnotations]) -> None:
    """Replace the journal; without pictures it is removed.

    Raises:
        StorageError: the file cannot be written or removed.
    """
    if pictures:
        header = {"journal": _NAME, "version": _VERSION, "pictures": len(pictures)}
        lines = [_line(header), *(_line(_as_data(picture)) for picture in pictures)]
        write_text(journal, "".join(lines))
        return
    try:
        journal.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"{journal}: cannot be removed ({reason}); delete it") from error


def read_journal(journal: Path, context: TaskContext) -> tuple[PictureAnnotations, ...]:
    """Return what a crashed session left, or nothing; never fails.

    A damaged journal is moved aside to `.broken` and reported in the log and as progress; the
    pictures on its whole lines are returned all the same.
    """
    try:
        data = read_regular(journal, _LIMIT_BYTES)
    except FileNotFoundError:
        return ()
    except OSError as error:
        _tell(f"{journal}: cannot be read ({error.strerror or error}); unsaved work is in it")
        return ()
    pictures, problem = _parse(data)
    if problem:
        aside = journal.with_name(journal.name + ".broken")
        with suppress(OSError):
            journal.replace(aside)
        text = f"{journal.name}: {problem}; {len(pictures)} pictures recovered, moved to {aside}"
        _tell(text)
        context.report(None, text, detail=text)
    return tuple(pictures)


def _tell(text: str) -> None:
    _LOG.warning("%s", text)


def _line(value: dict[str, Any]) -> str:
    # ASCII: undecodable file names of Linux survive as escapes.
    text = json.dumps(value)
    return f"{zlib.crc32(text.encode()):08x} {text}\n"


def _parse(data: bytes) -> tuple[list[PictureAnnotations], str]:
    """Return the pictures on whole lines, and what is wrong with the rest, or nothing."""
    first, *lines = data.split(b"\n")
    try:
        header = _checked(first)
        expected = int(header["pictures"])
        if header["journal"] != _NAME or header["version"] != _VERSION:
            return [], f"version {header['version']!r} of a journal, this program reads {_VERSION}"
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        return [], f"the first line is damaged ({error})"
    pictures = []
    for line in lines:
        with suppress(ValueError, KeyError, TypeError, OverflowError):
            pictures.append(_as_picture(_checked(line)))
    if len(pictures) != expected:
        return pictures, f"{len(pictures)} of {expected} pictures are whole"
    return pictures, ""


def _checked(line: bytes) -> dict[str, Any]:
    checksum, _, text = line.partition(b" ")
    if int(checksum, 16) != zlib.crc32(text):
        raise ValueError("checksum differs")
    value = parse_json(text)
    if not isinstance(value, dict):
        raise TypeError("no object")
    return value


def _as_data(picture: PictureAnnotations) -> dict[str, Any]:
    shapes = [
        [s.label, s.kind, s.points, s.score, s.is_difficult, s.entry and astuple(s.entry)]
        for s in picture.shapes
    ]
    size = {"width": picture.width, "height": picture.height}
    source = picture.source and {**asdict(picture.source), "file": str(picture.source.file)}
    return {"file": str(picture.file), **size, "shapes": shapes, "source": source}


def _as_picture(data: dict[str, Any]) -> PictureAnnotations:
    """Return a picture; ValueError, TypeError or KeyError where a value is of another kind."""
    size = (_whole(data["width"]), _whole(data["height"]))
    shapes = tuple(_as_shape(*values) for values in data["shapes"])
    source = data.get("source")
    return PictureAnnotations(
        Path(_text(data["file"])), *size, shapes, None if source is None else _as_source(**source)
    )


def _as_shape(
    label: Any, kind: Any, points: Any, score: Any, is_difficult: Any, entry: Any = None
) -> Shape:
    corners = tuple((as_number(x), as_number(y)) for x, y in points)
    least = {"box": 2, "polygon": 3}[kind]
    if len(corners) < least or (kind == "box" and len(corners) != least):
        raise ValueError(f"{len(corners)} points for a {kind}")
    return Shape(
        _text(label),
        corners,
        kind,
        None if score is None else as_number(score),
        bool(is_difficult),
        None if entry is None else _as_entry(*entry),
    )


def _as_entry(format_name: Any, text: Any, part: Any) -> Entry:
    return Entry(_FORMATS[format_name], _text(text), _whole(part))


def _as_source(file: Any, format: Any, entries: Any, image_id: Any) -> PictureSource:  # noqa: A002
    if not (image_id is None or isinstance(image_id, (int, str))):
        raise TypeError("image_id is no number and no text")
    numbers = tuple(_whole(entry) for entry in entries)
    return PictureSource(Path(_text(file)), _FORMATS[format], numbers, image_id)


_FORMATS: dict[Any, AnnotationFormat] = {name: name for name in get_args(AnnotationFormat)}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is no text")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(f"{str(value)[:40]!r} is no whole number")
    return value
