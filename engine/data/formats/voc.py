"""Pascal VOC: one XML a picture, boxes as xmin, ymin, xmax, ymax of pixels counted from 1.

VOC names the first and the last pixel of a box, counted from 1. Here coordinates lie between
pixels and the width is x2 - x1, so x1 = xmin - 1, y1 = ymin - 1, x2 = xmax, y2 = ymax: a box over
the pixels 1 to 10 runs from 0 to 10 and is 10 wide. supervision and detectron2 read it the same.

Read and written here and not through supervision 0.31, which rounds boxes to whole pixels when it
writes, has no `difficult`, decodes every picture, passes over PGM, PPM and GIF, and stops at the
first entry that does not fit where this project reports it. Tests compare with it.

Corners that are not whole numbers are written with decimals, so that nothing is lost; the check
before export says so, for readers that expect whole numbers. VOC has no polygons and no scores:
polygons become their boxes, and both are reported.

Format: http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import (
    Element,
    ParseError,
    SubElement,
    TreeBuilder,
    XMLParser,
    fromstring,
    indent,
    tostring,
)

from engine.api.annotations import AnnotationSet, PictureAnnotations, Point, Shape
from engine.api.errors import DatasetError
from engine.api.tasks import TaskContext
from engine.core.files import read_regular
from engine.data.formats.intake import Intake, ListedPicture
from engine.data.formats.outlet import (
    PreparedFile,
    guard,
    note_changed_names,
    note_lost,
    note_overwritten,
    note_unknown_size,
    one_file_a_picture,
    plain_name,
    printable,
    sound_pictures,
)
from engine.data.formats.pictures import listed_path, relative_to
from engine.data.formats.report import Report, counted
from engine.data.formats.shape_checks import PlacedShape
from engine.data.formats.text_files import as_size, files_below, first_files

XML_LIMIT_BYTES = 64 << 20


def detect(source: Path) -> bool:
    """Whether a file, or one of the first below a folder, is an XML with a VOC root."""
    return any(
        file.suffix.lower() == ".xml" and (file == source or is_voc(file))
        for file in first_files(source, ".xml")
    )


def is_voc(file: Path) -> bool:
    """Whether a file is an XML with a VOC root."""
    try:
        load_xml(file)
    except DatasetError:
        return False
    return True


class _DocumentType(Exception):
    """There is a DOCTYPE."""


class _PlainTree(TreeBuilder):
    """Refuses a document type, in any encoding: entities defined there grow without bound."""

    def doctype(self, name: str, pubid: str, system: str) -> None:
        raise _DocumentType


def load_xml(file: Path) -> Element:
    """Return the root of a VOC file.

    Raises:
        DatasetError: it cannot be opened, is no XML, or another kind of XML.
    """
    root = load_root(file)
    if root.tag != "annotation":
        raise DatasetError(f"{file}: its root is <{root.tag}>, VOC has <annotation>")
    return root


def load_root(file: Path) -> Element:
    """Return the root of an XML file of any kind.

    Raises:
        DatasetError: it cannot be opened, is no XML, or defines a document type.
    """
    try:
        content = read_regular(file, XML_LIMIT_BYTES)
        root: Element = fromstring(content, XMLParser(target=_PlainTree()))
    except _DocumentType as error:
        raise DatasetError(f"{file}: defines a document type; remove the DOCTYPE line") from error
    except OSError as error:
        raise DatasetError(f"{file}: cannot be read ({error.strerror or error})") from error
    except (ParseError, ValueError, LookupError) as error:
        raise DatasetError(f"{file}: is not readable as XML ({error})") from error
    return root


def read(source: Path, intake: Intake) -> AnnotationSet:
    """Take in a VOC file, or all that lie below a folder.

    Raises:
        DatasetError: the only file is unreadable.
    """
    files = list(files_below(source, ".xml"))
    intake.expect(len(files))
    for file in files:
        intake.advance()
        try:
            root = load_xml(file)
        except DatasetError as error:
            intake.unreadable(file, error)
            continue
        intake.take(_listed(root, file, intake), list(_placed(root, file, intake.report)))
    if source.is_dir():
        intake.note_unlisted()
    return intake.finish("voc", ())


def _listed(root: Element, file: Path, intake: Intake) -> ListedPicture:
    name = _text(root, "filename") or file.stem
    size = as_size(_text(root, "size/width")), as_size(_text(root, "size/height"))
    # `path` leads from the annotation file, or is that of another machine.
    noted = file.parent / listed_path(_text(root, "path")).parent
    is_followed = intake.index.is_inside(noted, is_own=listed_path(name).stem == file.stem)
    near = (noted, file.parent) if is_followed else (file.parent,)
    return ListedPicture(file, name, size, near, (Path(name).stem, file.stem), file.stem)


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _placed(root: Element, file: Path, report: Report) -> Iterator[PlacedShape]:
    outlines = 0
    for number, entry in enumerate(root.findall("object"), 1):
        place = f"object {number}"
        outlines += entry.find("polygon") is not None
        label = _text(entry, "name")
        try:
            points = _corners(entry.find("bndbox"))
        except ValueError as error:
            text = f"{file.name}, {place} ({label or 'no name'}): {error}; left out"
            report.leave_out("unreadable", file, text)
            continue
        if not label:
            report.leave_out("unreadable", file, f"{file.name}, {place}: has no name; left out")
            continue
        is_difficult = _text(entry, "difficult").lower() in ("1", "true")
        yield place, Shape(label, points, is_difficult=is_difficult)
    if outlines:
        text = f"{file.name}: {counted(outlines, 'polygon')} of another program; the boxes are read"
        report.note("unsupported", file, text)


def _corners(box: Element | None) -> tuple[Point, Point]:
    if box is None:
        raise ValueError("has no bndbox")
    values = {}
    for side in ("xmin", "ymin", "xmax", "ymax"):
        text = _text(box, side)
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


def prepare(
    annotations: AnnotationSet, target: Path, report: Report, context: TaskContext
) -> list[PreparedFile]:
    """Return the files that would be written, and report what the format would lose or change."""
    pictures = list(sound_pictures(annotations, report, context))
    labels = [shape.label for picture in pictures for shape in picture.shapes]
    note_lost(pictures, report, target, scores=True, polygons=True)
    note_changed_names(labels, report, target)
    _note_fractions(pictures, target, report)
    prepared = []
    for picture, path in one_file_a_picture(pictures, target, ".xml", report):
        note_unknown_size(picture, report)
        guard(path, is_voc, "VOC file", report)
        prepared.append(PreparedFile(path, _document(picture, path)))
    note_overwritten(prepared, target, report)
    return prepared


def _note_fractions(pictures: list[PictureAnnotations], target: Path, report: Report) -> None:
    count = sum(
        any(value != math.floor(value) for value in shape.box_xyxy)
        for picture in pictures
        for shape in picture.shapes
    )
    if count:
        text = f"{counted(count, 'shape')} not at whole pixels: written with decimals"
        text += ", which not every VOC reader takes"
        report.note("unsupported", target, text)


def _document(picture: PictureAnnotations, path: Path) -> bytes:
    root = Element("annotation")
    _add(root, "folder", printable(picture.file.absolute().parent.name))
    _add(root, "filename", printable(picture.file.name))
    _add(root, "path", printable(relative_to(picture.file, path.parent)))
    _add(SubElement(root, "source"), "database", "Unknown")
    size = SubElement(root, "size")
    for name, value in (("width", picture.width), ("height", picture.height), ("depth", 3)):
        _add(size, name, str(value))
    _add(root, "segmented", "0")
    for shape in picture.shapes:
        entry = SubElement(root, "object")
        _add(entry, "name", plain_name(shape.label))
        _add(entry, "pose", "Unspecified")
        _add(entry, "truncated", "0")
        _add(entry, "difficult", str(int(shape.is_difficult)))
        x1, y1, x2, y2 = shape.box_xyxy
        box = SubElement(entry, "bndbox")
        for side, edge in (("xmin", x1 + 1), ("ymin", y1 + 1), ("xmax", x2), ("ymax", y2)):
            _add(box, side, _decimal(edge))
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _decimal(value: float) -> str:
    """Return a number with as many digits as it needs, up to nine after the point."""
    return f"{value:.9f}".rstrip("0").rstrip(".")
