"""Reading regular files only, and writing without ever leaving half a file behind."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from engine.api.errors import StorageError
from engine.api.wording import size_text

NAME_LIMIT_BYTES = 255
"""The longest file name that Linux, macOS and Windows take, in bytes of UTF-8."""

TEXT_LIMIT_BYTES = 64 << 20
"""Of a file of settings, a card, a status: a thousand times what is usual."""


def read_regular(path: Path, limit_bytes: int = TEXT_LIMIT_BYTES) -> bytes:
    """Return the whole content of a regular file.

    A pipe would wait for ever, a device never ends, and a file of gigabytes fills the memory.

    Raises:
        OSError: as `open_regular`.
    """
    with open_regular(path, limit_bytes) as stream:
        return stream.read(limit_bytes + 1)  # the file may grow meanwhile


def open_regular(path: Path, limit_bytes: int) -> IO[bytes]:
    """Open a regular file for reading.

    Raises:
        OSError: it is missing, a folder, pipe or device, larger than the limit, or may not be
            read; `strerror` says which. A name that no file can have counts as missing.
    """
    try:
        # Without waiting: opening a named pipe would last until somebody writes into it.
        descriptor = os.open(path, os.O_RDONLY | _NO_WAITING)
    except ValueError as error:
        raise FileNotFoundError(None, "the name holds a zero byte", str(path)) from error
    status = os.fstat(descriptor)
    reason = ""
    if not stat.S_ISREG(status.st_mode):
        is_folder = stat.S_ISDIR(status.st_mode)
        reason = "is a folder" if is_folder else "is a pipe or device, not a file"
    elif status.st_size > limit_bytes:
        reason = f"has {size_text(status.st_size)}, the limit is {size_text(limit_bytes)}"
    if reason:
        os.close(descriptor)
        raise OSError(None, reason, str(path))
    return os.fdopen(descriptor, "rb")


_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def fitting(stem: str, ending: str) -> str:
    """Return a file name of a stem and an ending; of a stem too long only the beginning."""
    while stem and len(os.fsencode(stem + ending)) > NAME_LIMIT_BYTES:
        stem = stem[:-1]
    return stem + ending


@contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that replaces it when the block ends without error.

    Missing parent folders are made. The data is on the disk before the old file goes.

    Raises:
        StorageError: the folder cannot be written to, or the disk is full.
    """
    try:
        # The name itself may be as long as the file system takes.
        temporary = path.with_name(fitting(f".{path.name}", f".{uuid.uuid4().hex[:12]}.tmp"))
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = temporary.open("xb")
    except (OSError, ValueError) as error:
        raise _storage_error(path, error) from error
    try:
        with opened as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise _storage_error(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_text(path: Path, text: str) -> None:
    """Replace a file's content with UTF-8 text, atomically."""
    with atomic_write(path) as stream:
        stream.write(text.encode())


def write_with(path: Path, save: Callable[[IO[bytes]], None]) -> None:
    """Replace a file's content with what `save` writes to a binary stream, atomically."""
    with atomic_write(path) as stream:
        save(stream)


def _storage_error(path: Path, error: OSError | ValueError) -> StorageError:
    reason = getattr(error, "strerror", None) or str(error)
    return StorageError(f"{path}: cannot be written ({reason}); choose another place")
