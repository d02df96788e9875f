"""What lies in a file of weights, found out before a reader opens it.

Readers of weights believe what a file says of itself: a header of gigabytes, a million empty
tensors, parts that unpack to a thousand times their size. And what is no weights at all is called
damaged by them, though its first bytes say that it is a web page.
"""

from __future__ import annotations

import pickletools
import struct
import zipfile
from pathlib import Path
from typing import IO, Literal

from engine.api.errors import WeightsError
from engine.api.regular_files import open_regular
from engine.api.wording import size_text

MOST_TENSORS = 20_000
"""The largest networks that one machine runs have a few thousand."""
MOST_HEADER_BYTES = 16 * 2**20
"""Of the table of tensors, and of the pickle of names and shapes."""
MOST_FILE_BYTES = 2**40
_MOST_OPERATIONS = 60 * MOST_TENSORS  # of a pickle; about 40 a tensor
_MOST_WORDS = 5 * MOST_TENSORS  # in a pickle: name, storage and place of each tensor
_BEGINNING = 512
_END_OF_ZIP, _END_OF_ZIP_BYTES = b"PK\x05\x06", 22
_LONGEST_COMMENT = 2**16
_PICKLE = b"\x80"  # of a protocol since 2003
_NO_WEIGHTS = "not a weight file, or cut short; fetch it again"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# What zipfile was seen to raise on damaged files.
_NO_ZIP = (OSError, ValueError, NotImplementedError, zipfile.BadZipFile, struct.error)

Kind = Literal["safetensors", "zip", "pickle"]


def kind_of(path: Path) -> Kind:
    """Return how a file of weights is written, by its content; its ending may say anything.

    Raises:
        WeightsError: it is missing, no file of weights, or too much to be read.
    """
    try:
        with open_regular(path, MOST_FILE_BYTES) as stream:
            beginning = stream.read(_BEGINNING)
            _refuse_text(path, beginning)
            if _is_safetensors(beginning, path.stat().st_size):
                _check_header(path, beginning)
                return "safetensors"
            if beginning.startswith(b"PK"):
                _check_zip(path, stream)
                return "zip"
            if not beginning.startswith(_PICKLE):
                raise WeightsError(f"{path.name}: {_NO_WEIGHTS}")
            _check_pickle(path, stream)
            return "pickle"
    except _NO_ZIP as error:
        reason = getattr(error, "strerror", None) or _NO_WEIGHTS
        raise WeightsError(f"{path.name}: {reason}") from error


def _refuse_text(path: Path, beginning: bytes) -> None:
    """Say what a text is that somebody saved as weights."""
    start = beginning.removeprefix(_BYTE_ORDER_MARK).lstrip().lower()
    if not beginning:
        raise WeightsError(f"{path.name}: is empty; fetch it again")
    if start.startswith(b"version https://git-lfs"):
        raise WeightsError(
            f"{path.name}: is a pointer of git-lfs, not the weights themselves; fetch them with "
            "`git lfs pull`, or download the file from the page of the repository"
        )
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        raise WeightsError(
            f"{path.name}: is a web page, not weights: the address was wrong, or asks to log in; "
            "download the file itself"
        )
    if all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in beginning):
        line = beginning.decode("ascii").strip().splitlines()[0][:60]
        raise WeightsError(f"{path.name}: is a text, not weights ({line!r}); fetch it again")


def _is_safetensors(beginning: bytes, size: int) -> bool:
    """A length of eight bytes, and a table in JSON."""
    if len(beginning) < 9 or beginning[8:9] != b"{":
        return False
    return int.from_bytes(beginning[:8], "little") < 2**48


def _check_header(path: Path, beginning: bytes) -> None:
    length = int.from_bytes(beginning[:8], "little")
    if length > MOST_HEADER_BYTES:
        raise WeightsError(
            f"{path.name}: its table of tensors has {size_text(length)}; at most "
            f"{size_text(MOST_HEADER_BYTES)} are read"
        )


def _check_zip(path: Path, stream: IO[bytes]) -> None:
    """Look at the table of a zip: how many parts, and how large they become."""
    size = path.stat().st_size
    stream.seek(max(0, size - _END_OF_ZIP_BYTES - _LONGEST_COMMENT))
    end = stream.read()
    at = end.rfind(_END_OF_ZIP)
    if at < 0:
        raise zipfile.BadZipFile("no end")
    (count,) = struct.unpack_from("<H", end, at + 10)  # 65,535 stands for that many or more
    if count > MOST_TENSORS:
        raise WeightsError(f"{path.name}: has {count:,} parts or more; {_limit_text()}")
    with zipfile.ZipFile(stream) as parts:
        entries = parts.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > 2 * size + MOST_HEADER_BYTES:
        raise WeightsError(
            f"{path.name}: has {size_text(size)} and would unpack to {size_text(unpacked)}; "
            "weights are not packed, fetch them from somebody you trust"
        )
    names = [entry for entry in entries if entry.filename.endswith("data.pkl")]
    if any(entry.file_size > MOST_HEADER_BYTES for entry in names):
        raise WeightsError(
            f"{path.name}: its table of names has {size_text(names[0].file_size)}; at most "
            f"{size_text(MOST_HEADER_BYTES)} are read"
        )


def _check_pickle(path: Path, stream: IO[bytes]) -> None:
    """Count what the pickle of an old file would do; nothing of it is done."""
    stream.seek(0)
    operations, words = 0, 0
    try:
        for _ in range(4):  # a magic number, a version, a note on the machine, and the table
            for _operation, argument, _position in pickletools.genops(stream):
                operations += 1
                words += isinstance(argument, str)
                if operations > _MOST_OPERATIONS or words > _MOST_WORDS:
                    raise WeightsError(f"{path.name}: holds too many parts; {_limit_text()}")
    except (ValueError, IndexError, MemoryError, OverflowError):
        return  # damaged: the reader says so


def _limit_text() -> str:
    return f"at most {MOST_TENSORS:,} are read"


def check_count(path: Path, count: int) -> None:
    """Raise WeightsError where a file has more tensors than any network."""
    if count > MOST_TENSORS:
        raise WeightsError(f"{path.name}: holds {count:,} tensors; {_limit_text()}")
