"""How Pascal VOC writes an object: an element of which name, difficult and corners are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import ClassVar
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, indent, tostring

from engine.api.annotations import AnnotationFormat, Point, Shape
from engine.data.formats.exporter import plain_name
from engine.data.formats.xml_spans import with_texts, without

SIDES = ("xmin", "ymin", "xmax", "ymax")
_KNOWN = frozenset({"name", "difficult", "bndbox"})
_PLAIN = {"pose": "Unspecified", "truncated": "0", "occluded": "0"}
_SMALLEST_STEP = 1e-9


class VocForm:
    """Entries of one VOC file.

    Args:
        margin: the white space before each object, None where the file stands on one line.
        indent: that of one level.
    """

    name: ClassVar[AnnotationFormat] = "voc"

    def __init__(self, margin: str | None = "  ", indent: str = "  ") -> None:
        self.losses: Counter[str] = Counter()
        self._margin, self._indent = margin, indent

    def shapes(self, text: str) -> tuple[Shape, ...]:
        """Return the one box; ValueError where there is none."""
        try:
            return (shape_of(fromstring(text)),)
        except ParseError as error:
            raise ValueError(str(error)) from error

    def edited(self, text: str, parts: Mapping[int, Shape]) -> str:
        """Return the object with name, difficult or corners of the shape."""
        (shape,) = parts.values()
        entry = fromstring(text)
        old = shape_of(entry)
        changes: dict[tuple[str, ...], str] = {}
        if plain_name(shape.label) != plain_name(old.label):
            changes["name",] = plain_name(shape.label)
        if shape.is_difficult != old.is_difficult:
            changes["difficult",] = str(int(shape.is_difficult))
        corners = _changed_corners(entry, shape)
        if corners and entry.find("polygon") is not None:
            self.losses["have an outline of another program, which no longer fits and goes"] += 1
            text = without(text, "object", "polygon")
        changes |= corners
        return with_texts(text, "object", changes, "bndbox") if changes else text

    def made(self, shape: Shape) -> str:
        """Return a new object with the elements of the development kit."""
        entry = Element("object")
        _add(entry, "name", plain_name(shape.label))
        _add(entry, "pose", "Unspecified")
        _add(entry, "truncated", "0")
        _add(entry, "difficult", str(int(shape.is_difficult)))
        box = SubElement(entry, "bndbox")
        for side, edge in zip(SIDES, _edges(shape), strict=True):
            _add(box, side, decimal(edge))
        if self._margin is not None:
            indent(entry, self._indent)
        text = tostring(entry, encoding="unicode")
        return text.replace("\n", f"\n{self._margin or ''}")

    def settled(self, text: str) -> str:
        """Return the object as it is: it holds no ids."""
        return text


def shape_of(entry: Element) -> Shape:
    """Return the box of an object; ValueError where it has none, or no name."""
    points = corners_of(entry.find("bndbox"))
    label = text_of(entry, "name")
    if not label:
        raise ValueError("has no name")
    return Shape(label, points, is_difficult=text_of(entry, "difficult").lower() in ("1", "true"))


def text_of(element: Element, path: str) -> str:
    """Return the text of a child without white space around it; empty where there is none."""
    return (element.findtext(path) or "").strip()


def corners_of(box: Element | None) -> tuple[Point, Point]:
    """Return the corners between pixels; ValueError where one is no number."""
    if box is None:
        raise ValueError("has no bndbox")
    values = {}
    for side in SIDES:
        text = text_of(box, side)
        try:
            values[side] = float(text)
        except ValueError as error:
            raise ValueError(f"{side} is {text[:40]!r}, no number") from error
    x1, x2 = _span(values["xmin"], values["xmax"])
    y1, y2 = _span(values["ymin"], values["ymax"])
    return (x1, y1), (x2, y2)


def _span(first: float, last: float) -> tuple[float, float]:
    """Return both edges; ends in the wrong order are turned round first."""
    # Of a box under one pixel wide `first` is the larger by less than one.
    if first - last >= 1:
        first, last = last, first
    return first - 1, last


def unshared(entry: str) -> Iterator[str]:
    """Yield the elements of an object that only VOC holds, where they say something."""
    for child in fromstring(entry):
        plain = _PLAIN.get(child.tag, "")
        if child.tag not in _KNOWN and (
            len(child) or (child.text or "").strip() not in ("", plain)
        ):
            yield child.tag


def _edges(shape: Shape) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = shape.box_xyxy
    return x1 + 1, y1 + 1, x2, y2


def _changed_corners(entry: Element, shape: Shape) -> dict[tuple[str, ...], str]:
    """Return the sides of `bndbox` whose numbers differ; others keep their digits."""
    (x1, y1), (x2, y2) = corners_of(entry.find("bndbox"))
    changes: dict[tuple[str, ...], str] = {}
    if max(abs(a - b) for a, b in zip((x1, y1, x2, y2), shape.box_xyxy, strict=True)) == 0:
        return changes
    for side, edge in zip(SIDES, _edges(shape), strict=True):
        if abs(float(text_of(entry, f"bndbox/{side}")) - edge) > _SMALLEST_STEP:
            changes["bndbox", side] = decimal(edge)
    return changes


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def decimal(value: float) -> str:
    """Return a number with as many digits as it needs, up to nine after the point."""
    return f"{value:.9f}".rstrip("0").rstrip(".")
