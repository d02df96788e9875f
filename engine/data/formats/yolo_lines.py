"""One line of a YOLO label file: a class index and normalised coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from engine.api.annotations import Point, Shape, ShapeKind
from engine.api.errors import DatasetError
from engine.data.formats.text_files import read_text

_BOX_WORDS = 5
_BOX_NUMBERS = 4
_CLOSED_RECTANGLE_POINTS = 5


def is_label_file(file: Path) -> bool:
    """Whether every line begins like a label; an empty file is a picture without shapes."""
    try:
        lines = read_text(file).splitlines()
    except DatasetError:
        return False
    try:
        return all(_is_label(line.split()) for line in lines if line.strip())
    except ValueError:
        return False


def holds_labels(file: Path) -> bool:
    """Whether a file has lines, and all of them begin like labels."""
    return is_label_file(file) and file.stat().st_size > 0


def _is_label(words: list[str]) -> bool:
    return len(words) >= _BOX_WORDS and all(math.isfinite(float(word)) for word in words)


def parsed_numbers(words: Sequence[str]) -> list[float]:
    """Return the numbers of a line; ValueError where there are too few or one is none."""
    text = " ".join(words)[:40]
    if len(words) < _BOX_WORDS:
        raise ValueError(f"{text!r} has {len(words)} values, a box has {_BOX_WORDS}")
    try:
        return [float(word) for word in words]
    except ValueError as error:
        raise ValueError(f"{text!r} is not all numbers") from error


def parsed_points(
    numbers: Sequence[float], size: tuple[int, int]
) -> tuple[ShapeKind, tuple[Point, ...]]:
    """Return the kind of a shape and its points in pixels, from an even count of numbers."""
    width, height = size
    if len(numbers) == _BOX_NUMBERS:
        x, y, w, h = numbers
        if w < 0 or h < 0:
            raise ValueError(f"width {w:g} and height {h:g} must not be negative")
        top_left = _pixels((x - w / 2) * width), _pixels((y - h / 2) * height)
        return "box", (top_left, (_pixels((x + w / 2) * width), _pixels((y + h / 2) * height)))
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    points = tuple((_pixels(x * width), _pixels(y * height)) for x, y in pairs)
    if _is_closed_rectangle(points):
        return "box", (points[0], points[2])
    return "polygon", points


def _pixels(value: float) -> float:
    """Return a coordinate to a millionth of a pixel: what was whole before division is again."""
    return round(value, 6)


def _is_closed_rectangle(points: tuple[Point, ...]) -> bool:
    if len(points) != _CLOSED_RECTANGLE_POINTS or points[0] != points[4]:
        return False
    (x1, y1), second, (x2, y2), fourth = points[:4]
    return second == (x2, y1) and fourth == (x1, y2) and x2 > x1 and y2 > y1


def shape_line(shape: Shape, index: int, size: tuple[int, int], among_polygons: bool) -> str:
    """Return the line of a shape; a box `among_polygons` is a closed rectangle of five points."""
    width, height = size
    if shape.kind == "polygon":
        numbers = [v for x, y in shape.points for v in (x / width, y / height)]
        return _line(index, numbers)
    x1, y1, x2, y2 = shape.box_xyxy
    left, right, top, bottom = x1 / width, x2 / width, y1 / height, y2 / height
    if among_polygons:
        corners = (left, top), (right, top), (right, bottom), (left, bottom), (left, top)
        return _line(index, [value for corner in corners for value in corner])
    return _line(index, [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top])


def _line(index: int, numbers: Sequence[float]) -> str:
    # Twelve digits: below a millionth of a pixel on a picture of 100,000.
    words = (f"{number:.12f}".rstrip("0").rstrip(".") for number in numbers)
    return f"{index} {' '.join(words)}"
