"""Writing without ever leaving half a file behind."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from engine.api.errors import StorageError


@contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that replaces it when the block ends without error.

    Missing parent folders are made. The data is on the disk before the old file goes.

    Raises:
        StorageError: the folder cannot be written to, or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = temporary.open("xb")
    except OSError as error:
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


def _storage_error(path: Path, error: OSError) -> StorageError:
    reason = error.strerror or str(error)
    return StorageError(f"{path}: cannot be written ({reason}); choose another place")
