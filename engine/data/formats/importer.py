"""What every reader shares: finding the pictures, comparing, and keeping the report."""

from __future__ import annotations

import difflib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.api.annotations import (
    AnnotationFormat,
    AnnotationSet,
    PictureAnnotations,
    PictureSource,
)
from engine.api.errors import DatasetError
from engine.api.tasks import TaskContext
from engine.data.formats.kept_entries import digests_as_read
from engine.data.formats.pictures import (
    PictureIndex,
    folded,
    folders_around,
    leads_out,
    listed_path,
    upright_size,
    without_detours,
)
from engine.data.formats.report import Report, counted, some
from engine.data.formats.shape_checks import PlacedShape, checked_shapes

PLACEHOLDER_LIMIT = 10_000
"""A class index at or above this is a damaged number, not a class without a name."""


_HINTED_CLASSES, _HINTS_AMONG, _LONGEST_HINT = 20, 1_000, 60
"""Names alike are looked for so many unknown classes, among so many known ones at most, and for
names of so many characters."""


def placeholder_class(index: object) -> str:
    """Name of a class of which only the number is known."""
    return f"class {index}"


@dataclass(frozen=True, slots=True)
class ListedPicture:
    """A picture as an annotation file lists it.

    Attributes:
        listed_in: the annotation file.
        name: a file name, or a path from one of the folders.
        size: width and height in pixels as listed; zeros where the file does not say.
        near: folders to look in before all others.
        stems: names to try with any picture suffix.
        own_stem: of an annotation file of one picture, which belongs to the picture of that name.
    """

    listed_in: Path
    name: str
    size: tuple[int, int]
    near: tuple[Path, ...] = ()
    stems: tuple[str, ...] = ()
    own_stem: str = ""


