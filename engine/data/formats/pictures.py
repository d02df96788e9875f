"""Finds the pictures that annotation files name, and their sizes, without decoding any."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from PIL import ImageFile

from engine.api.errors import PictureError
from engine.api.pictures import PICTURE_SUFFIXES
from engine.data.picture_file import DECODER_FAILURES, open_picture_file, read_header

_EXIF_ORIENTATION = 0x0112
_QUARTER_TURNS = frozenset({5, 6, 7, 8})
_PROBED = tuple(sorted(PICTURE_SUFFIXES)) + tuple(s.upper() for s in sorted(PICTURE_SUFFIXES))
_PICTURE_FOLDERS = ("images", "JPEGImages")


def upright_size(path: Path) -> tuple[int, int] | None:
    """Return width and height in pixels as the picture is shown, from its header alone.

    None where the file is missing or is no picture.
    """
    try:
        with open_picture_file(path) as stream:
            header = read_header(stream)
            if header is None:
                return None
            width, height = header.size
            return (height, width) if _is_turned(header, stream) else (width, height)
    except (PictureError, *DECODER_FAILURES):
        return None


def _is_turned(header: ImageFile.ImageFile, stream: BinaryIO) -> bool:
    if header.format == "TIFF":
        return False  # Pillow has turned the size already
    # Pillow looks for EXIF behind the pixels of a PNG by decoding them all.
    if header.format == "PNG" and "exif" not in header.info and not _has_late_exif(stream):
        return False
    try:
        return header.getexif().get(_EXIF_ORIENTATION) in _QUARTER_TURNS
    except DECODER_FAILURES:
        return False  # a damaged note about the picture, not a damaged picture


def _has_late_exif(stream: BinaryIO) -> bool:
    """Whether a PNG has an eXIf chunk anywhere, hopping from chunk to chunk."""
    position = stream.tell()
    stream.seek(8)
    kind = b""
    while len(head := stream.read(8)) == 8 and kind != b"eXIf":
        length, kind = struct.unpack(">I4s", head)
        stream.seek(length + 4, os.SEEK_CUR)
    stream.seek(position)
    return kind == b"eXIf"


def folders_around(source: Path) -> tuple[Path, ...]:
    """Return where the pictures of an annotation file or folder usually are."""
    base = source if source.is_dir() else source.parent
    above = base.absolute().parent
    beside = [base / name for name in _PICTURE_FOLDERS]
    return (base, *beside, *(above / name for name in _PICTURE_FOLDERS), above)


def without_detours(path: Path) -> Path:
    """Return the path without `..`, so that one picture has one path."""
    return Path(os.path.normpath(path))


def common_folder(files: Iterable[Path]) -> Path | None:
    """Return the lowest folder that holds all files; None where there is none."""
    folders = {str(file.absolute().parent) for file in files}
    try:
        return Path(os.path.commonpath(folders)) if folders else None
    except ValueError:  # different drives
        return None


def relative_to(file: Path, folder: Path) -> str:
    """Return the way from a folder to a file, with forward slashes; absolute between drives."""
    try:
        return Path(os.path.relpath(file.absolute(), folder.absolute())).as_posix()
    except ValueError:
        return file.absolute().as_posix()


@dataclass(slots=True)
class _Listing:
    """The files of one folder by exact name, by lower-case name, and pictures by stem."""

    names: set[str] = field(default_factory=set)
    folded: dict[str, str] = field(default_factory=dict)
    stems: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def of(folder: Path) -> _Listing:
        listing = _Listing()
        try:
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries if not entry.is_dir())
        except (OSError, ValueError):  # a listed folder may hold a zero byte
            return listing
        for name in names:
            listing.names.add(name)
            listing.folded.setdefault(name.casefold(), name)
            stem, suffix = os.path.splitext(name)
            if suffix.lower() in PICTURE_SUFFIXES:
                listing.stems.setdefault(stem, name)
        return listing


class PictureIndex:
    """Looks names up in folders, each of which is listed once at most.

    Args:
        roots: where to look after all else.
        chosen: the folder that a person named, looked into first.
    """

    def __init__(self, roots: Sequence[Path], chosen: Path | None = None) -> None:
        self.roots = tuple(roots)
        self.chosen = chosen
        self._listings: dict[Path, _Listing] = {}

    def folders(self, near: Iterable[Path], below: Path | None = None) -> tuple[Path, ...]:
        """Return where to look, in order; `below` is the likely place in the chosen folder."""
        chosen = [] if self.chosen is None else [self.chosen / (below or "."), self.chosen]
        return tuple(dict.fromkeys([*chosen, *near, *self.roots]))

    def find(self, name: str, near: Iterable[Path] = ()) -> Path | None:
        """Return the picture of a listed name, looking in `near` before the roots.

        An exact match anywhere wins over one that differs in upper and lower case; backslashes
        of Windows are understood; a listed folder that is not there is passed over.
        """
        relative = Path(name.replace("\\", "/"))
        tails = tuple(dict.fromkeys([Path(name), relative, Path(relative.name)]))
        folders = self.folders(near)
        # Asked for first: a folder of 100,000 is not listed for the sake of one picture.
        for path in (folder / tail for folder in folders for tail in tails):
            if os.path.isfile(path):
                return without_detours(path)
        for path in (folder / tail for folder in folders for tail in tails):
            found = self._listing(path.parent).folded.get(path.name.casefold())
            if found is not None:
                return without_detours(path.with_name(found))
        return None

    def find_stem(
        self, stem: str, near: Iterable[Path] = (), below: Path | None = None
    ) -> Path | None:
        """Return the first picture of that name with any picture suffix."""
        folders = self.folders(near, below)
        for path in (folder / (stem + suffix) for folder in folders for suffix in _PROBED):
            if os.path.isfile(path):
                return without_detours(path)
        for folder in folders:
            name = self._listing(folder).stems.get(stem)
            if name is not None:
                return without_detours(folder / name)
        return None

    def pictures_in(self, folder: Path) -> list[str]:
        """Return the names of the pictures in a folder."""
        names = self._listing(folder).names
        return sorted(name for name in names if Path(name).suffix.lower() in PICTURE_SUFFIXES)

    def _listing(self, folder: Path) -> _Listing:
        if folder not in self._listings:
            self._listings[folder] = _Listing.of(folder)
        return self._listings[folder]
