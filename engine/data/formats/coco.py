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

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.api.annotations import AnnotationSet, Point, Shape
from engine.api.errors import DatasetError
from engine.data.formats.coco_writer import prepare
from engine.data.formats.intake import Intake, ListedPicture, placeholder_class
from engine.data.formats.pictures import listed_path, shared_tail
from engine.data.formats.report import Report, some
from engine.data.formats.shape_checks import PlacedShape
from engine.data.formats.text_files import (
    as_number,
    as_size,
    files_below,
    first_files,
    json_keys,
    load_json,
)

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


def read(source: Path, intake: Intake) -> AnnotationSet:
    """Take in a COCO annotation file, a list of COCO results, or the one such file of a folder.

    Raises:
        DatasetError: the file is no JSON or holds neither images nor annotations, or a folder
            holds several.
    """
    file = _single_file(source)
    document = load_json(file)
    is_results = isinstance(document, list)
    if is_results:
        document = results_as_document(document)
    if not isinstance(document, dict) or not document.keys() & {"images", "annotations"}:
        raise DatasetError(f"{file}: has no images and no annotations; expected a {_TITLE}")
    categories = _categories(document, file, intake.report)
    grouped = _grouped_annotations(document, file, intake.report)
    images = _images(document, file, intake.report)
    intake.expect(len(images))
    near = _pictures_folder(document, file, intake)
    listed = {
        identifier: _listed(image, file, near, is_results) for identifier, image in images.items()
    }
    found = _located(listed, intake)
    for identifier, picture in listed.items():
        intake.advance()
        placed = _placed(grouped.pop(identifier, []), categories, file, intake.report)
        intake.take_as(picture, found[identifier], list(placed))
    _report_unlisted(grouped, file, intake.report)
    if not is_results:
        intake.note_unlisted()
    are_numbers = all(isinstance(identifier, int) for identifier in categories)
    return intake.finish("coco", categories.values(), tuple(categories) if are_numbers else ())


def _listed(
    image: dict[str, Any], file: Path, near: tuple[Path, ...], is_results: bool
) -> ListedPicture:
    size = as_size(image.get("width")), as_size(image.get("height"))
    stems = tuple(image.get("stems", ())) if is_results else ()
    return ListedPicture(file, image["file_name"], size, near, stems)


def _located(listed: dict[Any, ListedPicture], intake: Intake) -> dict[Any, Path | None]:
    """Return where each picture is; one that two names fit is that of the longer common end.

    Of `a/1.jpg` and `b/1.jpg` only the first is the picture `a/1.jpg`, though a folder `a` was
    chosen and both are looked for by their last part.
    """
    found = {identifier: intake.locate(picture) for identifier, picture in listed.items()}
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
        identifier = _key(entry.get("image_id"))
        name = entry.get("file_name") or str(identifier)
        # COCO's own pictures are called by their id in twelve digits.
        stems = () if "file_name" in entry else (name, name.zfill(12))
        images.setdefault(identifier, {"id": identifier, "file_name": name, "stems": stems})
        category = _key(entry.get("category_id"))
        title = entry.get("category_name") or placeholder_class(category)
        categories.setdefault(category, {"id": category, "name": title})
    listed = list(categories.values())
    return {"images": list(images.values()), "categories": listed, "annotations": results}


def _entries(
    document: dict[str, Any], key: str, file: Path, report: Report
) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects of a list with their places; anything else is reported."""
    listed = document.get(key, [])
    if not isinstance(listed, list):
        raise DatasetError(f"{file}: {key!r} is no list; expected a {_TITLE}")
    found = []
    for number, entry in enumerate(listed):
        place = f"{key}[{number}]"
        if isinstance(entry, dict):
            found.append((place, entry))
        else:
            text = f"{file.name}, {place}: {str(entry)[:40]!r} is no object; left out"
            report.leave_out("unreadable", file, text)
    return found


def _categories(document: dict[str, Any], file: Path, report: Report) -> dict[Any, str]:
    """Return names by id, in the file's order."""
    names: dict[Any, str] = {}
    taken: set[str] = set()
    for place, entry in _entries(document, "categories", file, report):
        identifier, name = _key(entry.get("id")), entry.get("name")
        where = f"{file.name}, {place}"
        if identifier is None or not isinstance(name, str):
            report.leave_out("unreadable", file, f"{where}: has no id or no name; left out")
        elif identifier in names:
            text = f"{where}: id {identifier} is {names[identifier]!r} already; {name!r} left out"
            report.leave_out("duplicate", file, text)
        else:
            if name in taken:
                text = f"{where}: the name {name!r} has two ids; both are read as one class"
                report.note("duplicate", file, text)
            names[identifier] = name
            taken.add(name)
    return names


def _images(document: dict[str, Any], file: Path, report: Report) -> dict[Any, dict[str, Any]]:
    """Return the pictures by id, in the file's order."""
    images: dict[Any, dict[str, Any]] = {}
    for place, entry in _entries(document, "images", file, report):
        identifier, name = _key(entry.get("id")), entry.get("file_name")
        where = f"{file.name}, {place}"
        if identifier is None or not isinstance(name, str) or not name:
            text = f"{where}: has no id or no file_name; left out with its annotations"
            report.leave_out("unreadable", file, text)
        elif identifier in images:
            other = images[identifier]["file_name"]
            text = f"{where}: id {identifier} is {other!r} already; {name!r} left out"
            report.leave_out("duplicate", file, text)
        else:
            images[identifier] = entry
    return images


