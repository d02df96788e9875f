"""Writing without ever leaving half a file behind."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from engine.api.errors import StorageError
from engine.api.regular_files import impossible_name

NAME_LIMIT_BYTES = 255
"""The longest file name that Linux, macOS and Windows take, in bytes of UTF-8."""


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


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file's content, atomically."""
    with atomic_write(path) as stream:
        stream.write(content)


def write_text(path: Path, text: str) -> None:
    """Replace a file's content with UTF-8 text, atomically."""
    write_bytes(path, text.encode())


def write_with(path: Path, save: Callable[[IO[bytes]], None]) -> None:
    """Replace a file's content with what `save` writes to a binary stream, atomically."""
    with atomic_write(path) as stream:
        save(stream)


def _storage_error(path: Path, error: OSError | ValueError) -> StorageError:
    reason = getattr(error, "strerror", None) or str(error)
    if isinstance(error, ValueError):
        reason = impossible_name(path)
    return StorageError(f"{path}: cannot be written ({reason}); choose another place")
