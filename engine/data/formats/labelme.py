"""labelme: one JSON a picture, rectangles and polygons as points.

Read and written here and not through supervision 0.31, which keeps coordinates in float32, turns
polygons into masks of whole pixels, joins shapes of one group, decodes every picture in order to
write, and stops at the first entry that does not fit where this project reports it.

Points lie between pixels as here, so numbers pass through unchanged. `score` stands beside the
label and `difficult` among the flags; labelme keeps both when it saves the file again. Circles,
lines, points and masks are not read, but stay in a file that is written over, as do its flags and
its embedded picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.api.annotations import AnnotationSet, PictureAnnotations, Point, Shape
from engine.api.errors import DatasetError
from engine.api.tasks import TaskContext
from engine.data.formats.intake import Intake, ListedPicture
from engine.data.formats.outlet import (
    PreparedFile,
    guard,
    note_overwritten,
    note_unknown_size,
    one_file_a_picture,
    sound_pictures,
)
from engine.data.formats.pictures import relative_to
from engine.data.formats.report import Report, counted, some
from engine.data.formats.shape_checks import PlacedShape
from engine.data.formats.text_files import (
    as_number,
    as_size,
    dump_json,
    files_below,
    first_files,
    json_keys,
    load_json,
)

_VERSION = "5.5.0"
_KINDS = ("rectangle", "polygon")


def detect(source: Path) -> bool:
    """Whether a file, or one of the first below a folder, is labelme by its keys."""
    return any(is_labelme(file) for file in first_files(source, ".json"))


def is_labelme(file: Path) -> bool:
    """Whether a file is labelme by its keys; it may be damaged all the same."""
    if file.suffix.lower() != ".json":
        return False
    keys = json_keys(file)
    return "shapes" in keys and bool(keys & {"imagePath", "imageData", "imageHeight", "version"})


def read(source: Path, intake: Intake) -> AnnotationSet:
    """Take in a labelme file, or all that lie below a folder.

    Raises:
        DatasetError: the only file is unreadable.
    """
    files = list(files_below(source, ".json"))
    intake.expect(len(files))
    for file in files:
        intake.advance()
        try:
            document = _load(file)
        except DatasetError as error:
            intake.unreadable(file, error)
            continue
        name = document.get("imagePath")
        name = name if isinstance(name, str) and name and "\0" not in name else file.stem
        size = as_size(document.get("imageWidth")), as_size(document.get("imageHeight"))
        listed = ListedPicture(file, name, size, (file.parent,), (file.stem,), file.stem)
        intake.take(listed, list(_placed(document["shapes"], file, intake.report)))
    if source.is_dir():
        intake.note_unlisted()
    return intake.finish("labelme", ())


def _load(file: Path) -> dict[str, Any]:
    document = load_json(file)
    if not isinstance(document, dict) or not isinstance(document.get("shapes"), list):
        raise DatasetError(f"{file}: has no list “shapes”; expected a labelme file")
    return document


def _placed(shapes: list[Any], file: Path, report: Report) -> Iterator[PlacedShape]:
    extras, foreign = 0, []
    for number, entry in enumerate(shapes, 1):
        place = f"shape {number}"
        kind = _kind(entry)
        if kind is not None and kind not in _KINDS:
            foreign.append(f"{kind} {entry.get('label')!r}")
            continue
        try:
            shape = _shape(entry)
        except (ValueError, DatasetError) as error:
            report.leave_out("unreadable", file, f"{file.name}, {place}: {error}; left out")
            continue
        extras += entry.get("group_id") is not None or bool(entry.get("description"))
        yield place, shape
    if foreign:
        text = f"{file.name}: {some(foreign)}: only rectangles and polygons are read; left out"
        report.leave_out("unsupported", file, text)
    if extras:
        text = f"{file.name}: {counted(extras, 'shape')} with a group or description, not kept"
        report.note("unsupported", file, text)


def _kind(entry: Any) -> str | None:
    """Return the shape type; old files name none and mean polygons."""
    return str(entry.get("shape_type") or "polygon") if isinstance(entry, dict) else None


def _shape(entry: Any) -> Shape:
    if not isinstance(entry, dict):
        raise DatasetError(f"{str(entry)[:40]!r} is no object")
    label, score, flags = entry.get("label"), entry.get("score"), entry.get("flags")
    if not isinstance(label, str):
        raise DatasetError(f"label {str(label)[:40]!r} is no text")
    points = _points(entry.get("points"))
    is_difficult = isinstance(flags, dict) and bool(flags.get("difficult"))
    kind = _kind(entry)
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


def prepare(
    annotations: AnnotationSet, target: Path, report: Report, context: TaskContext
) -> list[PreparedFile]:
    """Return the files that would be written, and report what they would change."""
    pictures = sound_pictures(annotations, report, context)
    prepared = []
    for picture, path in one_file_a_picture(pictures, target, ".json", report):
        note_unknown_size(picture, report)
        old = _load(path) if guard(path, _is_readable, "labelme file", report) else {}
        prepared.append(PreparedFile(path, dump_json(_document(picture, path, old), indent=2)))
    note_overwritten(prepared, target, report)
    return prepared


def _is_readable(file: Path) -> bool:
    try:
        _load(file)
    except DatasetError:
        return False
    return True


def _document(picture: PictureAnnotations, path: Path, old: dict[str, Any]) -> dict[str, Any]:
    foreign = [e for e in old.get("shapes", []) if _kind(e) is not None and _kind(e) not in _KINDS]
    new = {
        "version": old.get("version", _VERSION),
        "flags": old.get("flags", {}),
        "shapes": [_entry(shape) for shape in picture.shapes] + foreign,
        "imagePath": relative_to(picture.file, path.parent),
        "imageData": old.get("imageData"),
        "imageHeight": picture.height,
        "imageWidth": picture.width,
    }
    return {**old, **new}


def _entry(shape: Shape) -> dict[str, Any]:
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
    return entry
