"""Writes COCO: one JSON, with ids that stay what they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from engine.api.annotations import AnnotationSet, PictureAnnotations, Shape
from engine.api.errors import DatasetError
from engine.api.tasks import TaskContext
from engine.data.formats.outlet import PreparedFile, note_unknown_size, sound_pictures
from engine.data.formats.pictures import common_folder, relative_to
from engine.data.formats.report import Report, counted, some
from engine.data.formats.text_files import dump_json, load_json


def prepare(
    annotations: AnnotationSet, target: Path, report: Report, context: TaskContext
) -> list[PreparedFile]:
    """Return the file that would be written, and report what it would change.

    Ids of pictures and categories of the file that is there are kept; new ones follow after the
    highest. Without such a file categories have `annotations.class_ids`, or count from 1.
    """
    pictures = list(sound_pictures(annotations, report, context))
    old = _existing(target, report)
    folder = common_folder(picture.file for picture in pictures)
    names = _picture_names(pictures, folder, report)
    labels = [shape.label for picture in pictures for shape in picture.shapes]
    categories = _categories(annotations, labels, old, target, report)
    info = old.get("info")
    noted = {"pictures_folder": relative_to(folder, target.parent)} if folder else {}
    images = _images(pictures, names, old)
    ids = {entry["name"]: entry["id"] for entry in reversed(categories)}
    document = {
        **old,  # licences and whatever else is there
        "info": {**(info if isinstance(info, dict) else {}), **noted},
        "images": images,
        "annotations": _annotations(pictures, images, ids),
        "categories": categories,
    }
    _note_dropped(names, old, target, report)
    for picture in pictures:
        note_unknown_size(picture, report)
    return [PreparedFile(target, dump_json(document))]


def bbox_of(shape: Shape) -> list[float]:
    """Return x, y, width, height such that x + width gives the right edge again.

    The shortest width that does so is taken: 612.67 - 1.08 is written as 611.59, not as
    611.5899999999999.
    """
    x1, y1, x2, y2 = shape.box_xyxy
    return [x1, y1, _side(x1, x2), _side(y1, y2)]


def _side(low: float, high: float) -> float:
    for digits in (6, 9):
        short = round(high - low, digits)
        if low + short == high:
            return short
    return high - low


def _existing(target: Path, report: Report) -> dict[str, Any]:
    """Return the document that is there; one that cannot be read is never replaced."""
    if target.is_dir():
        report.refuse("unreadable", target, f"{target}: is a folder; choose a .json file")
        return {}
    if not target.exists():
        return {}
    try:
        document = load_json(target)
    except DatasetError as error:
        report.refuse("unreadable", target, f"{error}; move it away or choose another file")
        return {}
    lists = ("images", "annotations", "categories")
    if not isinstance(document, dict) or not all(_is_table(document.get(key)) for key in lists):
        text = f"{target}: is there and is no COCO file; move it away or choose another file"
        report.refuse("unreadable", target, text)
        return {}
    return document


def _is_table(value: Any) -> bool:
    """Whether a value is a list of objects with whole numbers as ids."""
    return isinstance(value, list) and all(
        isinstance(entry, dict) and isinstance(entry.get("id", 0), int) for entry in value
    )


def _picture_names(
    pictures: Sequence[PictureAnnotations], folder: Path | None, report: Report
) -> list[str]:
    """Return a `file_name` each: bare names of pictures in one folder, else paths below it."""
    names = [
        relative_to(picture.file, folder) if folder else picture.file.name for picture in pictures
    ]
    seen: set[str] = set()
    for picture, name in zip(pictures, names, strict=True):
        if name in seen:
            text = f"{picture.file}: two pictures are called {name}; rename one"
            report.refuse("duplicate", picture.file, text)
        seen.add(name)
    return names


def _categories(
    annotations: AnnotationSet,
    labels: Iterable[str],
    old: dict[str, Any],
    target: Path,
    report: Report,
) -> list[dict[str, Any]]:
    kept = [entry for entry in old.get("categories", []) if {"id", "name"} <= entry.keys()]
    ids = dict(zip(annotations.classes, annotations.class_ids, strict=False))
    changed = [e["name"] for e in kept if ids.get(e["name"], e["id"]) != e["id"]]
    if changed:
        text = f"{target.name} numbers {some(changed)} otherwise; its category ids are kept"
        report.note("class order", target, text)
    names = {entry["name"] for entry in kept}
    used = {entry["id"] for entry in kept}
    wanted = dict.fromkeys([*annotations.classes, *sorted(set(labels))])
    following = max([0, *used, *annotations.class_ids]) + 1 if kept or ids else 1
    for name in (name for name in wanted if name not in names):
        identifier = ids.get(name)
        if identifier is None or identifier in used:
            identifier, following = following, following + 1
        used.add(identifier)
        kept.append({"id": identifier, "name": name, "supercategory": ""})
    return kept


def _images(
    pictures: Sequence[PictureAnnotations], names: Sequence[str], old: dict[str, Any]
) -> list[dict[str, Any]]:
    before = {entry.get("file_name"): entry for entry in old.get("images", [])}
    following = max((entry.get("id", 0) for entry in before.values()), default=0) + 1
    images = []
    for picture, name in zip(pictures, names, strict=True):
        entry = dict(before.get(name, {}))
        if "id" not in entry:
            entry["id"], following = following, following + 1
        entry |= {"file_name": name, "width": picture.width, "height": picture.height}
        images.append(entry)
    return images


def _annotations(
    pictures: Sequence[PictureAnnotations], images: list[dict[str, Any]], ids: dict[str, int]
) -> list[dict[str, Any]]:
    annotations: list[dict[str, Any]] = []
    for picture, image in zip(pictures, images, strict=True):
        for shape in picture.shapes:
            is_polygon = shape.kind == "polygon"
            flat = [value for point in shape.points for value in point]
            entry = {
                "id": len(annotations) + 1,
                "image_id": image["id"],
                "category_id": ids[shape.label],
                "bbox": bbox_of(shape),
                "area": shape.area,
                "segmentation": [flat] if is_polygon else [],
                "iscrowd": int(shape.is_difficult),
            }
            if shape.score is not None:
                entry["score"] = shape.score
            annotations.append(entry)
    return annotations


def _note_dropped(names: Sequence[str], old: dict[str, Any], target: Path, report: Report) -> None:
    before = [str(entry.get("file_name")) for entry in old.get("images", [])]
    if not old:
        return
    kept = set(names)
    lost = [name for name in before if name not in kept]
    text = f"{target.name} exists with {counted(len(before), 'picture')} and would be replaced"
    if lost:
        text += f"; {counted(len(lost), 'picture')} not in this export would go: {some(lost)}"
    report.note("would overwrite", target, text)
