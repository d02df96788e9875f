"""Reading files that somebody else may have put there."""

from __future__ import annotations

import stat
from pathlib import Path

from engine.api.wording import size_text

TEXT_BYTES = 64 * 2**20
"""Of a file of settings, a card, a status: a thousand times what is usual."""


def read_regular(path: Path, most_bytes: int = TEXT_BYTES) -> bytes:
    """Return what a file holds.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be read, is a pipe, a device or a folder (reading a pipe waits for ever),
            or is larger than `most_bytes`.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{path} is no regular file")
    if status.st_size > most_bytes:
        raise OSError(f"{path} has {size_text(status.st_size)}, more than {size_text(most_bytes)}")
    with path.open("rb") as stream:
        return stream.read(most_bytes)
