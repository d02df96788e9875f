"""One line of a YOLO label file: a class index, normalised coordinates, and what may follow them.

`index x_centre y_centre width height` is a box, `index x1 y1 x2 y2 x3 y3 …` a polygon. Behind
either, programs that predict write the confidence and then the track id. Behind the box of a pose
stand its keypoints, two or three numbers each; how many, `kpt_shape` of data.yaml says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.api.annotations import Point, Shape, ShapeKind
from engine.api.errors import DatasetError
from engine.data.formats.text_files import read_text

_BOX_WORDS = 5
_BOX_NUMBERS = 4
_TRIANGLE_NUMBERS = 6
_CLOSED_RECTANGLE_POINTS = 5
_VISIBILITIES = frozenset({0.0, 1.0, 2.0})
_FARTHEST = 2.0
"""A normalised coordinate beyond it, or below minus one, is none: pixels, or something else."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the numbers of a line mean.

    Attributes:
        coordinates: four of a box, or the x and y of a polygon.
        score: the confidence, where there is one between 0 and 1.
        track: the track id, None where there is none.
        keypoints: how many numbers of keypoints there are.
        unknown: a number that is neither a score nor a track id, None where there is none.
    """

    index: float
    coordinates: tuple[float, ...]
    score: float | None = None
    track: float | None = None
    keypoints: int = 0
    unknown: float | None = None


def is_label_file(file: Path) -> bool:
    """Whether half of the lines begin like a label; an empty file is a picture without shapes."""
    try:
        lines = [line.split() for line in read_text(file).splitlines() if line.strip()]
    except DatasetError:
        return False
    return sum(map(_is_label, lines)) * 2 >= len(lines)


def holds_labels(file: Path) -> bool:
    """Whether a file has lines, and half of them begin like labels."""
    return is_label_file(file) and file.stat().st_size > 0


def _is_label(words: list[str]) -> bool:
    try:
        return len(words) >= _BOX_WORDS and all(math.isfinite(float(word)) for word in words)
    except ValueError:
        return False


def parsed_line(words: Sequence[str], keypoints: int = 0, has_tracks: bool = False) -> Line:
    """Return what a line means.

    Args:
        keypoints: how many numbers of keypoints follow each box; 0 where nothing says so.
        has_tracks: whether other lines of the file end with a track id.

    Raises:
        ValueError: there are too few numbers, one is none, or nothing is known that has so many.
    """
    index, *numbers = _numbers(words)
    if keypoints:
        return _pose(index, numbers, keypoints)
    tail = _unseen_pose(numbers)
    if tail:
        return Line(index, tuple(numbers[:_BOX_NUMBERS]), keypoints=tail)
    if len(numbers) == _TRIANGLE_NUMBERS and (has_tracks or _ends_with_track(numbers)):
        return _with_tail(index, numbers[:_BOX_NUMBERS], numbers[_BOX_NUMBERS:])
    if len(numbers) > _TRIANGLE_NUMBERS and len(numbers) % 2 == 0 and _ends_with_track(numbers):
        return _with_tail(index, numbers[:-2], numbers[-2:])
    # Both four numbers of a box and the pairs of a polygon are even: an odd one follows them.
    even = len(numbers) - len(numbers) % 2
    return _with_tail(index, numbers[:even], numbers[even:], has_tracks)


def ends_with_tracks(lines: Sequence[Sequence[str]]) -> bool:
    """Whether the lines of a file end with track ids, which count beyond what a score can be."""
    try:
        numbers = [[float(word) for word in words[1:]] for words in lines]
    except ValueError:
        return False
    return bool(numbers) and any(
        _ends_with_track(line) or (len(line) % 2 == 1 and line[-1] > 1 and line[-1].is_integer())
        for line in numbers
        if len(line) > _BOX_NUMBERS
    )


def _numbers(words: Sequence[str]) -> list[float]:
    text = " ".join(words)[:40]
    if len(words) < _BOX_WORDS:
        raise ValueError(f"{text!r} has {len(words)} values, a box has {_BOX_WORDS}")
    try:
        return [float(word) for word in words]
    except ValueError as error:
        raise ValueError(f"{text!r} is not all numbers") from error


def _pose(index: float, numbers: list[float], keypoints: int) -> Line:
    known = _BOX_NUMBERS + keypoints
    if len(numbers) == _BOX_NUMBERS:
        return Line(index, tuple(numbers))
    if not known <= len(numbers) <= known + 2:
        count = len(numbers) + 1
        raise ValueError(f"has {count} values, with the keypoints of kpt_shape it has {known + 1}")
    return _with_tail(index, numbers[:_BOX_NUMBERS], numbers[known:], keypoints=keypoints)


def _unseen_pose(numbers: list[float]) -> int:
    """Return how many numbers are keypoints of three each, by the visibilities 0, 1 and 2.

    One must be 2, which no normalised coordinate is.
    """
    tail = numbers[_BOX_NUMBERS:]
    visibilities = set(tail[2::3])
    is_pose = len(tail) % 3 == 0 and 2 in visibilities and visibilities <= _VISIBILITIES
    return len(tail) if is_pose else 0


def _ends_with_track(numbers: list[float]) -> bool:
    """Whether a confidence and a track id end the numbers: no coordinate is larger than 1."""
    *_, score, track = numbers
    return len(numbers) > _BOX_NUMBERS and 0 <= score <= 1 and track > 1 and track.is_integer()


def _with_tail(
    index: float,
    coordinates: list[float],
    tail: list[float],
    has_tracks: bool = False,
    keypoints: int = 0,
) -> Line:
    """Return a line whose last numbers are a score, a track id, or both in this order."""
    score = track = unknown = None
    if len(tail) == 1 and (has_tracks or tail[0] > 1) and tail[0].is_integer():
        (track,) = tail
    elif tail and 0 <= tail[0] <= 1:
        score, track = tail[0], (tail[1] if len(tail) > 1 else None)
    elif tail:
        unknown = tail[0]
    return Line(index, tuple(coordinates), score, track, keypoints, unknown)


def points_of(
    numbers: Sequence[float], size: tuple[int, int]
) -> tuple[ShapeKind, tuple[Point, ...]]:
    """Return the kind of a shape and its points in pixels, from an even count of numbers.

    Raises:
        ValueError: a box of negative size, or a polygon far outside the picture.
    """
    width, height = size
    if len(numbers) == _BOX_NUMBERS:
        x, y, w, h = numbers
        if w < 0 or h < 0:
            raise ValueError(f"width {w:g} and height {h:g} must not be negative")
        top_left = _pixels((x - w / 2) * width), _pixels((y - h / 2) * height)
        return "box", (top_left, (_pixels((x + w / 2) * width), _pixels((y + h / 2) * height)))
    farthest = max(numbers, key=lambda value: abs(value - 0.5))
    if not 1 - _FARTHEST <= farthest <= _FARTHEST:
        text = f"{len(numbers)} numbers up to {farthest:g} are no normalised polygon"
        raise ValueError(f"{text}, whose coordinates lie between 0 and 1")
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


def coordinates_of(shape: Shape, size: tuple[int, int], as_polygon: bool) -> list[float]:
    """Return the normalised numbers of a shape: of its box, or of a polygon.

    A box as a polygon is a closed rectangle of five points, the last equal to the first.
    """
    width, height = size
    if as_polygon and shape.kind == "polygon":
        return [v for x, y in shape.points for v in (x / width, y / height)]
    x1, y1, x2, y2 = shape.box_xyxy
    left, right, top, bottom = x1 / width, x2 / width, y1 / height, y2 / height
    if as_polygon:
        corners = (left, top), (right, top), (right, bottom), (left, bottom), (left, top)
        return [value for corner in corners for value in corner]
    return [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]


def number_text(number: float) -> str:
    """Return a number with twelve digits: below a millionth of a pixel on one of 100,000."""
    return f"{number:.12f}".rstrip("0").rstrip(".")