class Importer:
    """Takes in pictures one by one and answers the whole set at the end."""

    def __init__(
        self,
        source: Path,
        context: TaskContext,
        pictures_folder: Path | None = None,
        known_classes: tuple[str, ...] = (),
    ) -> None:
        self.source = source
        self.index = PictureIndex(folders_around(source), pictures_folder)
        self.report = Report()
        self._known = known_classes
        self._context = context
        self._pictures: dict[Path, PictureAnnotations] = {}
        self._expected = 0
        self._taken = 0

    def expect(self, count: int) -> None:
        """Say how many pictures or files will come, for the progress bar."""
        self._expected = count

    def check(self) -> None:
        """Raise TaskCancelled once the user has asked to stop."""
        self._context.raise_if_cancelled()

    def advance(self) -> None:
        """Count one picture or file; raises TaskCancelled once the user has asked to stop."""
        self._context.raise_if_cancelled()
        self._taken += 1
        fraction = min(1.0, self._taken / self._expected) if self._expected else None
        self._context.report(fraction, "reading annotations")

    def unreadable(self, file: Path, error: DatasetError) -> None:
        """Report a bad file among many; raise if it is all there is to read."""
        if file == self.source:
            raise error
        self.report.leave_out("unreadable", file, f"{error}; left out")

    def take(
        self,
        listed: ListedPicture,
        placed: Sequence[PlacedShape],
        format_name: AnnotationFormat,
        entries: Sequence[str],
    ) -> None:
        """Find the picture of an annotation file of its own, and keep its sound shapes.

        Args:
            entries: the text of each entry of the file, understood or not.
        """
        source = PictureSource(listed.listed_in, format_name, digests_as_read(entries, placed))
        self.take_as(listed, self.locate(listed), placed, source)

    def locate(self, listed: ListedPicture) -> Path | None:
        """Return the picture that is meant; one of the annotation file's own name comes first."""
        own = listed.own_stem
        if own and folded(listed_path(listed.name).stem) != folded(own):
            found = self.index.find_stem(own, listed.near)
            if found is not None:
                text = f"{listed.listed_in.name} names {listed.name}; its own name is that of"
                text += f" {found.name}, which it is read for"
                self.report.note("other name", listed.listed_in, text)
                return found
        found = self.index.find(listed.name, listed.near, is_own=self._is_own(listed))
        if found is None:
            tries = (self.index.find_stem(stem, listed.near) for stem in listed.stems)
            return next((path for path in tries if path), None)
        if _composed(found.name) != _composed(listed_path(listed.name).name):
            self._note_case(listed, found)
        return found

    def take_as(
        self,
        listed: ListedPicture,
        found: Path | None,
        placed: Sequence[PlacedShape],
        source: PictureSource | None,
    ) -> None:
        """Keep the sound shapes of a picture that was looked for."""
        if found is not None:
            self.add(found, self._settled_size(listed, found), placed, source)
        elif "\0" in listed.name:
            text = f"the name {listed.name!r} holds a zero byte, which no file can; left out"
            self.report.leave_out("unreadable", listed.listed_in, text)
        else:
            self._note_missing(listed, len(placed))
            self.add(self._expected_path(listed), listed.size, placed, source)

    def add(
        self,
        file: Path,
        size: tuple[int, int],
        placed: Iterable[PlacedShape],
        source: PictureSource | None,
    ) -> None:
        """Keep the sound shapes of a picture; of one that came before they are joined."""
        shapes = checked_shapes(placed, size, file, self.report)
        before = self._pictures.get(file)
        if before is None:
            self._pictures[file] = PictureAnnotations(file, *size, shapes, source)
            return
        text = f"{file.name} is listed twice; the shapes of both entries are joined"
        self.report.note("duplicate", file, text)
        joined = tuple(dict.fromkeys([*before.shapes, *shapes]))
        self._pictures[file] = replace(before, shapes=joined)

    def note_unlisted(self) -> None:
        """Report pictures that lie beside annotated ones and have no entry."""
        taken: dict[Path, set[str]] = defaultdict(set)
        for file in self._pictures:
            taken[file.parent].add(file.name)
        for folder, names in taken.items():
            there = self.index.pictures_in(folder)
            missing = [name for name in there if name not in names]
            if missing and len(missing) < len(there):
                text = f"{counted(len(missing), 'picture')} without an entry: {some(missing)}"
                self.report.note("not listed", folder, text)

    def finish(
        self,
        format_name: AnnotationFormat,
        classes: Iterable[str],
        class_ids: tuple[int, ...] = (),
    ) -> AnnotationSet:
        """Return everything taken in; classes met in shapes alone are appended by name."""
        counts = Counter(
            shape.label for picture in self._pictures.values() for shape in picture.shapes
        )
        listed = tuple(dict.fromkeys(classes))
        names = (*listed, *sorted(counts.keys() - set(listed)))
        self._note_unknown(counts)
        ids = class_ids if len(class_ids) == len(names) else ()
        pictures = tuple(self._pictures.values())
        return AnnotationSet(pictures, names, format_name, self.report.findings, ids)

    @staticmethod
    def _is_own(listed: ListedPicture) -> bool:
        own = listed.own_stem
        return bool(own) and folded(listed_path(listed.name).stem) == folded(own)

    def _expected_path(self, listed: ListedPicture) -> Path:
        folder, name = self.index.first_folder(listed.near), listed_path(listed.name)
        expected = without_detours(folder / name)
        if self._may_follow(listed, expected):
            return expected
        return without_detours(folder / name.name)

    def _may_follow(self, listed: ListedPicture, path: Path) -> bool:
        return not leads_out(listed.name) or self.index.is_inside(path, self._is_own(listed))

    def _note_case(self, listed: ListedPicture, found: Path) -> None:
        text = f"{listed.name} is listed, {found.name} is there; taken as the same picture"
        self.report.note("wrong extension case", found, text)

    def _note_missing(self, listed: ListedPicture, count: int) -> None:
        folder = self.index.chosen or self.index.roots[0]
        name = listed_path(listed.name)
        if not self._may_follow(listed, folder / name):
            text = f"{listed.name} lies outside {folder} and is not looked at; open the folder of"
            text += f" the pictures to take it in; its {counted(count, 'shape')} are kept"
            self.report.note("outside folder", listed.name, text)
            return

        def told() -> str:
            other = self.index.find_stem(name.stem, listed.near)
            hint = f"; {other.name} is there" if other else ""
            return f"{listed.name} is not in {folder}{hint}; its {counted(count, 'shape')} are kept"

        self.report.note("missing picture", listed.name, told)

    def _settled_size(self, listed: ListedPicture, found: Path) -> tuple[int, int]:
        real = upright_size(found)
        if real is None:
            text = f"{found.name} cannot be opened as a picture; the listed size is kept"
            self.report.note("unreadable", found, text)
            return listed.size
        if listed.size != (0, 0) and listed.size != real:
            turned = " (turned by its EXIF orientation?)" if listed.size == real[::-1] else ""
            text = (
                f"{found.name} is {real[0]} x {real[1]}{turned}, {listed.listed_in.name} says"
                f" {listed.size[0]} x {listed.size[1]}; shapes stay where they are"
            )
            self.report.note("size differs", found, text)
        return real

    def _note_unknown(self, counts: Counter[str]) -> None:
        if not self._known:
            return
        for number, label in enumerate(sorted(counts.keys() - set(self._known))):
            known = self._known[:_HINTS_AMONG] if number < _HINTED_CLASSES else ()
            near = nearest(label, known)
            hint = f"; did you mean {near!r}?" if near else ""
            text = f"class {label!r} ({counted(counts[label], 'shape')}) is not known{hint}"
            self.report.note("unknown class", self.source, f"{text}; kept as it is")


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def nearest(label: str, known: Sequence[str]) -> str | None:
    """Return the known name that differs in case only, or else looks most alike."""
    folded = {name.casefold(): name for name in reversed(known)}
    if label.casefold() in folded:
        return folded[label.casefold()]
    if len(label) > _LONGEST_HINT:  # the time grows with the square
        return None
    short = [name for name in folded if len(name) <= _LONGEST_HINT]
    matches = difflib.get_close_matches(label.casefold(), short, n=1)
    return folded[matches[0]] if matches else None
