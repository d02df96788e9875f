"""Finds the pictures that annotation files name, and their sizes, without decoding any."""

from __future__ import annotations

import os
import struct
import unicodedata
from collections import Counter
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
_ASKED_ONE_BY_ONE = 64
"""So many names are asked for in a folder before all of its names are listed."""
_KEPT_PLACES = 1000
LEVELS_UP = 2
"""How far above the annotations a picture of their own name may lie."""


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
    base = source if os.path.isdir(source) else source.parent
    above = base.absolute().parent
    beside = [base / name for name in _PICTURE_FOLDERS]
    return (base, *beside, *(above / name for name in _PICTURE_FOLDERS), above)


def without_detours(path: Path) -> Path:
    """Return the path without `..`, so that one picture has one path."""
    return Path(os.path.normpath(path))


def folded(name: str) -> str:
    """Return a name as compared after the exact match: composed, in lower case.

    macOS writes “ü” as “u” and two dots; Windows and macOS do not tell cases apart.
    """
    return unicodedata.normalize("NFC", name).casefold()


def listed_path(name: str) -> Path:
    """Return a listed name as a path; backslashes are those of Windows."""
    return Path(name.replace("\\", "/"))


def annotation_path(folder: Path, stem: str, suffix: str) -> Path:
    """Return the annotation file of a stem in a folder, whether it is there or not.

    One whose name is composed in another way (“ü” of one letter or two) is the same file.
    """
    forms = (stem, *(unicodedata.normalize(form, stem) for form in ("NFC", "NFD")))
    paths = (folder / (form + suffix) for form in forms)
    return next((path for path in paths if os.path.isfile(path)), folder / (stem + suffix))


def leads_out(name: str) -> bool:
    """Whether a listed name may lead out of the folder that it is looked for in."""
    plain = name.replace("\\", "/")
    return os.pardir in plain.split("/") or os.path.isabs(plain)


def shared_tail(name: str, file: Path) -> int:
    """Return how many parts, from the last one, a listed name and a file have in common."""
    pairs = zip(reversed(listed_path(name).parts), reversed(file.absolute().parts), strict=False)
    count = 0
    for listed, there in pairs:
        if folded(listed) != folded(there):
            break
        count += 1
    return count


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
    """The regular files of one folder by exact and by folded name, and pictures by stem."""

    names: set[str] = field(default_factory=set)
    folded: dict[str, str] = field(default_factory=dict)
    stems: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def of(folder: str) -> _Listing:
        listing = _Listing()
        try:
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries if _is_file(entry))
        except (OSError, ValueError):  # a listed folder may hold a zero byte
            return _NOTHING
        for name in names:
            listing.names.add(name)
            listing.folded.setdefault(folded(name), name)
            stem, suffix = os.path.splitext(name)
            if suffix.lower() in PICTURE_SUFFIXES:
                listing.stems.setdefault(stem, name)
                listing.stems.setdefault(unicodedata.normalize("NFC", stem), name)
        return listing


_NOTHING = _Listing()  # one for 200,000 folders that are not there


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself
        return False


