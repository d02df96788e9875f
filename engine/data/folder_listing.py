"""Finds the pictures of a folder by their names alone, fast enough for 100,000 of them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from engine.api.errors import PictureError
from engine.api.pictures import PICTURE_SUFFIXES
from engine.api.tasks import TaskContext
from engine.api.wording import one_line

_FIRST_BATCH, _BATCH = 200, 2000
_DIGITS = re.compile(r"[0-9]+")
_SUFFIXES = tuple(sorted(PICTURE_SUFFIXES))

# Not pairs: 100,000 tuples more would double the time that the garbage collector takes.
_Entries = dict[str, Path]


class _Folder(NamedTuple):
    """A folder to look into; `key` sorts it among the others."""

    path: Path
    key: tuple[str, ...]


def natural_key(name: str) -> str:
    """Return a sort key by which 2 comes before 10 and upper case does not matter much."""
    return f"{_DIGITS.sub(_number_key, name.casefold())}\0{name}"


def _number_key(match: re.Match[str]) -> str:
    # The number of digits first: of two numbers the longer one is the larger.
    digits = match[0].lstrip("0")
    return chr(len(digits)) + digits


def list_folder(folder: Path, is_recursive: bool, context: TaskContext) -> tuple[Path, ...]:
    """Return the pictures in natural order: those of a folder, then those of its subfolders.

    Files are not opened: the suffix decides, in any case. Hidden files and folders, whose name
    begins with a dot, are left out, as are subfolders that may not be read. Batches of paths, in
    no order, are reported as `detail` while the search goes on.

    Raises:
        PictureError: the folder is missing, no folder, or may not be read.
        TaskCancelled: between two batches.
    """
    found: list[tuple[_Folder, _Entries]] = []
    waiting = [_Folder(folder, ())]
    visited: set[tuple[int, int]] = set()
    batches = _Batches(context)
    while waiting:
        current = waiting.pop()
        entries: _Entries = {}
        found.append((current, entries))
        try:
            if is_recursive:
                status = current.path.stat()
                if (status.st_dev, status.st_ino) in visited:  # a link that leads back
                    continue
                visited.add((status.st_dev, status.st_ino))
            subfolders = _scan(current, entries, batches)
        except OSError as error:
            if current.path is folder:
                raise _folder_error(folder, error) from error
            continue
        if is_recursive:
            waiting.extend(subfolders)
    batches.flush()
    found.sort(key=lambda entry: entry[0].key)
    paths: list[Path] = []
    for _, entries in found:
        context.raise_if_cancelled()
        paths.extend(entries[name] for name in sorted(entries, key=natural_key))
    return tuple(paths)


class _Batches:
    """Hands paths on a few at a time, the first ones soon."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self._waiting: list[Path] = []
        self._limit = _FIRST_BATCH
        self._count = 0

    def add(self, path: Path) -> None:
        self._waiting.append(path)
        if len(self._waiting) >= self._limit:
            self.flush()

    def check(self) -> None:
        self._context.raise_if_cancelled()

    def flush(self) -> None:
        self._context.raise_if_cancelled()
        if not self._waiting:
            return
        self._count += len(self._waiting)
        batch, self._waiting, self._limit = tuple(self._waiting), [], _BATCH
        self._context.report(None, f"{self._count:,} pictures", batch)


def _scan(current: _Folder, entries: _Entries, batches: _Batches) -> list[_Folder]:
    """Add the pictures to `entries`; returns the subfolders."""
    subfolders = []
    with os.scandir(current.path) as found:
        for number, entry in enumerate(found):
            if number % _BATCH == 0:
                batches.check()
            name = entry.name
            if name.startswith("."):
                continue
            if _is_folder(entry):
                subfolders.append(_Folder(current.path / name, (*current.key, natural_key(name))))
            elif name.lower().endswith(_SUFFIXES):
                path = current.path / name
                entries[name] = path
                batches.add(path)
    return subfolders


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()  # asks the disk for links only
    except OSError:  # a link to itself
        return False


def _folder_error(folder: Path, error: OSError) -> PictureError:
    if isinstance(error, FileNotFoundError):
        text = "there is no such folder; check the name, or whether the drive is connected"
    elif isinstance(error, NotADirectoryError):
        text = "is a file, not a folder; open it as a picture"
    elif isinstance(error, PermissionError):
        text = "the folder may not be read; change its permissions"
    else:
        text = f"the folder cannot be read ({error.strerror}); check the drive"
    return PictureError(one_line(f"{folder}: {text}"))
