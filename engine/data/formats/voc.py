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
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
from xml.parsers.expat import ExpatError

from engine.api.annotations import AnnotationSet, Entry, PictureAnnotations
from engine.api.errors import DatasetError
from engine.api.regular_files import read_regular
from engine.data.formats.exporter import (
    Exporter,
    Prepared,
    belongs_to_other,
    note_changed_names,
    note_unknown_size,
    printable,
)
from engine.data.formats.importer import Importer, ListedPicture
from engine.data.formats.kept_entries import Merged
from engine.data.formats.pictures import listed_path, relative_to
from engine.data.formats.report import Report, counted
from engine.data.formats.shape_checks import PlacedShape
from engine.data.formats.text_files import as_size, files_below, first_files
from engine.data.formats.voc_form import VocForm, shape_of, text_of
from engine.data.formats.xml_spans import Element as Span
from engine.data.formats.xml_spans import decoded, elements, encoded, gap_before, replaced_bytes

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


def read(source: Path, importer: Importer) -> AnnotationSet:
    """Take in a VOC file, or all that lie below a folder.

    Raises:
        DatasetError: the only file is unreadable.
    """
    files = list(files_below(source, ".xml"))
    importer.expect(len(files))
    for file in files:
        importer.advance()
        try:
            root = load_xml(file)
        except DatasetError as error:
            importer.unreadable(file, error)
            continue
        texts = load(file).entries
        placed = list(_placed(root, texts, file, importer.report))
        importer.take(_listed(root, file, importer), placed, VocForm.name, texts)
    if os.path.isdir(source):
        importer.note_unlisted()
    return importer.finish("voc", ())


def _listed(root: Element, file: Path, importer: Importer) -> ListedPicture:
    name = text_of(root, "filename") or file.stem
    size = as_size(text_of(root, "size/width")), as_size(text_of(root, "size/height"))
    # `path` leads from the annotation file, or is that of another machine.
    noted = file.parent / listed_path(text_of(root, "path")).parent
    is_followed = importer.index.is_inside(noted, is_own=listed_path(name).stem == file.stem)
    near = (noted, file.parent) if is_followed else (file.parent,)
    return ListedPicture(file, name, size, near, (Path(name).stem, file.stem), file.stem)


def _placed(root: Element, texts: list[str], file: Path, report: Report) -> Iterator[PlacedShape]:
    outlines = 0
    for number, (entry, text) in enumerate(zip(root.findall("object"), texts, strict=True), 1):
        place = f"object {number}"
        outlines += entry.find("polygon") is not None
        try:
            shape = shape_of(entry)
        except ValueError as error:
            named = text_of(entry, "name") or "no name"
            line = f"{file.name}, {place} ({named}): {error}; left out"
            report.leave_out("unreadable", file, line)
            continue
        yield place, replace(shape, entry=Entry("voc", text))
    if outlines:
        text = f"{file.name}: {counted(outlines, 'polygon')} of another program; the boxes are read"
        report.note("unsupported", file, text)


@dataclass(frozen=True, slots=True)
class VocFile:
    """The text of a file in UTF-8, its encoding, and where its objects stand."""

    text: bytes
    encoding: str
    objects: list[Span]

    @property
    def entries(self) -> list[str]:
        """The text of each object."""
        return [self.text[each.start : each.stop].decode() for each in self.objects]


def load(file: Path) -> VocFile:
    """Read a VOC file as text.

    Raises:
        DatasetError: it cannot be opened, is no XML, or another kind of XML.
    """
    try:
        text, encoding = decoded(read_regular(file, XML_LIMIT_BYTES))
        data = text.encode()
        return VocFile(data, encoding, elements(data, ("annotation", "object")))
    except OSError as error:
        raise DatasetError(f"{file}: cannot be read ({error.strerror or error})") from error
    except (ExpatError, ValueError, LookupError) as error:
        raise DatasetError(f"{file}: is not readable as XML ({error})") from error