class PictureIndex:
    """Looks names up in folders, each of which is listed once at most.

    Args:
        roots: where to look after all else; the first is that of the annotations.
        chosen: the folder that a person named, looked into first.
    """

    def __init__(self, roots: Sequence[Path], chosen: Path | None = None) -> None:
        self.roots = tuple(roots)
        self.chosen = chosen
        self._listings: dict[str, _Listing] = {}
        self._asked: Counter[str] = Counter()
        self._places_kept: dict[tuple[object, ...], list[str]] = {}
        base = self.roots[0].absolute()
        chosen_too = [base] if chosen is None else [base, chosen]
        above = [] if chosen is not None else list(base.parents)[:LEVELS_UP]
        below_disk = [folder for folder in above if folder != folder.parent]
        self._allowed = [os.path.abspath(folder) for folder in chosen_too]
        self._allowed_for_own = [os.path.abspath(f) for f in (*chosen_too, *below_disk)]

    def folders(self, near: Iterable[Path], below: Path | None = None) -> tuple[Path, ...]:
        """Return where to look, in order; `below` is the likely place in the chosen folder."""
        chosen = [] if self.chosen is None else [self.chosen / (below or "."), self.chosen]
        return tuple(dict.fromkeys([*chosen, *near, *self.roots]))

    def first_folder(self, near: Sequence[Path]) -> Path:
        """Return the first of `folders`: where a picture is expected that is not there."""
        return self.chosen or next(iter((*near, *self.roots)))

    def is_inside(self, path: Path, is_own: bool = False) -> bool:
        """Whether a path that a file names may be followed without asking a person.

        It may within the folder of the annotations and the chosen one. A picture that has the
        own name of an annotation file may also lie a little above, as `../images` does, unless
        a folder was chosen.
        """
        there = os.path.abspath(path)
        folders = self._allowed_for_own if is_own else self._allowed
        return any(
            there == folder or there.startswith(folder.rstrip(os.sep) + os.sep)
            for folder in folders
        )

    def find(self, name: str, near: Iterable[Path] = (), is_own: bool = False) -> Path | None:
        """Return the picture of a listed name, looking in `near` before the roots.

        An exact match anywhere wins over one that differs in upper and lower case or in how
        letters are composed; backslashes of Windows are understood; a listed folder that is not
        there, or may not be followed (`is_inside`), is passed over.
        """
        paths = self._candidates(name, tuple(near), is_own)
        # Asked for first: a folder of 100,000 is not listed for the sake of one picture.
        for folder, tail in paths:
            if self._has(folder, tail):
                return without_detours(Path(folder, tail))
        folds = {tail: folded(tail) for tail in {tail for _, tail in paths}}
        for folder, tail in paths:
            found = self._listing(folder).folded.get(folds[tail])
            if found is not None:
                return without_detours(Path(folder, found))
        return None

    def _candidates(self, name: str, near: tuple[Path, ...], is_own: bool) -> list[tuple[str, str]]:
        """Return folders and names in them, each once."""
        tails = dict.fromkeys((os.path.split(name), os.path.split(listed_path(name))))
        may_lead_out = leads_out(name)
        pairs = []
        for above, tail in tails:
            if tail not in ("", os.curdir, os.pardir):  # those are folders
                places = self._places(above, near, is_own, may_lead_out)
                pairs += [(folder, tail) for folder in places]
        return pairs

    def _places(
        self, above: str, near: tuple[Path, ...], is_own: bool, may_lead_out: bool
    ) -> list[str]:
        """Return where a name may lie that is listed below a folder `above`.

        Kept, as most of 200,000 names are listed below the same few.
        """
        key = (above, near, is_own, may_lead_out)
        if key not in self._places_kept:
            if len(self._places_kept) >= _KEPT_PLACES:
                self._places_kept.clear()
            places = [
                os.path.join(folder, tail) if tail else str(folder)
                for folder in self.folders(near)
                for tail in dict.fromkeys((above, ""))
            ]
            self._places_kept[key] = [
                place
                for place in dict.fromkeys(places)
                if not may_lead_out or self.is_inside(Path(place), is_own)
            ]
        return self._places_kept[key]

    def find_stem(
        self, stem: str, near: Iterable[Path] = (), below: Path | None = None
    ) -> Path | None:
        """Return the first picture of that name with any picture suffix."""
        folders = [str(folder) for folder in self.folders(near, below)]
        for folder in folders:
            name = self._stem_in(folder, stem)
            if name is not None:
                return without_detours(Path(folder, name))
        for folder in folders:
            stems = self._listing(folder).stems
            name = stems.get(stem) or stems.get(unicodedata.normalize("NFC", stem))
            if name is not None:
                return without_detours(Path(folder, name))
        return None

    def _stem_in(self, folder: str, stem: str) -> str | None:
        for suffix in _PROBED:
            if folder in self._listings:
                return self._listings[folder].stems.get(stem)
            if self._has(folder, stem + suffix):
                return stem + suffix
        return None

    def pictures_in(self, folder: Path) -> list[str]:
        """Return the names of the pictures in a folder."""
        names = self._listing(str(folder)).names
        return sorted(name for name in names if Path(name).suffix.lower() in PICTURE_SUFFIXES)

    def _has(self, folder: str, name: str) -> bool:
        if folder not in self._listings:
            self._asked[folder] += 1
            if self._asked[folder] <= _ASKED_ONE_BY_ONE:
                return os.path.isfile(os.path.join(folder, name))
        return name in self._listing(folder).names

    def _listing(self, folder: str) -> _Listing:
        if folder not in self._listings:
            self._listings[folder] = _Listing.of(folder)
        return self._listings[folder]
