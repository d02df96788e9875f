"""Writes COCO into one JSON: what is there stays, but for the pictures that are written."""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from engine.api.annotations import AnnotationSet, PictureAnnotations
from engine.api.errors import DatasetError
from engine.data.formats.coco_file import LISTS, CocoFile, load
from engine.data.formats.coco_form import CocoForm, key_of
from engine.data.formats.exporter import Exporter, Prepared, note_unknown_size
from engine.data.formats.json_spans import (
    JsonList,
    Replacement,
    one_line_json,
    replaced,
    with_members,
)
from engine.data.formats.pictures import (
    common_folder,
    folded,
    listed_path,
    relative_to,
    shared_tail,
)
from engine.data.formats.report import Report, counted, some


def prepare(annotations: AnnotationSet, exporter: Exporter) -> Prepared:
    """Return the file that would be written, and report what it would change.

    In a file that is there all pictures, annotations and categories keep their ids; new ones
    follow after the highest. Without such a file categories have `annotations.class_ids`, or
    count from 1.
    """
    pictures = list(exporter.sound_pictures(annotations))
    prepared = Prepared()
    target = exporter.target
    old = _existing(target, exporter.report)
    if old is None:
        return prepared
    writer = _Writer(old, target, exporter)
    writer.add_categories(annotations, pictures)
    writer.add_pictures(pictures, prepared)
    prepared.add(target, writer.text().encode())
    if old.end:
        _note_standing(writer, prepared, exporter)
    for picture in pictures:
        note_unknown_size(picture, exporter.report)
    return prepared


def _existing(target: Path, report: Report) -> CocoFile | None:
    """Return the file that is there, or an empty one; None where it must not be replaced."""
    if os.path.isdir(target):
        report.refuse("unreadable", target, f"{target}: is a folder; choose a .json file")
        return None
    if not os.path.exists(target):
        return CocoFile("")
    try:
        found = load(target)
    except DatasetError as error:
        report.refuse("unreadable", target, f"{error}; move it away or choose another file")
        return None
    if not found.lists.keys() >= {"images", "annotations"}:
        text = f"{target}: is there and is no COCO file; move it away or choose another file"
        report.refuse("unreadable", target, text)
        return None
    return found


class _Writer:
    """Gathers what changes in one file."""

    def __init__(self, old: CocoFile, target: Path, exporter: Exporter) -> None:
        self._old, self._target, self._exporter = old, target, exporter
        self._names: dict[Any, str] = {}
        self._ids: dict[str, Any] = {}
        self._texts: dict[str, dict[int, tuple[str, ...]]] = defaultdict(dict)
        self._added: dict[str, list[Any]] = {key: [] for key in LISTS}
        self._free = itertools.count(max(old.ids, default=0) + 1)
        self._taken = set(old.ids)
        self._folder: Path | None = None

    def add_categories(
        self, annotations: AnnotationSet, pictures: Sequence[PictureAnnotations]
    ) -> None:
        """Add the classes that the file does not have."""
        listed = (entry for entry in self._old.categories if isinstance(entry, dict))
        for entry in listed:
            identifier, name = key_of(entry.get("id")), entry.get("name")
            if identifier is not None and isinstance(name, str):
                self._names.setdefault(identifier, name)
                self._ids.setdefault(name, entry["id"])
        labels = sorted({shape.label for picture in pictures for shape in picture.shapes})
        self._rename_categories(labels)
        wanted_ids = dict(zip(annotations.classes, annotations.class_ids, strict=False))
        changed = [n for n, i in self._ids.items() if wanted_ids.get(n, i) != i]
        if changed:
            text = f"{self._target.name} numbers {some(changed)} otherwise; its category ids are"
            self._exporter.report.note("class order", self._target, f"{text} kept")
        numbers = [i for i in (*self._names, *annotations.class_ids) if isinstance(i, int)]
        free = itertools.count(max([0, *numbers]) + 1)
        for name in dict.fromkeys([*annotations.classes, *labels]):
            if name not in self._ids:
                identifier = wanted_ids.get(name)
                if identifier is None or identifier in self._names:
                    identifier = next(free)
                self._names[identifier], self._ids[name] = name, identifier
                entry = {"id": identifier, "name": name, "supercategory": ""}
                self._added["categories"].append(entry)

    def _rename_categories(self, labels: Collection[str]) -> None:
        """Change names where they stand; ids and everything else of a category stay."""
        renamed = self._exporter.renamed_in(self._ids, labels)
        for position, entry in enumerate(self._old.categories):
            identifier = key_of(entry.get("id")) if isinstance(entry, dict) else None
            name = self._names.get(identifier, "")
            if name in renamed and entry.get("name") == name:
                text = self._old.lists["categories"].item(position)
                new = with_members(text, {"name": renamed[name]})
                self._texts["categories"][position] = (new,)
                self._names[identifier] = renamed[name]
        for old, new in renamed.items():
            self._ids[new] = self._ids.pop(old)

    def add_pictures(self, pictures: Sequence[PictureAnnotations], prepared: Prepared) -> None:
        """Merge the annotations of each picture, and add those pictures that are not listed."""
        known = _ListedPictures(self._old, self._target)
        self._folder = common_folder(picture.file for picture in pictures)
        names = _new_names(pictures, self._folder, self._exporter.report)
        numbers = [i for i in known.ids if isinstance(i, int)]
        free = itertools.count(max(numbers, default=0) + 1)
        for picture, name in zip(pictures, names, strict=True):
            image_id = known.find(picture, name)
            if image_id is None:
                image_id = next(free)
                size = {"width": picture.width, "height": picture.height}
                self._added["images"].append({"id": image_id, "file_name": name, **size})
            self._merge(picture, image_id, prepared)

    def _merge(self, picture: PictureAnnotations, image_id: int | str, prepared: Prepared) -> None:
        positions = self._old.by_image.get(image_id, ())
        texts = [self._old.annotation(position) for position in positions]
        annotations = self._old.lists.get("annotations")
        write = annotations.dumped if annotations else one_line_json
        form = CocoForm(
            self._names, self._ids, image_id, self._next_id, self._taken.__contains__, write
        )
        before = self._exporter.names_before(self._ids)
        merged = self._exporter.merged(picture, self._target, texts, form, image_id, before)
        for position, text, new in zip(positions, texts, merged.texts, strict=True):
            if new != (text,):
                self._texts["annotations"][position] = new
        self._added["annotations"] += merged.added
        prepared.keep(picture, self._target, form, merged, image_id)

    def _next_id(self) -> int:
        identifier = next(self._free)
        self._taken.add(identifier)
        return identifier

    def text(self) -> str:
        """Return the whole file."""
        old = self._old
        if not old.end:
            return self._new_text()
        replacements: list[Replacement] = []
        missing: dict[str, Any] = {}
        for key in LISTS:
            found, added = old.lists.get(key), self._added[key]
            if found is None:
                missing |= {key: added} if added else {}
            else:
                texts = [_text(found, item) for item in added]
                replacements += found.replacements(self._texts[key], texts)
        text = replaced(old.text, replacements)
        return with_members(text, missing) if missing else text

    def _new_text(self) -> str:
        noted = self._folder
        folder = {"pictures_folder": relative_to(noted, self._target.parent)} if noted else {}
        pieces = {"info": one_line_json(folder)}
        for key in LISTS:
            texts = (i if isinstance(i, str) else one_line_json(i) for i in self._added[key])
            pieces[key] = f"[{', '.join(texts)}]"
        return "{" + ", ".join(f'"{key}": {text}' for key, text in pieces.items()) + "}"

    @property
    def counts(self) -> tuple[int, int]:
        """How many pictures the file has, and how many are new in it."""
        return len(self._old.images), len(self._added["images"])


