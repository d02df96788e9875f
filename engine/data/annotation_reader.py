"""Reads annotations of any format and compares them with their pictures."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from engine.api.annotations import AnnotationFormat, AnnotationSet, ReadAnnotations
from engine.api.errors import DatasetError
from engine.api.paths import is_disk
from engine.api.tasks import TaskContext
from engine.data.formats import coco, labelme, voc, yolo
from engine.data.formats.importer import Importer
from engine.data.formats.text_files import load_json

_DETECTORS: dict[AnnotationFormat, Callable[[Path], bool]] = {
    "coco": coco.detect,
    "labelme": labelme.detect,
    "voc": voc.detect,
    "yolo": yolo.detect,
}
_READERS: dict[AnnotationFormat, Callable[[Path, Importer], AnnotationSet]] = {
    "coco": coco.read,
    "labelme": labelme.read,
    "voc": voc.read,
    "yolo": yolo.read,
}
_LOOKED_FOR = "a COCO or labelme .json, a Pascal VOC .xml, YOLO .txt, classes.txt or data.yaml"


def read_annotations(request: ReadAnnotations, context: TaskContext) -> AnnotationSet:
    """Return the annotations of a file or folder with the report of what does not match.

    Raises:
        DatasetError: the source is missing, unreadable as a whole, of no known format, or a
            folder of several formats or of several COCO files.
    """
    source, folder = request.source, request.pictures_folder
    if not os.path.exists(source):
        raise DatasetError(f"{source}: does not exist; choose an annotation file or folder")
    if is_disk(source) and os.path.isdir(source):
        raise DatasetError(f"{source}: is a whole disk; choose an annotation file or folder on it")
    if folder is not None and not os.path.isdir(folder):
        raise DatasetError(f"{folder}: is no folder; choose the folder with the pictures")
    if request.format is not None and request.format not in _READERS:
        raise DatasetError(f"there is no format {request.format!r}; choose {_or(_READERS)}")
    name = request.format or detect_format(source)
    importer = Importer(source, context, folder, request.known_classes)
    return _READERS[name](source, importer)


def detect_format(source: Path) -> AnnotationFormat:
    """Return the one format that fits a file or folder.

    Raises:
        DatasetError: none fits, or several do.
    """
    fitting = [name for name, detects in _DETECTORS.items() if detects(source)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise DatasetError(f"{source}: fits {' and '.join(fitting)}; say which format to read")
    if os.path.isfile(source) and source.suffix.lower() == ".json":
        load_json(source)  # a broken file is a better reason than an unknown format
    raise DatasetError(f"{source}: no annotations found; looked for {_LOOKED_FOR}")


def _or(names: dict[AnnotationFormat, Callable[[Path, Importer], AnnotationSet]]) -> str:
    return " or ".join(names)
