"""How COCO writes an annotation: an object of which box, segmentation and category are known."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from engine.api.annotations import AnnotationFormat, Point, Shape
from engine.core.json_text import parse_json
from engine.data.formats.importer import placeholder_class
from engine.data.formats.json_spans import JsonCursor, RawJson, one_line_json, with_members
from engine.data.formats.text_files import as_number

_KNOWN = frozenset({"id", "image_id", "category_id", "bbox", "area", "segmentation"})
_ALSO_KNOWN = frozenset({"iscrowd", "score", "category_name", "file_name"})
_NOTHING: tuple[Any, ...] = (None, "", [], {}, False, 0)


class CocoForm:
    """Annotations of one picture in a COCO file.

    Args:
        names: the classes by category id.
        ids: the category id of each class.
        image_id: of the picture.
        following: gives a free annotation id.
        is_taken: whether an annotation id is that of another annotation.
        dumped: writes a new annotation in the manner of the file.
    """

    name: ClassVar[AnnotationFormat] = "coco"

    def __init__(
        self,
        names: Mapping[Any, str],
        ids: Mapping[str, Any] | None = None,
        image_id: int | str = 0,
        following: Callable[[], int] = lambda: 1,
        is_taken: Callable[[Any], bool] = lambda _: False,
        dumped: Callable[[Any], str] = one_line_json,
    ) -> None:
        self.losses: Counter[str] = Counter()
        self._names, self._ids, self._image_id = names, ids or {}, image_id
        self._following, self._is_taken, self._dumped = following, is_taken, dumped

    def shapes(self, text: str) -> tuple[Shape, ...]:
        """Return the box, or a polygon a part; ValueError where there is none."""
        entry = parse_json(text)
        return tuple(shapes_of(entry, self._names)) if isinstance(entry, dict) else ()

    def edited(self, text: str, parts: Mapping[int, Shape]) -> str:
        """Return the annotation with category, box, segmentation or crowd of the shapes."""
        entry = parse_json(text)
        old = self.shapes(text)
        first = next(iter(parts.values()))
        changes: dict[str, Any] = {}
        if first.label != old[0].label:
            changes["category_id"] = self._ids[first.label]
        if first.is_difficult != old[0].is_difficult:
            changes["iscrowd"] = int(first.is_difficult)
        if first.score != old[0].score:
            changes["score"] = first.score
        is_moved = len(parts) < len(old) or any(s.points != old[p].points for p, s in parts.items())
        if is_moved:
            changes |= self._outline(entry, text, old, parts)
        return with_members(text, changes)

    def _outline(
        self, entry: dict[str, Any], text: str, old: Sequence[Shape], parts: Mapping[int, Shape]
    ) -> dict[str, Any]:
        segmentation: Any = entry.get("segmentation")
        changes: dict[str, Any] = {"bbox": bbox_of(tuple(parts.values()))}
        if "area" in entry:
            changes["area"] = sum(shape.area for shape in parts.values())
        if isinstance(segmentation, dict):
            self.losses["have a run-length mask, which no longer fits and is left out"] += 1
            changes["segmentation"] = []
        elif old[0].kind == "polygon" and not segmentation:
            self.losses["are turned boxes and become polygons"] += 1
            changes |= {"segmentation": [_flat(parts[0])]} | _not_turned(text)
        elif old[0].kind == "polygon":
            raw = segmentation if isinstance(segmentation[0], list) else [segmentation]
            changes["segmentation"] = list(_parts(raw, old, parts))
        elif segmentation:
            changes["segmentation"] = []
        return changes

    def made(self, shape: Shape) -> str:
        """Return a new annotation."""
        entry = {
            "id": self._following(),
            "image_id": self._image_id,
            "category_id": self._ids[shape.label],
            "bbox": bbox_of((shape,)),
            "area": shape.area,
            "segmentation": [_flat(shape)] if shape.kind == "polygon" else [],
            "iscrowd": int(shape.is_difficult),
        }
        if shape.score is not None:
            entry["score"] = shape.score
        return self._dumped(entry)

    def settled(self, text: str) -> str:
        """Return an annotation that comes from elsewhere with ids that are free here."""
        entry = parse_json(text)
        changes: dict[str, Any] = {}
        if entry.get("image_id") != self._image_id:
            changes["image_id"] = self._image_id
        if not isinstance(entry.get("id"), int) or self._is_taken(entry["id"]):
            changes["id"] = self._following()
        return with_members(text, changes) if changes else text


def _parts(
    raw: Sequence[Any], old: Sequence[Shape], parts: Mapping[int, Shape]
) -> Iterator[Sequence[Any]]:
    """Yield the parts of a segmentation: those that were not edited as they were."""
    number = 0
    for flat in raw:
        if len(set(points_of(flat))) < 3:  # it was read as no shape
            yield flat
            continue
        shape = parts.get(number)
        if shape is not None:
            yield flat if shape.points == old[number].points else _flat(shape)
        number += 1


def _flat(shape: Shape) -> list[float]:
    if shape.kind == "polygon":
        return [value for point in shape.points for value in point]
    x1, y1, x2, y2 = shape.box_xyxy
    return [x1, y1, x2, y1, x2, y2, x1, y2]


def _not_turned(text: str) -> dict[str, Any]:
    """Return `attributes` with no rotation, all else in them as it was."""
    cursor = JsonCursor(text)
    found = {key: cursor.value() for key in cursor.members()}["attributes"]
    raw = text[found.start : found.stop]
    return {"attributes": RawJson(with_members(raw, {"rotation": 0.0}))}


def bbox_of(shapes: Sequence[Shape]) -> list[float]:
    """Return x, y, width, height around shapes such that x + width gives the right edge again.

    The shortest width that does so is taken: 612.67 - 1.08 is written as 611.59, not as
    611.5899999999999.
    """
    boxes = [shape.box_xyxy for shape in shapes]
    x1, y1 = min(box[0] for box in boxes), min(box[1] for box in boxes)
    x2, y2 = max(box[2] for box in boxes), max(box[3] for box in boxes)
    return [x1, y1, _side(x1, x2), _side(y1, y2)]


def _side(low: float, high: float) -> float:
    for digits in (6, 9):
        short = round(high - low, digits)
        if low + short == high:
            return short
    return high - low


def key_of(identifier: Any) -> Any:
    """Return an id that can be looked up; 7.0 is 7, and lists are no ids."""
    if isinstance(identifier, float) and identifier.is_integer():
        return int(identifier)
    return identifier if isinstance(identifier, (int, str)) else None


def shapes_of(entry: dict[str, Any], names: Mapping[Any, str]) -> list[Shape]:
    """Return the shapes of an annotation: its polygons, or its box, turned where it says so.

    Raises:
        ValueError: it has no category or no box, or a number is none.
    """
    identifier = key_of(entry.get("category_id"))
    if identifier is None:
        raise ValueError("has no category_id")
    score = entry.get("score")
    made = Shape(
        names.get(identifier) or placeholder_class(identifier),
        (),
        score=None if score is None else as_number(score),
        is_difficult=bool(entry.get("iscrowd")),
    )
    polygons = [points for points in part_points(entry) if len(set(points)) >= 3]
    if polygons:
        return [replace(made, points=points, kind="polygon") for points in polygons]
    corners = _corners(entry.get("bbox"))
    degrees = _rotation(entry)
    if degrees and not entry.get("segmentation"):
        return [replace(made, points=_turned_box(*corners, degrees), kind="polygon")]
    return [replace(made, points=corners)]


def _corners(box: Any) -> tuple[Point, Point]:
    if not isinstance(box, list) or len(box) != 4:
        raise ValueError(f"bbox {str(box)[:60]} is not [x, y, width, height]")
    x, y, width, height = (as_number(value) for value in box)
    if width < 0 or height < 0:
        raise ValueError(f"width {width:g} and height {height:g} must not be negative")
    return (x, y), (x + width, y + height)


def part_points(entry: dict[str, Any]) -> list[tuple[Point, ...]]:
    """Return the points of each part of a segmentation; none where it has no such parts."""
    segmentation = entry.get("segmentation")
    if not segmentation or not isinstance(segmentation, list):
        return []
    parts = segmentation if isinstance(segmentation[0], list) else [segmentation]
    return [points_of(part) for part in parts]


def points_of(flat: Any) -> tuple[Point, ...]:
    """Return the points of x, y, x, y, …; ValueError where it is something else."""
    if not isinstance(flat, list) or len(flat) % 2:
        raise ValueError(f"segmentation {str(flat)[:60]} is no list of x, y, x, y, …")
    try:
        # All at once, ten times faster than one by one.
        numbers = array("d", flat).tolist()
        is_plain = math.isfinite(sum(numbers)) and bool not in map(type, flat)
    except (TypeError, OverflowError):
        is_plain = False
    if not is_plain:
        numbers = [as_number(value) for value in flat]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _rotation(entry: dict[str, Any]) -> float:
    """Return by how many degrees CVAT says that a box is turned; 0 where it does not."""
    attributes = entry.get("attributes")
    rotation = attributes.get("rotation") if isinstance(attributes, dict) else None
    try:
        return as_number(rotation) % 360
    except ValueError:
        return 0.0


def _turned_box(top_left: Point, bottom_right: Point, degrees: float) -> tuple[Point, ...]:
    """Return the corners of a box turned clockwise about its centre, from the highest one."""
    (x1, y1), (x2, y2) = top_left, bottom_right
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = [
        # To a millionth of a pixel: a quarter turn gives whole numbers again.
        (round(x + dx * cosine - dy * sine, 6), round(y + dx * sine + dy * cosine, 6))
        for dx, dy in ((x1 - x, y1 - y), (x2 - x, y1 - y), (x2 - x, y2 - y), (x1 - x, y2 - y))
    ]
    first = min(range(4), key=lambda i: (corners[i][1], corners[i][0]))
    return (*corners[first:], *corners[:first])


def unshared(text: str) -> Iterator[str]:
    """Yield the fields of an annotation that only COCO holds, where they say something."""
    entry = parse_json(text)
    if isinstance(entry.get("segmentation"), dict):
        yield "run-length mask"
    known = _KNOWN | _ALSO_KNOWN
    yield from (key for key, value in entry.items() if key not in known and value not in _NOTHING)
