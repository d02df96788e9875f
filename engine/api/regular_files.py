"""Reading regular files only: the one place where the program opens files that it did not write.

Everything that reads a file by its name comes through here, or is one of the few libraries that
take nothing but a name, after a check of the same kind (tests/architecture/test_reading_files.py).
"""

from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path
from typing import BinaryIO

from engine.api.wording import size_text

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


def open_regular(path: Path, limit_bytes: int) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        OSError: it is missing, a folder, pipe or device, larger than the limit, or may not be
            read; `strerror` says which. A name that no file can have counts as missing.
    """
    try:
        return open(path, "rb", opener=partial(_opened, limit_bytes=limit_bytes))
    except ValueError as error:
        raise FileNotFoundError(None, impossible_name(path), str(path)) from error


def impossible_name(path: Path) -> str:
    """Return why no file can have a name that Python refuses with a ValueError."""
    return f"the name holds {'a zero byte' if chr(0) in str(path) else 'what no file name can'}"


def _opened(name: str, flags: int, limit_bytes: int) -> int:
    # Without waiting: opening a named pipe would last until somebody writes into it.
    descriptor = os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
    status = os.fstat(descriptor)
    reason = ""
    if not stat.S_ISREG(status.st_mode):
        is_folder = stat.S_ISDIR(status.st_mode)
        reason = "is a folder" if is_folder else "is a pipe or device, not a file"
    elif status.st_size > limit_bytes:
        reason = f"has {size_text(status.st_size)}, the limit is {size_text(limit_bytes)}"
    if reason:
        os.close(descriptor)
        raise OSError(None, reason, name)
    return descriptor
