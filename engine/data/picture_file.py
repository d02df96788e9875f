"""Opens picture files safely and says in one line what is wrong with the bad ones."""

from __future__ import annotations

import codecs
import ctypes
import logging
import os
import re
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import PIL
from PIL import Image, ImageFile, UnidentifiedImageError

from engine.api.errors import PictureError
from engine.api.regular_files import open_regular
from engine.api.wording import one_line, size_text

PILLOW_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "PPM", "GIF")

# Decoders written in Python fail on damaged headers with nearly every built-in exception.
DECODER_FAILURES = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    MemoryError,
    RuntimeError,
    AssertionError,
    BufferError,
    NotImplementedError,
    struct.error,
    zlib.error,
)

_MOST_BYTES = 1 << 40  # of a TIFF of many pages, of which the first alone is read
_BYTES_A_PIXEL, _BYTES_BESIDE = 32, 64 << 20  # of what is read whole; profiles and texts beside
_BYTES_OF_COLOURS, _BYTES_OF_MOST = 10, 10  # a pixel in memory, with what is kept meanwhile
_CHOOSE = "choose a JPEG, PNG, WebP, BMP, TIFF, PGM/PPM or GIF file"
_AGAIN = "copy or export it again"
_SIMPLER = "save it as a PNG of 8 or 16 bits"
_SIGNS_OF_A_SHORT_FILE = (
    "truncated",
    "end of file",
    "eof",
    "not enough",
    "failed to read",
    "buffer is too small",
    "incomplete",
)
_FORMAT_MAGICS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"GIF8", "GIF"),
    (b"P1", "PBM"),
    (b"P2", "PGM"),
    (b"P3", "PPM"),
    (b"P4", "PBM"),
    (b"P5", "PGM"),
    (b"P6", "PPM"),
)
_OTHER_MAGICS = (
    (b"%PDF", "a PDF document"),
    (b"PK\3\4", "a ZIP archive or office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"8BPS", "a Photoshop document"),
    (b"\0\0\1\0", "an icon"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
)
_QUIET_PILLOW = ("ignore", None, Warning, re.compile(r"PIL\."), 0)
_HEIF_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"hevc")


def bad_picture(path: Path, reason: str, cure: str) -> PictureError:
    """Return the error that names a file, what is wrong with it, and what to do about it."""
    return PictureError(one_line(f"{path}: {reason}; {cure}"))


@contextmanager
def open_picture_file(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file that is not empty.

    Raises:
        PictureError: it is missing, a folder, a device, empty, or may not be read.
    """
    try:
        # A named pipe would block when opened, so the kind of file is asked first.
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise bad_picture(path, "is a folder, not a picture", "open it as a folder")
        if not stat.S_ISREG(status.st_mode):
            raise bad_picture(path, "is a device or pipe, not a picture file", _CHOOSE)
        if status.st_size == 0:
            raise bad_picture(path, "is empty (0 bytes)", _AGAIN)
        stream = open_regular(path, _MOST_BYTES)
    except FileNotFoundError as error:
        raise bad_picture(path, "does not exist", "check the name and the folder") from error
    except PermissionError as error:
        raise bad_picture(path, "may not be read", "change its permissions") from error
    except (OSError, ValueError) as error:
        reason = f"cannot be opened ({getattr(error, 'strerror', None) or error})"
        raise bad_picture(path, reason, "check the name and the drive") from error
    with stream:
        yield stream


class UnsupportedPicture(ValueError):
    """Sound content of a kind that is not read; the message goes on from "the picture"."""


@contextmanager
def wrap_decoder_failures(path: Path) -> Iterator[None]:
    """Turn whatever a decoder raises into a PictureError of one line."""
    try:
        yield
    except MemoryError as error:
        raise bad_picture(path, "needs more memory than is free", "reduce the picture") from error
    except UnsupportedPicture as error:
        raise bad_picture(path, f"the picture {error}", _SIMPLER) from error
    except DECODER_FAILURES as error:
        text = str(error).lower()
        if "unsupported" in text and not isinstance(error, TypeError):
            raise bad_picture(path, "the picture is of a kind not read", _SIMPLER) from error
        is_short = isinstance(error, (EOFError, struct.error)) or any(
            words in text for words in _SIGNS_OF_A_SHORT_FILE
        )
        what = "cut short" if is_short else "damaged"
        raise bad_picture(path, f"the picture data is {what}", _AGAIN) from error


def read_header(stream: BinaryIO) -> ImageFile.ImageFile | None:
    """Identify a picture without decoding it; None where Pillow does not know the kind."""
    _prepare_pillow()
    _silence_decoders()
    stream.seek(0)
    try:
        return Image.open(stream, formats=PILLOW_FORMATS)
    except UnidentifiedImageError:
        return None


def check_pixel_count(
    path: Path, width: int, height: int, pixel_limit: int, kind: str = ""
) -> None:
    """Raise PictureError for a picture of more than `pixel_limit` pixels, or of none."""
    if width < 1 or height < 1:
        raise bad_picture(path, f"is {width} x {height} pixels: no picture at all", _AGAIN)
    if width * height <= pixel_limit:
        return
    size = f"{width} x {height} = {width * height / 1e6:,.2f} megapixels"
    raise bad_picture(
        path,
        f"{size} exceed the limit of {pixel_limit / 1e6:,.2f}{kind}",
        "raise the limit in the settings or reduce the picture",
    )


class SizeLimits(NamedTuple):
    """How large a picture may be to be decoded.

    Attributes:
        pixel_limit: the most pixels, of those that take as much memory as most do.
        reduced_limit: the most of those that are decoded for a small version of them alone, which
            is not worth seconds; None where they are decoded reduced, or for themselves.
    """

    path: Path
    pixel_limit: int
    reduced_limit: int | None

    def check(self, width: int, height: int, share: float = 1.0, kind: str = "") -> None:
        """Raise PictureError for a picture that is too large.

        Args:
            share: how much more memory it takes for each pixel than most.
            kind: what kind of pictures that is, for the message.
        """
        check_pixel_count(self.path, width, height, int(self.pixel_limit / share), kind)
        if self.reduced_limit is not None and width * height > self.reduced_limit / share:
            reason = f"is too large for a small version ({width} x {height} pixels)"
            raise bad_picture(self.path, reason, "open it to see it")

    def check_stored(self, width: int, height: int, bytes_a_pixel: int) -> None:
        """Raise PictureError for a picture too large to keep its values beside its colours."""
        share = max(1.0, (bytes_a_pixel + _BYTES_OF_COLOURS) / _BYTES_OF_MOST)
        kind = f" for pixels of {bytes_a_pixel} bytes" if share > 1 else ""
        self.check(width, height, share, kind)


def check_file_size(path: Path, stream: BinaryIO, pixel_count: int) -> None:
    """Raise PictureError for a file with far more bytes than its pixels can need."""
    size = os.fstat(stream.fileno()).st_size
    limit = _BYTES_A_PIXEL * pixel_count + _BYTES_BESIDE
    if size > limit:
        reason = f"has {size_text(size)}, of which its pixels need {size_text(limit)} at most"
        raise bad_picture(path, reason, _AGAIN)


def unknown_content(path: Path, stream: BinaryIO) -> PictureError:
    """Return the error for a file that no decoder knows, saying what it seems to be."""
    stream.seek(0)
    head = stream.read(512)
    for magic, name in _FORMAT_MAGICS:
        if head.startswith(magic):
            return bad_picture(
                path, f"the {name} header is damaged, cut short or of an unknown kind", _AGAIN
            )
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return bad_picture(path, "the WebP data is damaged or cut short", _AGAIN)
    return bad_picture(path, f"is {_describe(head)}, not a picture this program reads", _CHOOSE)


def _describe(head: bytes) -> str:
    for magic, name in _OTHER_MAGICS:
        if head.startswith(magic):
            return name
    if head[4:8] == b"ftyp":
        return "a HEIC picture" if head[8:12] in _HEIF_BRANDS else "a video or AVIF file"
    if head.lstrip()[:5].lower() in (b"<?xml", b"<svg "):
        return "an XML or SVG document"
    try:
        # Step by step, because the last character may be cut in the middle.
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "of an unknown kind"
    is_text = text != "" and all(c.isprintable() or c.isspace() for c in text)
    return "text" if is_text else "of an unknown kind"


def _prepare_pillow() -> None:
    # The limit that a person sets replaces Pillow's own, which warns at 89 megapixels.
    Image.MAX_IMAGE_PIXELS = None
    # Not catch_warnings: it swaps the list of the whole process, which is unsafe among threads.
    if _QUIET_PILLOW not in warnings.filters:
        warnings.filterwarnings("ignore", module=_QUIET_PILLOW[3].pattern)


@cache
def _silence_decoders() -> None:
    """Keep standard error for the one line about a bad file; its cause has the rest."""
    for name in ("PIL", "tifffile"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # The libtiff inside Pillow complains past Python.
    package = Path(PIL.__file__).parent
    libraries = (*package.parent.glob("pillow.libs/libtiff*"), *package.glob(".dylibs/libtiff*"))
    for library in libraries:
        with suppress(OSError, AttributeError):
            loaded = ctypes.CDLL(str(library))
            loaded.TIFFSetErrorHandler(None)
            loaded.TIFFSetWarningHandler(None)
