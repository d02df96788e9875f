"""A file that grows for a long time under a name of its own, and gets its final one at the end."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from io import FileIO
from itertools import count
from pathlib import Path

from engine.api.errors import StorageError
from engine.core.files import fitting


class PartialFile:
    """Bytes beside the target, as `NAME.part.SUFFIX`, on the disk as soon as they are written.

    After a crash the file is there under that name; it is never written over. Has what PyAV asks
    of a file: write, seek, tell. After a failure nothing is written any more, so that what is
    there stays whole.

    Attributes:
        failure: why the last write was refused; None as long as all went well.

    Raises:
        StorageError: the folder cannot be made or written to.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self.failure: OSError | None = None
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self.path, self._stream = self._open()
        except OSError as error:
            reason = error.strerror or str(error)
            raise StorageError(
                f"{target}: cannot be written ({reason}); choose another place"
            ) from error

    def write(self, data: bytes) -> int:
        """Write all of it, or raise OSError; after the first failure always."""
        if self.failure is not None:
            raise self.failure
        view = memoryview(data)
        try:
            while view:
                view = view[self._put(view) :]
        except OSError as error:
            self.failure = error
            raise
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; answers which."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the place of the next write."""
        return self._stream.tell()

    def cut(self, length: int) -> None:
        """Take away what is behind the first `length` bytes."""
        with suppress(OSError):
            self._stream.truncate(length)

    def finish(self) -> Path:
        """Give the file its final name, in place of what had it before.

        Returns:
            Where the file is: under the name that it has where the final one is refused, as
            Windows does while another program shows the file there.
        """
        with suppress(OSError), self._stream as stream:
            os.fsync(stream.fileno())
        with suppress(OSError):
            self.path = self.path.replace(self._target)
        return self.path

    def discard(self) -> None:
        """Remove the file."""
        self._stream.close()
        with suppress(OSError):
            self.path.unlink()

    def _put(self, data: memoryview) -> int:
        return self._stream.write(data) or 0

    def _open(self) -> tuple[Path, FileIO]:
        for number in count(1):
            tail = "" if number == 1 else f"-{number}"
            name = fitting(self._target.stem, f".part{tail}{self._target.suffix}")
            path = self._target.with_name(name)
            with suppress(FileExistsError):
                return path, path.open("xb+", buffering=0)
        raise AssertionError


def reason_of(error: Exception) -> str:
    """Say why something could not be written, and what to do."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; make room and record again"
    return f"{getattr(error, 'strerror', None) or error}; record again"
