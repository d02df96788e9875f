"""How labelme writes a shape: an object of the list `shapes`, of which a few fields are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from engine.api.annotations import AnnotationFormat, Point, Shape
from engine.api.errors import DatasetError
from engine.core.json_text import parse_json
from engine.data.formats.json_spans import (
    JsonCursor,
    RawJson,
    dumped,
    one_line_json,
    with_members,
)
from engine.data.formats.report import counted
from engine.data.formats.text_files import as_number

KINDS = ("rectangle", "polygon")
_KNOWN = frozenset({"label", "points", "shape_type", "score", "difficult", "flags"})
_CORNERS = 4


class LabelmeForm:
    """Entries of one labelme file.

    Args:
        margin: the white space before each entry, None where the file stands on one line.
        indent: that of one level.
    """

    name: ClassVar[AnnotationFormat] = "labelme"

    def __init__(self, margin: str | None = "    ", indent: str = "  ") -> None:
        self.losses: Counter[str] = Counter()
        self._margin, self._indent = margin, indent

    def shapes(self, text: str) -> tuple[Shape, ...]:
        """Return the one shape; ValueError where it is no rectangle or polygon."""
        entry = parse_json(text)
        if kind_of(entry) not in KINDS:
            raise ValueError("only rectangles and polygons are read")
        try:
            return (shape_of(entry),)
        except DatasetError as error:
            raise ValueError(str(error)) from error

    def edited(self, text: str, parts: Mapping[int, Shape]) -> str:
        """Return the entry with label, points, score or difficulty of the shape."""
        (shape,) = parts.values()
        entry = parse_json(text)
        old = shape_of(entry)
        changes: dict[str, Any] = {}
        if shape.label != old.label:
            changes["label"] = shape.label
        if shape.points != old.points or shape.kind != old.kind:
            changes |= _points_changes(entry, shape)
        if shape.score != old.score:
            changes["score"] = shape.score
        if shape.is_difficult != old.is_difficult:
            changes |= _difficulty_changes(text, entry, shape.is_difficult)
        return with_members(text, changes)

    def made(self, shape: Shape) -> str:
        """Return a new entry with the keys that labelme itself writes."""
        entry: dict[str, Any] = {
            "label": shape.label,
            "points": [list(point) for point in shape.points],
            "group_id": None,
            "description": "",
            "shape_type": "rectangle" if shape.kind == "box" else "polygon",
            "flags": {"difficult": True} if shape.is_difficult else {},
            "mask": None,
        }
        if shape.score is not None:
            entry["score"] = shape.score
        if self._margin is None:
            return one_line_json(entry)
        return dumped(entry, self._margin, self._indent)

    def settled(self, text: str) -> str:
        """Return the entry as it is: it holds no ids."""
        return text


def kind_of(entry: Any) -> str | None:
    """Return the shape type; old files name none and mean polygons."""
    return str(entry.get("shape_type") or "polygon") if isinstance(entry, dict) else None


def shape_of(entry: Any) -> Shape:
    """Return the shape of an entry.

    Raises:
        DatasetError: it is no object, or has no label.
        ValueError: a number is none, or there are too few points.
    """
    if not isinstance(entry, dict):
        raise DatasetError(f"{str(entry)[:40]!r} is no object")
    label, score, flags = entry.get("label"), entry.get("score"), entry.get("flags")
    if not isinstance(label, str):
        raise DatasetError(f"label {str(label)[:40]!r} is no text")
    points = _points(entry.get("points"))
    is_difficult = isinstance(flags, dict) and bool(flags.get("difficult"))
    kind = kind_of(entry)
    if kind == "rectangle":
        if len(points) < 2:
            raise ValueError(f"rectangle has {counted(len(points), 'point')}, expected 2 corners")
        xs, ys = zip(*points, strict=True)
        points = ((min(xs), min(ys)), (max(xs), max(ys)))
    return Shape(
        label,
        points,
        "box" if kind == "rectangle" else "polygon",
        None if score is None else as_number(score),
        is_difficult or bool(entry.get("difficult")),
    )


def _points(value: Any) -> tuple[Point, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"points {str(value)[:40]} is no list of [x, y]")
    points = []
    for point in value:
        if not isinstance(point, list) or len(point) != 2:
            raise ValueError(f"point {str(point)[:40]} is not [x, y]")
        points.append((as_number(point[0]), as_number(point[1])))
    return tuple(points)


def unshared(text: str) -> Iterator[str]:
    """Yield the fields of an entry that only labelme holds, where they say something."""
    entry = parse_json(text)
    flags = entry.get("flags")
    if isinstance(flags, dict) and any(value for key, value in flags.items() if key != "difficult"):
        yield "flags"
    yield from (key for key, value in entry.items() if key not in _KNOWN and value not in _NOTHING)


_NOTHING: tuple[Any, ...] = (None, "", [], {}, False)


def _points_changes(entry: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """Return new points, as many corners of a rectangle as before, numbers as they were."""
    points: Sequence[Point] = shape.points
    old = entry["points"]
    if shape.kind == "box" and len(old) == _CORNERS:
        x1, y1, x2, y2 = shape.box_xyxy
        points = ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
    new = [list(point) for point in points]
    if len(new) == len(old):
        new = [
            [_kept(*pair) for pair in zip(a, b, strict=True)] for a, b in zip(old, new, strict=True)
        ]
    kind = "rectangle" if shape.kind == "box" else "polygon"
    return {"points": new} | ({"shape_type": kind} if kind_of(entry) != kind else {})


def _kept(old: Any, new: float) -> Any:
    """Return the old number where it is the same: 1 stays 1, and not 1.0."""
    return old if old == new else new


def _difficulty_changes(text: str, entry: dict[str, Any], is_difficult: bool) -> dict[str, Any]:
    """Return the mark where it stands, else among the flags."""
    changes: dict[str, Any] = {}
    if "difficult" in entry:
        changes["difficult"] = is_difficult
    flags = entry.get("flags")
    if not isinstance(flags, dict):
        return changes or {"flags": {"difficult": is_difficult}}
    if "difficult" in flags or not changes:
        cursor = JsonCursor(text)
        found = {key: cursor.value() for key in cursor.members()}["flags"]
        raw = text[found.start : found.stop]
        changes["flags"] = RawJson(with_members(raw, {"difficult": is_difficult}))
    return changes
