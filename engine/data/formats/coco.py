"""COCO: one JSON for many pictures, boxes as x, y, width, height.

Read and written here and not through supervision 0.31, which keeps boxes in float32 (1.08 comes
back as 1.0800000429), turns every polygon into a mask of whole pixels, renumbers categories from
1, drops scores, opens each picture in order to write, and stops at the first entry that does not
fit where this project reports it. Tests compare with it and with pycocotools.

Format: https://cocodataset.org/#format-data. Boxes and polygons lie between pixels as here, so
numbers pass through unchanged. What differs: a segmentation of several parts becomes a polygon a
part, a run-length mask becomes its box, both reported. `iscrowd` is `Shape.is_difficult`. Where a
segmentation is given the shape is the polygon, else the box. `score` is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.api.annotations import AnnotationSet, Entry, PictureSource, Shape
from engine.api.errors import DatasetError
from engine.data.formats.coco_file import CocoFile, load, placed_entries
from engine.data.formats.coco_form import key_of, part_points, shapes_of
from engine.data.formats.coco_writer import prepare
from engine.data.formats.importer import Importer, ListedPicture, placeholder_class
from engine.data.formats.kept_entries import digests_as_read
from engine.data.formats.pictures import listed_path, shared_tail
from engine.data.formats.report import Report, some
from engine.data.formats.shape_checks import PlacedShape
from engine.data.formats.text_files import as_size, files_below, first_files, json_keys, load_json

__all__ = ["detect", "prepare", "read"]

_TITLE = "COCO file"


def detect(source: Path) -> bool:
    """Whether a file, or the first one of its kind below a folder, is COCO by its keys."""
    return any(_is_coco(file) for file in first_files(source, ".json"))


def _is_coco(file: Path) -> bool:
    if file.suffix.lower() != ".json":
        return False
    keys = json_keys(file)
    if "[" in keys:
        return {"image_id", "bbox"} <= keys
    return bool(keys & {"images", "annotations"}) and not keys & {"shapes", "detections"}


def read(source: Path, importer: Importer) -> AnnotationSet:
    """Take in a COCO annotation file, a list of COCO results, or the one such file of a folder.

    Raises:
        DatasetError: the file is no JSON or holds neither images nor annotations, or a folder
            holds several.
    """
    file = _single_file(source)
    if "[" in json_keys(file):
        return _read_results(file, importer)
    found = load(file, importer.check)
    if not found.lists.keys() & {"images", "annotations"}:
        raise DatasetError(f"{file}: has no images and no annotations; expected a {_TITLE}")
    reader = _Reader(file, importer)
    reader.take_categories(found.categories)
    images = reader.images(found.images)
    near = _pictures_folder(found.about, file, importer)
    listed = {identifier: _listed(image, file, near) for identifier, image in images.items()}
    for position in found.odd:
        reader.leave_out_odd("annotations", position, found.annotation(position))
    reader.take(listed, lambda identifier: placed_entries(found, identifier))
    _report_unlisted(found, images, file, importer.report)
    importer.note_unlisted()
    return reader.finish()


def _read_results(file: Path, importer: Importer) -> AnnotationSet:
    """Take in a list of results; nothing is written back into it."""
    results = load_json(file)
    document = results_as_document(results)
    reader = _Reader(file, importer)
    reader.take_categories(document["categories"])
    images = reader.images(document["images"])
    grouped: dict[Any, list[tuple[str, str, dict[str, Any]]]] = defaultdict(list)
    for position, entry in enumerate(results):
        if isinstance(entry, dict):
            grouped[key_of(entry.get("image_id"))].append((f"annotations[{position}]", "", entry))
        else:
            reader.leave_out_odd("annotations", position, str(entry))
    listed = {
        identifier: replace(_listed(image, file, ()), stems=tuple(image.get("stems", ())))
        for identifier, image in images.items()
    }
    reader.take(listed, lambda identifier: grouped.get(identifier, ()), is_kept=False)
    return reader.finish()


def _listed(image: dict[str, Any], file: Path, near: tuple[Path, ...]) -> ListedPicture:
    size = as_size(image.get("width")), as_size(image.get("height"))
    return ListedPicture(file, image["file_name"], size, near)


def _located(listed: dict[Any, ListedPicture], importer: Importer) -> dict[Any, Path | None]:
    """Return where each picture is; one that two names fit is that of the longer common end.

    Of `a/1.jpg` and `b/1.jpg` only the first is the picture `a/1.jpg`, though a folder `a` was
    chosen and both are looked for by their last part.
    """
    found = {identifier: importer.locate(picture) for identifier, picture in listed.items()}
    rivals: dict[Path, list[Any]] = defaultdict(list)
    for identifier, path in found.items():
        if path is not None:
            rivals[path].append(identifier)
    for path, identifiers in rivals.items():
        names = {identifier: listed_path(listed[identifier].name) for identifier in identifiers}
        if len(set(names.values())) == 1:
            continue
        tails = {identifier: shared_tail(str(name), path) for identifier, name in names.items()}
        best = [
            identifier for identifier in identifiers if tails[identifier] == max(tails.values())
        ]
        is_settled = len({names[identifier] for identifier in best}) == 1
        for identifier in identifiers:
            if not (is_settled and identifier in best):
                found[identifier] = None
    return found


def _single_file(source: Path) -> Path:
    files = [file for file in files_below(source, ".json") if source == file or _is_coco(file)]
    if len(files) == 1:
        return files[0]
    if not files:
        raise DatasetError(f"{source}: holds no {_TITLE}; choose another folder or format")
    names = some(file.relative_to(source).as_posix() for file in files)
    raise DatasetError(f"{source}: holds {len(files)} {_TITLE}s ({names}); choose one of them")


def results_as_document(results: list[Any]) -> dict[str, Any]:
    """Return a COCO results list as an annotation document.

    Pictures and classes are named by `file_name` and `category_name` where an entry has them,
    else by their ids. Entries keep their order.
    """
    images: dict[Any, dict[str, Any]] = {}
    categories: dict[Any, dict[str, Any]] = {}
    for entry in results:
        if not isinstance(entry, dict):
            continue
        identifier = key_of(entry.get("image_id"))
        name = entry.get("file_name") or str(identifier)
        # COCO's own pictures are called by their id in twelve digits.
        stems = () if "file_name" in entry else (name, name.zfill(12))
        images.setdefault(identifier, {"id": identifier, "file_name": name, "stems": stems})
        category = key_of(entry.get("category_id"))
        title = entry.get("category_name") or placeholder_class(category)
        categories.setdefault(category, {"id": category, "name": title})
    listed = list(categories.values())
    return {"images": list(images.values()), "categories": listed, "annotations": results}


def _pictures_folder(about: dict[str, Any], file: Path, importer: Importer) -> tuple[Path, ...]:
    """Return the folder that this program notes in `info` when it writes."""
    info = about.get("info")
    noted = info.get("pictures_folder") if isinstance(info, dict) else None
    if not isinstance(noted, str) or not importer.index.is_inside(file.parent / noted, is_own=True):
        return ()
    return (file.parent / noted,)


def _report_unlisted(
    found: CocoFile, images: dict[Any, dict[str, Any]], file: Path, report: Report
) -> None:
    for identifier, positions in found.by_image.items():
        if identifier not in images:
            places = some(f"annotations[{position}]" for position in positions)
            text = f"{file.name}, {places}: image_id {identifier!r} is not among the images;"
            report.leave_out("not listed", file, f"{text} left out")


_PlacedEntries = Iterable[tuple[str, str, dict[str, Any]]]


class _Reader:
    """Reads the lists of one file; categories without a name get one as they come."""

    def __init__(self, file: Path, importer: Importer) -> None:
        self._file, self._importer, self._report = file, importer, importer.report
        self._names: dict[Any, str] = {}

    def finish(self) -> AnnotationSet:
        """Return everything taken in, with category ids where they are whole numbers."""
        are_numbers = all(isinstance(identifier, int) for identifier in self._names)
        ids = tuple(self._names) if are_numbers else ()
        return self._importer.finish("coco", self._names.values(), ids)

    def leave_out_odd(self, key: str, position: int, content: str) -> None:
        """Report an entry that is no object."""
        text = f"{self._file.name}, {key}[{position}]: {content[:40]!r} is no object; left out"
        self._report.leave_out("unreadable", self._file, text)

    def _objects(self, key: str, entries: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        for position, entry in enumerate(entries):
            if isinstance(entry, dict):
                yield f"{self._file.name}, {key}[{position}]", entry
            else:
                self.leave_out_odd(key, position, str(entry))

    def take_categories(self, entries: list[Any]) -> None:
        """Take in names by id, in the file's order."""
        taken: set[str] = set()
        for where, entry in self._objects("categories", entries):
            identifier, name = key_of(entry.get("id")), entry.get("name")
            if identifier is None or not isinstance(name, str):
                text = f"{where}: has no id or no name; left out"
                self._report.leave_out("unreadable", self._file, text)
            elif identifier in self._names:
                text = f"{where}: id {identifier} is {self._names[identifier]!r} already;"
                self._report.leave_out("duplicate", self._file, f"{text} {name!r} left out")
            else:
                if name in taken:
                    text = f"{where}: the name {name!r} has two ids; both are read as one class"
                    self._report.note("duplicate", self._file, text)
                self._names[identifier] = name
                taken.add(name)

    def images(self, entries: list[Any]) -> dict[Any, dict[str, Any]]:
        """Return the pictures by id, in the file's order."""
        images: dict[Any, dict[str, Any]] = {}
        for where, entry in self._objects("images", entries):
            identifier, name = key_of(entry.get("id")), entry.get("file_name")
            if identifier is None or not isinstance(name, str) or not name:
                text = f"{where}: has no id or no file_name; left out with its annotations"
                self._report.leave_out("unreadable", self._file, text)
            elif identifier in images:
                other = images[identifier]["file_name"]
                text = f"{where}: id {identifier} is {other!r} already; {name!r} left out"
                self._report.leave_out("duplicate", self._file, text)
            else:
                images[identifier] = entry
        return images

    def take(
        self,
        listed: dict[Any, ListedPicture],
        entries_of: Callable[[Any], _PlacedEntries],
        is_kept: bool = True,
    ) -> None:
        """Take in the annotations of each picture.

        Args:
            is_kept: whether the file is written back into.
        """
        found = _located(listed, self._importer)
        self._importer.expect(len(listed))
        for identifier, picture in listed.items():
            self._importer.advance()
            entries = list(entries_of(identifier))
            placed = list(self._placed(entries, is_kept))
            source = None
            if is_kept:
                fingerprint = digests_as_read((text for _, text, _ in entries), placed)
                source = PictureSource(self._file, "coco", fingerprint, identifier)
            self._importer.take_as(picture, found[identifier], placed, source)

    def _placed(self, entries: _PlacedEntries, is_kept: bool) -> Iterator[PlacedShape]:
        for place, text, entry in entries:
            where = f"{self._file.name}, {place}"
            try:
                shapes = shapes_of(entry, self._names)
            except ValueError as error:
                line = f"{where}: {error}; left out"
                self._report.leave_out("unreadable", self._file, line)
                continue
            self._note_category(key_of(entry["category_id"]), where)
            self._note_segmentation(entry, shapes, where)
            for part, shape in enumerate(shapes):
                yield place, replace(shape, entry=Entry("coco", text, part) if is_kept else None)

    def _note_category(self, identifier: Any, where: str) -> None:
        if identifier in self._names:
            return
        label = self._names[identifier] = placeholder_class(identifier)
        text = f"{where}: category_id {identifier!r} is not among the categories; kept as {label!r}"
        self._report.note("unknown class", self._file, text)

    def _note_segmentation(self, entry: dict[str, Any], shapes: list[Shape], where: str) -> None:
        segmentation = entry.get("segmentation")
        if isinstance(segmentation, dict) and segmentation:
            text = f"{where}: a run-length mask becomes its box"
            self._report.note("unsupported", self._file, text)
        elif segmentation and not isinstance(segmentation, list):
            text = f"{where}: segmentation {str(segmentation)[:40]!r} is no list; its box is taken"
            self._report.note("unreadable", self._file, text)
        is_whole = isinstance(segmentation, list) and len(segmentation) == len(shapes)
        parts = [] if is_whole and shapes[0].kind == "polygon" else part_points(entry)
        lost = sum(len(set(points)) < 3 for points in parts)
        if lost:
            text = f"{where}: {lost} of {len(parts)} parts have under 3 points"
            cure = "left out" if lost < len(parts) else "box taken"
            self._report.note("empty shape", self._file, f"{text}; {cure}")
        if len(shapes) > 1:
            text = f"{where}: the {len(shapes)} parts of one object become polygons of their own"
            self._report.note("unsupported", self._file, text)
