"""Detections as COCO files, and boxes for the command line from files of three kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.api.detection import Detections
from engine.api.errors import DatasetError
from engine.core.files import atomic_write
from engine.data.formats.importer import placeholder_class
from engine.data.formats.report import some
from engine.data.formats.text_files import as_number, dump_json, load_json

_WANTED = "a COCO results list, a COCO annotation file, or what `detect --json` prints"


def detections_to_coco(
    detections: Detections,
    image_id: int | str,
    file_name: str = "",
    category_ids: Mapping[str, int] | None = None,
) -> list[dict[str, Any]]:
    """Return COCO results entries in the order of the detections.

    Beside what COCO asks for, each names its class, and its picture where `file_name` is given.

    Args:
        image_id: of the picture; what a COCO annotation file calls it, or any number.
        category_ids: by class name; None to take the index into `detections.categories`, which
            is COCO's own id for torchvision's models.

    Raises:
        DatasetError: a class has no id.
    """
    entries = []
    rows = zip(
        detections.boxes_xyxy.tolist(),
        detections.scores.tolist(),
        detections.class_indices.tolist(),
        strict=True,
    )
    for (x1, y1, x2, y2), score, index in rows:
        label = detections.categories[index]
        if category_ids is not None and label not in category_ids:
            raise DatasetError(f"class {label!r} has no category id; known: {some(category_ids)}")
        entry = {
            "image_id": image_id,
            "category_id": index if category_ids is None else category_ids[label],
            "category_name": label,
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "score": score,
        }
        entries.append(entry | ({"file_name": file_name} if file_name else {}))
    return entries


def write_results(target: Path, entries: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> None:
    """Write results entries, or a whole document, as JSON, atomically."""
    with atomic_write(target) as stream:
        stream.write(dump_json(entries))


def read_results(path: Path, truth: Path | None = None) -> dict[str, Detections]:
    """Return the boxes of each picture by its name, pictures and boxes in the file's order.

    A picture without a name has its id as text. Boxes without a score have 1. Nothing is left
    out or reordered, since results refer to boxes by their position.

    Args:
        path: a COCO results list, a COCO annotation file, or the output of `detect --json`.
        truth: COCO annotation file that says what the ids of a results list mean.

    Raises:
        DatasetError: the file is none of these, or an entry is no box; it names the entry.
    """
    document = load_json(path)
    try:
        if isinstance(document, list):
            known = load_json(truth) if truth is not None else {}
            names, labels = (
                _table(known, "images", "file_name"),
                _table(known, "categories", "name"),
            )
            return _from_results(document, names, labels, has_all=False)
        if isinstance(document, dict) and isinstance(document.get("annotations"), list):
            return _from_annotations(document)
        if isinstance(document, dict) and isinstance(document.get("images"), list):
            return _from_output(document["images"])
    except (ValueError, DatasetError) as error:
        raise DatasetError(f"{path}: {error}") from error
    raise DatasetError(f"{path}: holds no boxes; expected {_WANTED}")


def read_boxes(path: Path, image: str | None = None) -> Detections:
    """Return the boxes of one picture, in the order of the file.

    Args:
        image: name or id of the picture; None where the file has only one.

    Raises:
        DatasetError: as `read_results`; also no boxes at all, several pictures and none chosen,
            or a picture that is not there.
    """
    found = read_results(path)
    if image is not None:
        matching = [name for name in found if image in (name, Path(name).name, Path(name).stem)]
        if len(matching) != 1:
            how = "is not" if not matching else f"is {len(matching)} times"
            raise DatasetError(f"{path}: picture {image!r} {how} in the file; it has {some(found)}")
        return found[matching[0]]
    if len(found) > 1:
        names = some(found)
        raise DatasetError(f"{path}: holds {len(found)} pictures ({names}); choose one of them")
    return next(iter(found.values()), Detections.of([], [], ()))


class _Boxes:
    """Boxes of one picture while they are gathered."""

    def __init__(self) -> None:
        self.corners: list[list[float]] = []
        self.scores: list[float] = []
        self.labels: list[str] = []

    def add(self, place: str, corners: list[float], score: Any, label: Any) -> None:
        x1, y1, x2, y2 = corners
        if x2 < x1 or y2 < y1:
            raise ValueError(f"{place}: box {corners} has its corners in the wrong order")
        number = 1.0 if score is None else _number(place, "score", score)
        if not 0 <= number <= 1:
            raise ValueError(f"{place}: score {number:g} is outside [0, 1]")
        self.corners.append(corners)
        self.scores.append(number)
        self.labels.append(str(label))

    def detections(self) -> Detections:
        return Detections.of(self.corners, self.scores, tuple(self.labels))


def _from_results(
    entries: list[Any],
    names: Mapping[Any, str] | None = None,
    labels: Mapping[Any, str] | None = None,
    has_all: bool = True,
) -> dict[str, Detections]:
    """`has_all`: pictures without boxes are listed too."""
    found = {name: _Boxes() for name in (names or {}).values() if has_all}
    for number, entry in enumerate(entries):
        place = f"entry {number}"
        if not isinstance(entry, dict):
            raise DatasetError(f"{place}: {str(entry)[:40]!r} is no object; expected {_WANTED}")
        x, y, width, height = _four(place, "bbox", entry.get("bbox"))
        category = str(entry.get("category_id"))
        label = entry.get("category_name") or (labels or {}).get(category)
        picture = str(entry.get("image_id"))
        name = entry.get("file_name") or (names or {}).get(picture) or picture
        boxes = found.setdefault(str(name), _Boxes())
        corners = [x, y, x + width, y + height]
        boxes.add(place, corners, entry.get("score"), label or placeholder_class(category))
    return {name: boxes.detections() for name, boxes in found.items()}


def _from_annotations(document: dict[str, Any]) -> dict[str, Detections]:
    names = _table(document, "images", "file_name")
    labels = _table(document, "categories", "name")
    return _from_results(document["annotations"], names, labels)


def _table(document: Any, key: str, name: str) -> dict[str, str]:
    entries = document.get(key) if isinstance(document, dict) else None
    return {
        str(entry.get("id")): str(entry[name])
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and name in entry
    }


def _from_output(images: list[Any]) -> dict[str, Detections]:
    found: dict[str, Detections] = {}
    for number, image in enumerate(images):
        place = f"images[{number}]"
        entries = image.get("detections") if isinstance(image, dict) else None
        if not isinstance(entries, list):
            raise DatasetError(f"{place}: has no list of detections; expected {_WANTED}")
        boxes = _Boxes()
        for position, entry in enumerate(entries):
            where = f"{place}, detection {position}"
            if not isinstance(entry, dict):
                raise DatasetError(f"{where}: {str(entry)[:40]!r} is no object")
            corners = _four(where, "box", entry.get("box"))
            boxes.add(where, corners, entry.get("score"), entry.get("label", "object"))
        found[str(image.get("file", number))] = boxes.detections()
    return found


def _four(place: str, key: str, value: Any) -> list[float]:
    if not isinstance(value, list) or len(value) != 4:
        raise ValueError(f"{place}: {key} {str(value)[:60]} is not four numbers")
    return [_number(place, key, number) for number in value]


def _number(place: str, key: str, value: Any) -> float:
    try:
        return as_number(value)
    except ValueError as error:
        raise ValueError(f"{place}: {key}: {error}") from error