def _text(owner: JsonList, item: Any) -> str:
    return item if isinstance(item, str) else owner.dumped(item)


class _ListedPictures:
    """Finds the id of a picture: that which it was read from, else that of its listed name."""

    def __init__(self, old: CocoFile, target: Path) -> None:
        self._target = target
        self._by_name: dict[str, list[tuple[str, Any]]] = defaultdict(list)
        self.ids: set[Any] = set()
        for entry in old.images:
            if isinstance(entry, dict) and isinstance(entry.get("file_name"), str):
                identifier = key_of(entry.get("id"))
                if identifier is not None:
                    self.ids.add(identifier)
                    name = folded(listed_path(entry["file_name"]).name)
                    self._by_name[name].append((entry["file_name"], identifier))

    def find(self, picture: PictureAnnotations, name: str) -> Any:
        """Return the id of a picture, None where the file does not list it.

        A listed path must be the end of the picture's own; of several the longest is taken.
        """
        source = picture.source
        if source is not None and source.file == self._target and source.image_id in self.ids:
            return source.image_id
        best, length = None, 0
        for listed, identifier in self._by_name.get(folded(picture.file.name), ()):
            parts = len(listed_path(listed).parts)
            is_whole = shared_tail(listed, picture.file) == parts or folded(listed) == folded(name)
            if is_whole and parts > length:
                best, length = identifier, parts
        return best


def _new_names(
    pictures: Sequence[PictureAnnotations], folder: Path | None, report: Report
) -> list[str]:
    """Return a `file_name` each: bare names of pictures in one folder, else paths below it."""
    names = [
        relative_to(picture.file, folder) if folder else picture.file.name for picture in pictures
    ]
    seen: set[str] = set()
    for picture, name in zip(pictures, names, strict=True):
        if name in seen:
            text = f"{picture.file}: two pictures are called {name}; rename one"
            report.refuse("duplicate", picture.file, text)
        seen.add(name)
    return names


def _note_standing(writer: _Writer, prepared: Prepared, exporter: Exporter) -> None:
    """Tell what becomes of a file that is there, unless it stays as it is."""
    if not exporter.has_changes(prepared):
        return
    listed, new = writer.counts
    text = f"{exporter.target.name} exists with {counted(listed, 'picture')} and would be changed"
    others = listed - (len(prepared.pictures) - new)
    if others > 0:
        text += f"; {counted(others, 'picture')} not in this export would stay"
    exporter.report.note("would overwrite", exporter.target, text)