def prepare(annotations: AnnotationSet, exporter: Exporter) -> Prepared:
    """Return the files that would be written, and report what the format would lose or change."""
    pictures = list(exporter.sound_pictures(annotations))
    labels = [shape.label for picture in pictures for shape in picture.shapes]
    note_changed_names(labels, exporter.report, exporter.target)
    prepared = Prepared()
    for picture, path in exporter.one_file_a_picture(pictures, ".xml"):
        note_unknown_size(picture, exporter.report)
        is_there = exporter.guard(path, is_voc, "VOC file")
        root = load_xml(path) if is_there else None
        if root is not None:
            name = text_of(root, "filename") or path.stem
            if belongs_to_other(name, path, picture, exporter.report):
                continue
        old = load(path) if is_there else None
        form = _form(old)
        merged = exporter.merged(picture, path, old.entries if old else [], form)
        if old is None:
            prepared.add(path, _new_file(picture, path, merged.entries))
        else:
            prepared.add(path, _changed(old, merged))
        prepared.keep(picture, path, form, merged)
    _note_fractions(prepared, pictures, exporter)
    exporter.note_overwritten(prepared)
    return prepared


def _form(old: VocFile | None) -> VocForm:
    if old is None or not old.objects:
        return VocForm()
    gap = gap_before(old.text, old.objects[0]).decode()
    if "\n" not in gap:
        return VocForm(None)
    margin = gap.rpartition("\n")[2]
    return VocForm(margin, margin or "  ")


def _changed(old: VocFile, merged: Merged) -> bytes:
    """Return the file with its objects replaced; what stands between them stays."""
    replacements = []
    gap = gap_before(old.text, old.objects[0]) if old.objects else b"\n  "
    texts = [list(each) for each in merged.texts]
    if texts:
        texts[-1] += merged.added
    for each, new in zip(old.objects, texts, strict=True):
        if new:
            content = gap.join(text.encode() for text in new)
            replacements.append((each.start, each.stop, content))
        else:
            start = each.start - len(gap_before(old.text, each))
            replacements.append((start, each.stop, b""))
    if not texts and merged.added:
        root = elements(old.text, ("annotation",))[0]
        end = len(old.text[: root.inner_stop].rstrip())
        content = b"".join(gap + text.encode() for text in merged.added)
        is_empty = root.inner_stop == root.stop
        new_root = (root.start, root.stop, b"<annotation>" + content + b"\n</annotation>")
        replacements.append(new_root if is_empty else (end, end, content))
    text = replaced_bytes(old.text, replacements).decode()
    return encoded(text, old.encoding)


def _note_fractions(
    prepared: Prepared, pictures: list[PictureAnnotations], exporter: Exporter
) -> None:
    """Tell of new corners that are no whole numbers."""
    before = {shape.entry.text for picture in pictures for shape in picture.shapes if shape.entry}
    count = sum(
        any(value != math.floor(value) for value in shape.box_xyxy)
        for picture in prepared.pictures
        for shape in picture.shapes
        if shape.entry is None or shape.entry.text not in before
    )
    if count:
        text = f"{counted(count, 'shape')} not at whole pixels: written with decimals"
        text += ", which not every VOC reader takes"
        exporter.report.note("unsupported", exporter.target, text)


def _new_file(picture: PictureAnnotations, path: Path, entries: tuple[str, ...]) -> bytes:
    root = Element("annotation")
    _add(root, "folder", printable(picture.file.absolute().parent.name))
    _add(root, "filename", printable(picture.file.name))
    _add(root, "path", printable(relative_to(picture.file, path.parent)))
    _add(SubElement(root, "source"), "database", "Unknown")
    size = SubElement(root, "size")
    for name, value in (("width", picture.width), ("height", picture.height), ("depth", 3)):
        _add(size, name, str(value))
    _add(root, "segmented", "0")
    indent(root)
    head = bytes(tostring(root, encoding="utf-8", xml_declaration=True))
    objects = "".join(f"\n  {text}" for text in entries).encode()
    return head.removesuffix(b"\n</annotation>") + objects + b"\n</annotation>\n"


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
