"""How YOLO writes a shape: a line of which the class index and the coordinates are known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from engine.api.annotations import AnnotationFormat, Shape
from engine.data.formats.exporter import plain_name
from engine.data.formats.importer import PLACEHOLDER_LIMIT, placeholder_class
from engine.data.formats.json_spans import Replacement, replaced
from engine.data.formats.yolo_lines import (
    Line,
    coordinates_of,
    number_text,
    parsed_line,
    points_of,
)

_BOX_NUMBERS = 4
_WORD = re.compile(r"\S+")
_SMALLEST_STEP_PX = 1e-6


class YoloForm:
    """Lines of one label file.

    Args:
        names: the classes by their index.
        size: of the picture in pixels.
        keypoints: how many numbers of keypoints follow each box.
        has_tracks: whether lines end with a track id.
        is_polygons: whether new lines are polygons, boxes among them closed rectangles.
    """

    name: ClassVar[AnnotationFormat] = "yolo"

    def __init__(
        self,
        names: Sequence[str],
        size: tuple[int, int],
        keypoints: int = 0,
        has_tracks: bool = False,
        is_polygons: bool = False,
    ) -> None:
        self.losses: Counter[str] = Counter()
        self._names = names
        self._index_of = {name: index for index, name in reversed(list(enumerate(names)))}
        self._size, self._keypoints, self._has_tracks = size, keypoints, has_tracks
        self.is_polygons = is_polygons

    def line(self, text: str) -> Line:
        """Return what a line means; ValueError where it is not understood."""
        return parsed_line(text.split(), self._keypoints, self._has_tracks)

    def shapes(self, text: str) -> tuple[Shape, ...]:
        """Return the one shape; ValueError where the line is not understood."""
        line = self.line(text)
        if not 0 <= line.index < PLACEHOLDER_LIMIT or line.index != int(line.index):
            raise ValueError(f"{line.index:g} is no class index")
        index = int(line.index)
        label = self._names[index] if index < len(self._names) else placeholder_class(index)
        kind, points = points_of(line.coordinates, self._size)
        return (Shape(label, points, kind, line.score),)

    def edited(self, text: str, parts: Mapping[int, Shape]) -> str:
        """Return the line with class index, coordinates or score of the shape, the rest as it was.

        A line without a score gets none: training takes a sixth number for a mistake.
        """
        (shape,) = parts.values()
        (old,) = self.shapes(text)
        words = [(match.start(), match.end()) for match in _WORD.finditer(text)]
        replacements: list[Replacement] = []
        if plain_name(shape.label) != plain_name(old.label):
            replacements.append((*words[0], str(self._index_of[plain_name(shape.label)])))
        line = self.line(text)
        as_polygon = len(line.coordinates) > _BOX_NUMBERS
        if shape.points != old.points:
            new = coordinates_of(shape, self._size, as_polygon)
            replacements += self._coordinates(line.coordinates, new, words)
        if None not in (shape.score, line.score) and shape.score != line.score:
            after = words[1 + len(line.coordinates) + line.keypoints]
            replacements.append((*after, number_text(float(shape.score or 0))))
        return replaced(text, replacements)

    def _coordinates(
        self, old: Sequence[float], new: Sequence[float], words: Sequence[tuple[int, int]]
    ) -> Iterator[Replacement]:
        """Yield new numbers where they differ; of a polygon with other corners all of them."""
        if len(old) != len(new):
            yield words[1][0], words[len(old)][1], " ".join(map(number_text, new))
            return
        step = _SMALLEST_STEP_PX / max(self._size)
        for before, after, (start, stop) in zip(old, new, words[1:], strict=False):
            if abs(before - after) > step:
                yield start, stop, number_text(after)

    def made(self, shape: Shape) -> str:
        """Return a new line, a polygon or a box as the file has them."""
        index = self._index_of[plain_name(shape.label)]
        numbers = coordinates_of(shape, self._size, self.is_polygons)
        return " ".join([str(index), *map(number_text, numbers)])

    def settled(self, text: str) -> str:
        """Return a line of another file as this one has them: readers take all lines alike."""
        line = self.line(text)
        is_polygon = len(line.coordinates) > _BOX_NUMBERS
        if is_polygon == self.is_polygons or line.keypoints:
            return text
        return self.made(self.shapes(text)[0])


def is_polygon_file(form: YoloForm, texts: Sequence[str], shapes: Sequence[Shape]) -> bool:
    """Whether new lines of a file are polygons: as those that stay, else if any shape is one."""
    kept = {shape.entry.text for shape in shapes if shape.entry}
    values = set(shapes)
    staying = []
    for text in texts:
        try:
            if text in kept or form.shapes(text)[0] in values:
                staying.append(len(form.line(text).coordinates) > _BOX_NUMBERS)
        except ValueError:
            continue
    if staying:
        return any(staying)
    return any(shape.kind == "polygon" for shape in shapes)


def unshared(text: str) -> Iterator[str]:
    """Yield what only a line of YOLO holds, as far as the line alone can tell."""
    try:
        line = parsed_line(text.split())
    except ValueError:
        return
    if line.keypoints:
        yield "keypoints"
    if line.track is not None:
        yield "track id"
