"""What every reader shares: finding the pictures, comparing, and keeping the report."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.api.annotations import AnnotationFormat, AnnotationSet, PictureAnnotations
from engine.api.errors import DatasetError
from engine.api.tasks import TaskContext
from engine.data.formats.pictures import (
    PictureIndex,
    folders_around,
    upright_size,
    without_detours,
)
from engine.data.formats.report import Report, counted, some
from engine.data.formats.shape_checks import PlacedShape, checked_shapes

PLACEHOLDER_LIMIT = 10_000
"""A class index at or above this is a damaged number, not a class without a name."""


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
    """

    listed_in: Path
    name: str
    size: tuple[int, int]
    near: tuple[Path, ...] = ()
    stems: tuple[str, ...] = ()


class Intake:
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

    def take(self, listed: ListedPicture, placed: Sequence[PlacedShape]) -> None:
        """Find a picture, compare its size with what is listed, and keep its sound shapes."""
        found = self.index.find(listed.name, listed.near)
        if found is None:
            tries = (self.index.find_stem(stem, listed.near) for stem in listed.stems)
            found = next((path for path in tries if path), None)
        elif found.name != Path(listed.name.replace("\\", "/")).name:
            self._note_case(listed, found)
        if found is None:
            self._note_missing(listed, len(placed))
            self.add(self._expected_path(listed), listed.size, placed)
            return
        self.add(found, self._settled_size(listed, found), placed)

    def add(self, file: Path, size: tuple[int, int], placed: Iterable[PlacedShape]) -> None:
        """Keep the sound shapes of a picture; of one that came before they are joined."""
        shapes = checked_shapes(placed, size, file, self.report)
        before = self._pictures.get(file)
        if before is None:
            self._pictures[file] = PictureAnnotations(file, *size, shapes)
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

    def _expected_path(self, listed: ListedPicture) -> Path:
        name = Path(listed.name.replace("\\", "/"))
        return without_detours(self.index.folders(listed.near)[0] / name)

    def _note_case(self, listed: ListedPicture, found: Path) -> None:
        text = f"{listed.name} is listed, {found.name} is there; taken as the same picture"
        self.report.note("wrong extension case", found, text)

    def _note_missing(self, listed: ListedPicture, count: int) -> None:
        folder = self.index.chosen or self.index.roots[0]
        stem = Path(listed.name.replace("\\", "/")).stem
        other = self.index.find_stem(stem, listed.near)
        hint = f"; {other.name} is there" if other else ""
        text = f"{listed.name} is not in {folder}{hint}; its {counted(count, 'shape')} are kept"
        self.report.note("missing picture", listed.name, text)

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
        for label in sorted(counts.keys() - set(self._known)):
            near = nearest(label, self._known)
            hint = f"; did you mean {near!r}?" if near else ""
            text = f"class {label!r} ({counted(counts[label], 'shape')}) is not known{hint}"
            self.report.note("unknown class", self.source, f"{text}; kept as it is")


def nearest(label: str, known: Sequence[str]) -> str | None:
    """Return the known name that differs in case only, or else looks most alike."""
    folded = {name.casefold(): name for name in reversed(known)}
    if label.casefold() in folded:
        return folded[label.casefold()]
    matches = difflib.get_close_matches(label.casefold(), folded, n=1)
    return folded[matches[0]] if matches else None
