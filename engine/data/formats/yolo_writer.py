"""Writes YOLO labels, classes.txt and data.yaml, never changing the order of old classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from engine.api.annotations import AnnotationSet, PictureAnnotations
from engine.api.errors import DatasetError
from engine.api.tasks import TaskContext
from engine.data.formats.outlet import (
    PreparedFile,
    guard,
    note_changed_names,
    note_lost,
    note_overwritten,
    one_file_a_picture,
    plain_name,
    sound_pictures,
)
from engine.data.formats.pictures import relative_to
from engine.data.formats.report import Report, counted, some
from engine.data.formats.yolo_classes import (
    CLASSES_FILE,
    DATA_FILE,
    YoloClasses,
    classes_in,
    dump_yaml,
    find_classes,
    load_typed_yaml,
    read_yaml_names,
)
from engine.data.formats.yolo_lines import holds_labels, is_label_file, shape_line


def prepare(
    annotations: AnnotationSet, target: Path, report: Report, context: TaskContext
) -> list[PreparedFile]:
    """Return the files that would be written, and report what the format would lose or change.

    The classes of a classes.txt or data.yaml that is there keep their indices; new ones follow.
    """
    pictures = [
        picture
        for picture in sound_pictures(annotations, report, context)
        if _has_size(picture, report)
    ]
    labels = [shape.label for picture in pictures for shape in picture.shapes]
    note_lost(pictures, report, target, scores=True, difficult=True)
    note_changed_names([*annotations.classes, *labels], report, target)
    names = _names(annotations, labels, target, report)
    index_of = {name: index for index, name in reversed(list(enumerate(names)))}
    prepared = []
    for picture, path in one_file_a_picture(pictures, target, ".txt", report):
        if path.name.casefold() == CLASSES_FILE:
            text = f"{picture.file} would have its labels in {CLASSES_FILE}; rename the picture"
            report.refuse("duplicate", picture.file, text)
            continue
        guard(path, is_label_file, "YOLO label file", report)
        prepared.append(PreparedFile(path, _labels(picture, index_of)))
    _note_mixed(pictures, target, report)
    prepared.append(PreparedFile(target / CLASSES_FILE, _lines(names)))
    prepared.extend(_data_file(names, pictures, target, report))
    note_overwritten(prepared, target, report)
    return prepared


def _has_size(picture: PictureAnnotations, report: Report) -> bool:
    if picture.width and picture.height:
        return True
    text = f"{picture.file.name}: its size is not known and YOLO needs it; left out"
    report.leave_out("unknown size", picture.file, text)
    return False


def _labels(picture: PictureAnnotations, index_of: dict[str, int]) -> bytes:
    size = picture.width, picture.height
    has_polygons = any(shape.kind == "polygon" for shape in picture.shapes)
    return _lines(
        shape_line(shape, index_of[plain_name(shape.label)], size, has_polygons)
        for shape in picture.shapes
    )


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _note_mixed(pictures: Sequence[PictureAnnotations], target: Path, report: Report) -> None:
    mixed = [p.file.name for p in pictures if len({shape.kind for shape in p.shapes}) == 2]
    if mixed:
        text = f"{counted(len(mixed), 'picture')} with boxes and polygons ({some(mixed)}): the"
        text += " boxes are written as closed rectangles, since readers take all lines alike"
        report.note("unsupported", target, text)


def _names(
    annotations: AnnotationSet, labels: Iterable[str], target: Path, report: Report
) -> list[str]:
    """Return the class names in the order to be written: those that are there come first."""
    old = _old_classes(target, report)
    wanted = [plain_name(name) for name in (*annotations.classes, *sorted(set(labels)))]
    known = set(old.names)
    names = [*old.names, *(name for name in dict.fromkeys(wanted) if name not in known)]
    if old.file is None:
        return names
    added = names[len(old.names) :]
    if old.names and tuple(wanted[: len(old.names)]) != old.names[: len(wanted)]:
        text = f"{old.file.name} begins with {some(old.names)}, this export with {some(wanted)};"
        report.note("class order", old.file, f"{text} the order that is there is kept")
    if added:
        text = f"{counted(len(added), 'name')} will follow the {len(old.names)} in {old.file.name}"
        report.note("class order", old.file, f"{text}: {some(added)}")
    return names


def _old_classes(target: Path, report: Report) -> YoloClasses:
    """Return the classes that the labels in the target refer to."""
    try:
        found = classes_in(target)
        if found.file is None and _has_labels(target):
            found = find_classes(target)
            if found.file is None:
                text = f"{target} has labels but no {CLASSES_FILE}: what their indices mean is"
                report.note("class order", target, f"{text} not known and may differ")
    except DatasetError as error:
        report.refuse("unreadable", target, f"{error}; repair it or choose another folder")
        return YoloClasses()
    if found.disagreement:
        text = f"{target}: {found.disagreement}; make them agree or choose another folder"
        report.refuse("class order", target, text)
    return found


def _has_labels(target: Path) -> bool:
    texts = islice(target.glob("*.txt"), 50) if target.is_dir() else ()
    return any(holds_labels(file) for file in texts)


def _data_file(
    names: Sequence[str], pictures: Sequence[PictureAnnotations], target: Path, report: Report
) -> list[PreparedFile]:
    """Return data.yaml; one that is there keeps all but its names, and its form if they stay."""
    path = target / DATA_FILE
    try:
        old = load_typed_yaml(path) if path.exists() else {}
        listed = read_yaml_names(path) if "names" in old else None
    except DatasetError as error:
        report.refuse("unreadable", path, f"{error}; repair it or choose another folder")
        return []
    if listed == tuple(names):
        return []
    folders = sorted({relative_to(picture.file.parent, target) for picture in pictures}) or ["."]
    where = folders[0] if len(folders) == 1 else folders
    document = {"train": where, "val": where, **old}
    document |= {"nc": len(names), "names": dict(enumerate(names))}
    return [PreparedFile(path, dump_yaml(document))]