def _grouped_annotations(
    document: dict[str, Any], file: Path, report: Report
) -> dict[Any, list[tuple[str, dict[str, Any]]]]:
    grouped: dict[Any, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for place, entry in _entries(document, "annotations", file, report):
        grouped[_key(entry.get("image_id"))].append((place, entry))
    return grouped


def _report_unlisted(
    grouped: dict[Any, list[tuple[str, dict[str, Any]]]], file: Path, report: Report
) -> None:
    for identifier, entries in grouped.items():
        places = some(place for place, _ in entries)
        text = f"{file.name}, {places}: image_id {identifier!r} is not among the images; left out"
        report.leave_out("not listed", file, text)


def _key(identifier: Any) -> Any:
    """Return an id that can be looked up; 7.0 is 7, and lists are no ids."""
    if isinstance(identifier, float) and identifier.is_integer():
        return int(identifier)
    return identifier if isinstance(identifier, (int, str)) else None


def _pictures_folder(document: dict[str, Any], file: Path, intake: Intake) -> tuple[Path, ...]:
    """Return the folder that this program notes in `info` when it writes."""
    info = document.get("info")
    noted = info.get("pictures_folder") if isinstance(info, dict) else None
    if not isinstance(noted, str) or not intake.index.is_inside(file.parent / noted, is_own=True):
        return ()
    return (file.parent / noted,)


def _placed(
    annotations: list[tuple[str, dict[str, Any]]],
    categories: dict[Any, str],
    file: Path,
    report: Report,
) -> Iterator[PlacedShape]:
    for place, entry in annotations:
        try:
            shapes = _shapes(entry, categories, f"{file.name}, {place}", file, report)
        except ValueError as error:
            report.leave_out("unreadable", file, f"{file.name}, {place}: {error}; left out")
            continue
        for shape in shapes:
            yield place, shape


def _shapes(
    entry: dict[str, Any], categories: dict[Any, str], where: str, file: Path, report: Report
) -> list[Shape]:
    identifier = _key(entry.get("category_id"))
    if identifier is None:
        raise ValueError("has no category_id")
    if identifier not in categories:
        label = categories[identifier] = placeholder_class(identifier)
        text = f"{where}: category_id {identifier!r} is not among the categories; kept as {label!r}"
        report.note("unknown class", file, text)
    score = entry.get("score")
    made = Shape(
        categories[identifier],
        (),
        score=None if score is None else as_number(score),
        is_difficult=bool(entry.get("iscrowd")),
    )
    polygons = _polygons(entry.get("segmentation"), where, file, report)
    if polygons:
        return [replace(made, points=points, kind="polygon") for points in polygons]
    corners = _corners(entry.get("bbox"))
    degrees = rotation_of(entry)
    if degrees:
        return [replace(made, points=turned_box(*corners, degrees), kind="polygon")]
    return [replace(made, points=corners)]


def rotation_of(entry: dict[str, Any]) -> float:
    """Return by how many degrees CVAT says that a box is turned; 0 where it does not."""
    attributes = entry.get("attributes")
    rotation = attributes.get("rotation") if isinstance(attributes, dict) else None
    try:
        return as_number(rotation) % 360
    except ValueError:
        return 0.0


def turned_box(top_left: Point, bottom_right: Point, degrees: float) -> tuple[Point, ...]:
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


def _corners(box: Any) -> tuple[Point, Point]:
    if not isinstance(box, list) or len(box) != 4:
        raise ValueError(f"bbox {str(box)[:60]} is not [x, y, width, height]")
    x, y, width, height = (as_number(value) for value in box)
    if width < 0 or height < 0:
        raise ValueError(f"width {width:g} and height {height:g} must not be negative")
    return (x, y), (x + width, y + height)


def _polygons(segmentation: Any, where: str, file: Path, report: Report) -> list[tuple[Point, ...]]:
    """Return one polygon a part; none where there is no segmentation that can be kept."""
    if not segmentation:
        return []
    if isinstance(segmentation, dict):
        text = f"{where}: a run-length mask becomes its box"
        report.note("unsupported", file, text)
        return []
    if not isinstance(segmentation, list):
        text = f"{where}: segmentation {str(segmentation)[:40]!r} is no list; its box is taken"
        report.note("unreadable", file, text)
        return []
    parts = segmentation if isinstance(segmentation[0], list) else [segmentation]
    polygons = [_points(part) for part in parts]
    sound = [points for points in polygons if len(set(points)) >= 3]
    if len(sound) < len(parts):
        text = f"{where}: {len(parts) - len(sound)} of {len(parts)} parts have under 3 points"
        report.note("empty shape", file, f"{text}; left out" if sound else f"{text}; box taken")
    if len(sound) > 1:
        text = f"{where}: the {len(sound)} parts of one object become polygons of their own"
        report.note("unsupported", file, text)
    return sound


def _points(flat: Any) -> tuple[Point, ...]:
    if not isinstance(flat, list) or len(flat) % 2:
        raise ValueError(f"segmentation {str(flat)[:60]} is no list of x, y, x, y, …")
    numbers = [as_number(value) for value in flat]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))
