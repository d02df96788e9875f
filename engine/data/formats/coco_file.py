"""A COCO file as text, with where its pictures, annotations and categories stand.

Entries are read one at a time from the text and not kept, so that a file of half a gigabyte costs
its text and what is asked of it, and not every number in it as an object of Python.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.api.errors import DatasetError
from engine.core.json_text import parse_json
from engine.data.formats.coco_form import key_of
from engine.data.formats.json_spans import JsonCursor, JsonList, margin_of
from engine.data.formats.text_files import JSON_LIMIT_BYTES, json_errors, read_text

LISTS = ("images", "annotations", "categories")


@dataclass(slots=True)
class CocoFile:
    """What stands where.

    Attributes:
        about: the values of all other keys.
        lists: each list that is there.
        images: the pictures as they are listed, by position.
        categories: the same of the categories.
        by_image: positions of the annotations of each image id.
        ids: the annotation ids, where they are whole numbers.
        highest_id: the largest of them.
        odd: positions of annotations that are no objects.
        end: where the closing brace of the document stands.
    """

    text: str
    about: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, JsonList] = field(default_factory=dict)
    images: list[Any] = field(default_factory=list)
    categories: list[Any] = field(default_factory=list)
    by_image: dict[Any, array[int]] = field(default_factory=lambda: defaultdict(_positions))
    ids: set[int] = field(default_factory=set)
    odd: list[int] = field(default_factory=list)
    end: int = 0

    @property
    def margin(self) -> str | None:
        """The white space before the keys; None where the document stands on one line."""
        return margin_of(self.text)

    def annotation(self, position: int) -> str:
        """Return the text of an annotation."""
        return self.lists["annotations"].item(position)

    def annotations_of(self, image_id: Any) -> list[str]:
        """Return the text of each annotation of a picture."""
        return [self.annotation(position) for position in self.by_image.get(image_id, ())]


def _positions() -> array[int]:
    return array("L")


def load(file: Path, advance: Callable[[], None] = lambda: None) -> CocoFile:
    """Read a COCO file.

    Args:
        advance: called for each entry; may raise to stop.

    Raises:
        DatasetError: it cannot be read, is no JSON, or one of its lists is none.
    """
    text = read_text(file, JSON_LIMIT_BYTES)
    found = CocoFile(text)
    with json_errors(file, text):
        cursor = JsonCursor(text)
        if cursor.peek() != "{":
            cursor.value()
            cursor.end()
            raise DatasetError(f"{file}: has no images and no annotations; expected a COCO file")
        for key in cursor.members():
            if key not in LISTS:
                found.about[key] = cursor.value().value
            elif cursor.peek() != "[":
                raise DatasetError(f"{file}: {key!r} is no list; expected a COCO file")
            else:
                _read_list(found, key, cursor, advance)
        found.end = cursor.position - 1
        cursor.end()
    return found


def _read_list(found: CocoFile, key: str, cursor: JsonCursor, advance: Callable[[], None]) -> None:
    start = cursor.position
    places: list[tuple[int, int]] = []
    kept = {"images": found.images, "categories": found.categories}.get(key)
    for position, item in enumerate(cursor.items()):
        advance()
        places.append((item.start, item.stop))
        if kept is not None:
            kept.append(item.value)
        else:
            _note_annotation(found, position, item.value)
    found.lists[key] = JsonList(cursor.text, start, cursor.position, places, found.margin)


def _note_annotation(found: CocoFile, position: int, entry: Any) -> None:
    if not isinstance(entry, dict):
        found.odd.append(position)
        return
    found.by_image[key_of(entry.get("image_id"))].append(position)
    if isinstance(entry.get("id"), int):
        found.ids.add(entry["id"])


def placed_entries(found: CocoFile, image_id: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield place, text and content of each annotation of a picture."""
    for position in found.by_image.get(image_id, ()):
        text = found.annotation(position)
        yield f"annotations[{position}]", text, parse_json(text)
