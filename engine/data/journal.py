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
from pathlib import Path
from typing import Any

from engine.api.annotations import PictureAnnotations, Shape
from engine.api.errors import StorageError
from engine.api.tasks import TaskContext
from engine.core.files import write_text
from engine.core.json_text import parse_json

_LOG = logging.getLogger(__name__)
_NAME = "vision-workbench-journal"
_VERSION = 1


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
        data = journal.read_bytes()
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
    except (ValueError, KeyError, TypeError) as error:
        return [], f"the first line is damaged ({error})"
    pictures = []
    for line in lines:
        with suppress(ValueError, KeyError, TypeError):
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
        [shape.label, shape.kind, shape.points, shape.score, shape.is_difficult]
        for shape in picture.shapes
    ]
    size = {"width": picture.width, "height": picture.height}
    return {"file": str(picture.file), **size, "shapes": shapes}


def _as_picture(data: dict[str, Any]) -> PictureAnnotations:
    shapes = tuple(
        Shape(label, tuple((x, y) for x, y in points), kind, score, is_difficult)
        for label, kind, points, score, is_difficult in data["shapes"]
    )
    return PictureAnnotations(Path(data["file"]), data["width"], data["height"], shapes)
