"""Small files of text and JSON, read whole, every failure as one line."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from engine.api.errors import DatasetError
from engine.api.regular_files import open_regular, read_regular
from engine.core.json_text import parse_json

TEXT_LIMIT_BYTES = 256 << 20
JSON_LIMIT_BYTES = 4 << 30

_HEAD_BYTES, _TAIL_BYTES = 1 << 20, 1 << 16


def read_text(path: Path, limit_bytes: int = TEXT_LIMIT_BYTES) -> str:
    """Return the content of a UTF-8 file, without a byte order mark.

    Raises:
        DatasetError: the file cannot be opened, is larger than the limit, or is not UTF-8.
    """
    try:
        return read_regular(path, limit_bytes).decode("utf-8-sig")
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        where = f"byte {error.start}"
        raise DatasetError(f"{path}: is not UTF-8 text ({where}); save it as UTF-8") from error


def load_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        DatasetError: it cannot be opened, is empty, cut off, or no JSON.
    """
    text = read_text(path, JSON_LIMIT_BYTES)
    with json_errors(path, text):
        return parse_json(text)


@contextmanager
def json_errors(path: Path, text: str) -> Iterator[None]:
    """Turn what goes wrong with the text of a JSON file into DatasetError with its place."""
    if not text or text.isspace():
        raise DatasetError(f"{path}: is empty, expected JSON")
    try:
        yield
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise DatasetError(f"{path}: is not readable as JSON ({where})") from error
    except ValueError as error:
        raise DatasetError(f"{path}: is not readable as JSON ({error})") from error


def dump_json(value: Any, indent: int | None = None) -> bytes:
    """Return JSON as UTF-8; escapes only what UTF-8 cannot hold (undecodable file names)."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent).encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent).encode()


def json_keys(path: Path) -> frozenset[str]:
    """Return keys seen in the first megabyte and the last 64 kB; `[` for a list at the top.

    Enough to tell formats apart without parsing half a gigabyte twice. Empty if unreadable.
    """
    try:
        with open_regular(path, JSON_LIMIT_BYTES) as stream:
            text = stream.read(_HEAD_BYTES)
            if len(text) == _HEAD_BYTES:
                stream.seek(-min(_TAIL_BYTES, path.stat().st_size), os.SEEK_END)
                text += stream.read()
    except OSError:
        return frozenset()
    keys = {key.decode(errors="replace") for key in re.findall(rb'"(\w{1,40})"\s*:', text)}
    is_list = text.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")
    return frozenset(keys | {"["}) if is_list else frozenset(keys)


def files_below(source: Path, *suffixes: str) -> Iterator[Path]:
    """Yield `source` itself if it is a file, else the files below it, folder by folder.

    Suffixes in lower case; hidden folders and files are passed over.
    """
    if not os.path.isdir(source):
        yield source
        return
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(suffixes) and not name.startswith("."):
                yield Path(folder, name)


def first_files(source: Path, *suffixes: str) -> Iterator[Path]:
    """Yield enough of the files below `source` to tell a format: the first fifty."""
    return islice(files_below(source, *suffixes), 50)


def as_number(value: Any) -> float:
    """Return a finite number as float; ValueError for anything else, booleans included."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    try:
        number = float(value) if is_number else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{str(value)[:40]!r} is no finite number")
    return number


def as_size(value: Any) -> int:
    """Return a width or height in pixels; 0 where the file does not say."""
    try:
        return max(0, int(float(value)))
    except (TypeError, ValueError, OverflowError):
        return 0
