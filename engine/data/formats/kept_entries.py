"""Shapes go back into the entries that they were read from: what was not edited stays as it was.

One mechanism for all formats. A reader gives each shape the text of its entry; the writer starts
from that text and changes only the fields that differ from the shape. What a file holds beside the
entries, and entries that are not understood, are not touched. A format says how its entries are
found, what an entry is read as, and how one is edited or made (`EntryForm`).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from engine.api.annotations import AnnotationFormat, Entry, PictureSource, Shape
from engine.data.formats.report import Report
from engine.data.formats.shape_checks import PlacedShape, checked_shapes

_SPLIT = "parts of one object that differ now, written as objects of their own"


class EntryForm(Protocol):
    """How one file of a format writes its entries.

    Attributes:
        losses: what cannot be kept of how many entries; counted while they are edited.
    """

    losses: Counter[str]

    @property
    def name(self) -> AnnotationFormat:
        """The format."""

    def shapes(self, text: str) -> tuple[Shape, ...]:
        """Return what an entry is read as; ValueError where it is not understood."""

    def edited(self, text: str, parts: Mapping[int, Shape]) -> str:
        """Return an entry whose shapes, by their position in `shapes`, have become these."""

    def made(self, shape: Shape) -> str:
        """Return a new entry."""

    def settled(self, text: str) -> str:
        """Return an entry that was not in this place before with ids that are free here."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry as it stands in a file now.

    Attributes:
        shapes: what it is read as; none where it is not understood.
        sound: those of them that can be kept, within the picture, by their position.
        owner: the entry before it, by index, that is read as the same; None for most.
    """

    text: str
    shapes: tuple[Shape, ...]
    sound: Mapping[int, Shape]
    owner: int | None = None


def digest(text: str, labels: Iterable[str]) -> int:
    """Return a number for an entry and the classes that it is read as."""
    data = "\0".join([text, *labels]).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


def digests(texts: Iterable[str], form: EntryForm) -> tuple[int, ...]:
    """Return the digest of each entry of a form."""
    return tuple(digest(text, _labels(_shapes(text, form))) for text in texts)


def digests_as_read(texts: Iterable[str], placed: Iterable[PlacedShape]) -> tuple[int, ...]:
    """Return the digest of each entry from the shapes that were read from them, in order."""
    waiting = deque(shape for _, shape in placed)
    found = []
    for text in texts:
        shapes: list[Shape] = []
        while waiting and waiting[0].entry == Entry(_format(waiting[0]), text, len(shapes)):
            shapes.append(waiting.popleft())
        found.append(digest(text, _labels(shapes)))
    return tuple(found)


def _format(shape: Shape) -> AnnotationFormat:
    return shape.entry.format if shape.entry else "labelme"


def _labels(shapes: Iterable[Shape]) -> list[str]:
    return [shape.label for shape in shapes]


def _shapes(text: str, form: EntryForm) -> tuple[Shape, ...]:
    try:
        return form.shapes(text)
    except ValueError:
        return ()


@dataclass(slots=True)
class _Object:
    """Shapes that make one entry.

    Attributes:
        places: where the shapes stand among those given, by their part.
        text: the entry that they were read from, or the one to write; None for drawn ones.
        slot: the standing entry whose place it takes, None for a new place.
        order: the parts that the entry has in the end.
    """

    parts: dict[int, Shape]
    places: dict[int, int]
    text: str | None = None
    slot: int | None = None
    order: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Merged:
    """What a file is to hold of a picture.

    Attributes:
        texts: for each standing entry what is to stand in its place: nothing, itself, another,
            or several.
        added: what follows behind all of them.
        shapes: those that were given, each with the entry that it has now.
    """

    texts: tuple[tuple[str, ...], ...]
    added: tuple[str, ...]
    shapes: tuple[Shape, ...]

    @property
    def entries(self) -> tuple[str, ...]:
        """All entries in their order."""
        return (*(text for texts in self.texts for text in texts), *self.added)


class PictureEntries:
    """The entries that one picture has in a file, and what they become when it is saved.

    Args:
        before: what classes of the file were called when the picture was read from it.
    """

    def __init__(
        self,
        texts: Iterable[str],
        form: EntryForm,
        size: tuple[int, int],
        picture: Path,
        before: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._before = before
        self._form, self._size, self._picture = form, size, picture
        self.standing: list[Standing] = []
        seen: dict[Shape, int] = {}
        for index, text in enumerate(texts):
            shapes, sound = self._read(text)
            owners = {seen.setdefault(shape, index) for shape in sound.values()} - {index}
            is_repeated = bool(sound) and all(seen[shape] != index for shape in sound.values())
            owner = min(owners) if is_repeated else None
            self.standing.append(Standing(text, shapes, sound, owner))
        self._texts = {entry.text for entry in self.standing}

    def _read(self, text: str) -> tuple[tuple[Shape, ...], dict[int, Shape]]:
        shapes = _shapes(text, self._form)
        silent = Report()
        kept = (checked_shapes([("", s)], self._size, self._picture, silent) for s in shapes)
        return shapes, {part: found[0] for part, found in enumerate(kept) if found}

    @property
    def fingerprint(self) -> tuple[int, ...]:
        """A digest of each entry; those of another moment differ where a program has changed it."""
        return tuple(map(self._digest, self.standing))

    def _digest(self, entry: Standing) -> int:
        labels = _labels(entry.shapes)
        return digest(entry.text, [self._before.get(label, label) for label in labels])

    def with_theirs(self, shapes: Sequence[Shape], source: PictureSource) -> tuple[Shape, ...]:
        """Return edited shapes together with what another program has changed since `source`.

        Of an object that both have changed both forms stay; what only one has changed or removed
        is as that one left it.
        """
        before = set(source.entries)
        mine = [shape for shape in shapes if self._is_mine(shape)]
        theirs = [
            replace(shape, entry=Entry(self._form.name, entry.text, part))
            for entry in self.standing
            if self._digest(entry) not in before
            for part, shape in entry.sound.items()
        ]
        return tuple(dict.fromkeys([*mine, *theirs]))

    def _is_mine(self, shape: Shape) -> bool:
        entry = shape.entry
        if entry is None or entry.format != self._form.name or entry.text in self._texts:
            return True
        raw, sound = self._read(entry.text)
        return shape not in (*raw, *sound.values())  # edited here, removed or changed there

    def merged(self, shapes: Sequence[Shape]) -> Merged:
        """Return what is to stand in place of the entries so that the picture has these shapes."""
        objects = self._objects(shapes)
        self._claim(objects)
        for each in objects:
            each.text = self._text_of(each)
        texts: dict[int, list[str]] = {}
        waiting: list[str] = []
        last: int | None = None
        for each in objects:
            assert each.text is not None
            if each.slot is not None:
                texts[each.slot] = [*waiting, each.text]
                waiting, last = [], each.slot
            elif last is not None:
                texts[last].append(each.text)
            else:
                waiting.append(each.text)
        gone = (index for index, entry in enumerate(self.standing) if entry.sound)
        if waiting and last is None and (place := next(gone, None)) is not None:
            texts[place], waiting = waiting, []  # in place of the first that goes
        owners = {each.slot: each.text for each in objects if each.slot is not None}
        stays = tuple(
            tuple(texts[index]) if index in texts else self._unclaimed(entry, owners)
            for index, entry in enumerate(self.standing)
        )
        return Merged(stays, tuple(waiting), self._with_entries(shapes, objects))

    def _objects(self, shapes: Sequence[Shape]) -> list[_Object]:
        """Gather the shapes that were read from one entry; a copy of one is a new object."""
        objects: list[_Object] = []
        by_text: dict[str, _Object] = {}
        for place, shape in enumerate(shapes):
            entry = shape.entry
            if entry is None or entry.format != self._form.name:
                objects.append(_Object({0: shape}, {0: place}))
                continue
            known = by_text.get(entry.text)
            if known is None:
                objects.append(_Object({entry.part: shape}, {entry.part: place}, entry.text))
                by_text[entry.text] = objects[-1]
            elif entry.part not in known.parts and _agree(shape, known):
                known.parts[entry.part] = shape
                known.places[entry.part] = place
            else:
                if entry.part not in known.parts:
                    self._form.losses[_SPLIT] += 1
                objects.append(_Object({0: shape}, {0: place}))
        return objects

    def _claim(self, objects: list[_Object]) -> None:
        """Give each object the standing entry that it was read from, or that is read as the same.

        Objects keep their order: where it has changed, so have the places.
        """
        by_text: dict[str, list[int]] = defaultdict(list)
        by_shapes: dict[tuple[Shape, ...], list[int]] = defaultdict(list)
        for index, entry in reversed(list(enumerate(self.standing))):
            if entry.owner is None and entry.sound:
                by_text[entry.text].append(index)
                by_shapes[tuple(entry.sound.values())].append(index)
        free = {index for index, entry in enumerate(self.standing) if entry.owner is None}
        for each in objects:
            if each.text is not None and by_text[each.text]:
                each.slot = by_text[each.text].pop()
                free.discard(each.slot)
        for each in objects:
            if each.slot is None:
                alike = by_shapes[tuple(each.parts[part] for part in sorted(each.parts))]
                each.slot = next((index for index in reversed(alike) if index in free), None)
                if each.slot is not None:
                    free.discard(each.slot)
                    each.text = self.standing[each.slot].text
        claimed = [each for each in objects if each.slot is not None]
        slots = sorted(each.slot for each in claimed if each.slot is not None)
        for each, slot in zip(claimed, slots, strict=True):
            each.slot = slot

    def _text_of(self, each: _Object) -> str:
        """Return the entry of an object: as it was where nothing differs."""
        text = each.text
        raw, sound = self._read(text) if text is not None else ((), {})
        if text is None or not raw:
            each.order = list(each.parts)
            return self._form.made(next(iter(each.parts.values())))
        each.order = list(range(len(raw)))
        is_there = text in self._texts
        is_whole = each.parts.keys() == set(sound)
        if not (is_whole and all(s in (raw[p], sound[p]) for p, s in each.parts.items())):
            removed = sound.keys() - each.parts.keys()
            each.order = [part for part in range(len(raw)) if part not in removed]
            text = self._form.edited(text, {p: each.parts.get(p, raw[p]) for p in each.order})
        return text if is_there else self._form.settled(text)

    def _unclaimed(self, entry: Standing, written: Mapping[int, str | None]) -> tuple[str, ...]:
        """Return what stays of an entry that no shape stands for."""
        if not entry.sound:
            return (entry.text,)  # it was not understood
        owner = entry.owner
        is_unchanged = owner is not None and written.get(owner) == self.standing[owner].text
        return (entry.text,) if is_unchanged else ()

    def _with_entries(
        self, shapes: Sequence[Shape], objects: Sequence[_Object]
    ) -> tuple[Shape, ...]:
        result = list(shapes)
        for each in objects:
            assert each.text is not None
            now = self._read(each.text)[0]
            for part, shape in each.parts.items():
                number = each.order.index(part)
                entry = Entry(self._form.name, each.text, number)
                result[each.places[part]] = replace(shape, entry=entry)
                if number < len(now):
                    self._form.losses.update(_lost(shape, now[number]))
        return tuple(result)


def _agree(shape: Shape, known: _Object) -> bool:
    first = next(iter(known.parts.values()))
    return (shape.label, shape.is_difficult) == (first.label, first.is_difficult)


def _lost(wanted: Shape, written: Shape) -> Iterable[str]:
    if wanted.score is not None and written.score is None:
        yield "lose their scores"
    if wanted.is_difficult and not written.is_difficult:
        yield "lose the mark “difficult”"
    if wanted.kind == "polygon" and written.kind == "box":
        yield "are polygons and become their boxes"
