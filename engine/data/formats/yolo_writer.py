"""Writes YOLO labels, classes.txt and data.yaml, never changing the order of old classes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from engine.api.annotations import AnnotationSet, PictureAnnotations
from engine.api.errors import DatasetError
from engine.data.formats.exporter import Exporter, Prepared, note_changed_names, plain_name
from engine.data.formats.json_spans import replaced
from engine.data.formats.kept_entries import Merged
from engine.data.formats.pictures import PictureIndex, relative_to
from engine.data.formats.report import Report, counted, some
from engine.data.formats.text_files import read_text
from engine.data.formats.yaml_spans import dump_yaml, with_yaml_values
from engine.data.formats.yolo_classes import (
    CLASSES_FILE,
    DATA_FILE,
    YAML_SUFFIXES,
    YoloClasses,
    classes_in,
    find_classes,
    load_yaml,
    read_yaml_names,
)
from engine.data.formats.yolo_form import YoloForm, is_polygon_file
from engine.data.formats.yolo_lines import ends_with_tracks, holds_labels, is_label_file


def prepare(annotations: AnnotationSet, exporter: Exporter) -> Prepared:
    """Return the files that would be written, and report what the format would lose or change.

    The classes of a classes.txt or data.yaml that is there keep their indices; new ones follow.
    """
    report, target = exporter.report, exporter.target
    pictures = [p for p in exporter.sound_pictures(annotations) if _has_size(p, report)]
    labels = [shape.label for picture in pictures for shape in picture.shapes]
    note_changed_names([*annotations.classes, *labels], report, target)
    table = _old_classes(target, report)
    renamed = exporter.renamed_in(table.names, [plain_name(label) for label in labels])
    renamed = {old: plain_name(new) for old, new in renamed.items()}
    table = replace(table, names=tuple(renamed.get(name, name) for name in table.names))
    names = _names(annotations, labels, table, target, report)
    prepared = Prepared()
    # First: labels mean nothing without their names, should writing be cut off.
    _prepare_tables(names, table, renamed, pictures, exporter, prepared)
    mixed: list[str] = []
    for picture, path in exporter.one_file_a_picture(pictures, ".txt"):
        if path.name.casefold() == CLASSES_FILE:
            text = f"{picture.file} would have its labels in {CLASSES_FILE}; rename the picture"
            report.refuse("duplicate", picture.file, text)
        elif not _is_of_other(path, picture, report):
            mixed += _prepare_labels(picture, path, names, table.keypoints, exporter, prepared)
    if mixed:
        text = f"{counted(len(mixed), 'picture')} with boxes and polygons ({some(mixed)}): the"
        text += " boxes are written as closed rectangles, since readers take all lines alike"
        report.note("unsupported", target, text)
    exporter.note_overwritten(prepared)
    return prepared


def _prepare_labels(
    picture: PictureAnnotations,
    path: Path,
    names: Sequence[str],
    keypoints: int,
    exporter: Exporter,
    prepared: Prepared,
) -> list[str]:
    """Add a label file; returns the picture's name where its boxes become closed rectangles."""
    text = ""
    if exporter.guard(path, is_label_file, "YOLO label file"):
        text = read_text(path)
    spans = line_spans(text)
    lines = [text[start:stop] for start, stop in spans]
    size = (picture.width, picture.height)
    has_tracks = ends_with_tracks([line.split() for line in lines])
    form = YoloForm(names, size, keypoints, has_tracks)
    form.is_polygons = is_polygon_file(form, lines, picture.shapes)
    before = exporter.names_before(names)
    merged = exporter.merged(picture, path, lines, form, before=before)
    prepared.add(path, _changed_lines(text, spans, merged).encode())
    prepared.keep(picture, path, form, merged)
    kinds = {shape.kind for shape in picture.shapes}
    is_new = any(shape.kind == "box" and shape.entry is None for shape in picture.shapes)
    return [picture.file.name] if form.is_polygons and len(kinds) == 2 and is_new else []


def line_spans(text: str) -> list[tuple[int, int]]:
    """Return where the lines stand that are not blank, without what ends them."""
    return [match.span() for match in re.finditer(r"[^\r\n]*[^\s][^\r\n]*", text)]


def _changed_lines(text: str, spans: Sequence[tuple[int, int]], merged: Merged) -> str:
    """Return the text with its lines replaced; blank lines and what ends a line stay."""
    ending = "\r\n" if "\r\n" in text else "\n"
    replacements = []
    for (start, stop), new in zip(spans, merged.texts, strict=True):
        if new:
            replacements.append((start, stop, ending.join(new)))
        else:
            after = re.compile(r"\r?\n|\r").match(text, stop)
            replacements.append((start, after.end() if after else stop, ""))
    result = replaced(text, replacements)
    for line in merged.added:
        before = ending if result and not result.endswith(("\n", "\r")) else ""
        result += before + line + ending
    return result


def _is_of_other(path: Path, picture: PictureAnnotations, report: Report) -> bool:
    """Refuse labels that are read for another picture of the same stem beside this one."""
    if not os.path.isfile(path):
        return False
    folder = picture.file.parent
    first = PictureIndex((folder,)).find_stem(picture.file.stem)
    if first is None or first.name == picture.file.name or not os.path.isfile(picture.file):
        return False
    text = f"{path} holds the labels of {first.name}; rename one of the two pictures"
    report.refuse("duplicate", picture.file, f"{text}, or export to another folder")
    return True


def _has_size(picture: PictureAnnotations, report: Report) -> bool:
    if picture.width and picture.height:
        return True
    text = f"{picture.file.name}: its size is not known and YOLO needs it; left out"
    report.leave_out("unknown size", picture.file, text)
    return False


def _names(
    annotations: AnnotationSet,
    labels: Iterable[str],
    old: YoloClasses,
    target: Path,
    report: Report,
) -> list[str]:
    """Return the class names in the order to be written: those that are there come first."""
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
    texts = islice(target.glob("*.txt"), 50) if os.path.isdir(target) else ()
    return any(holds_labels(file) for file in texts)


def _prepare_tables(
    names: Sequence[str],
    table: YoloClasses,
    renamed: Mapping[str, str],
    pictures: Sequence[PictureAnnotations],
    exporter: Exporter,
    prepared: Prepared,
) -> None:
    """Add classes.txt and data.yaml; labels of a data set that has a table above go by that."""
    own = exporter.target / CLASSES_FILE
    others = {table.file} - {None, own, exporter.target / DATA_FILE}
    for file in filter(None, others):
        if file.suffix.lower() in YAML_SUFFIXES:
            wanted = {"nc": len(names), "names": dict(enumerate(names))}
            _prepare_yaml(file, wanted, exporter, prepared)
        else:
            prepared.add(file, _listed_names(file, names, table, renamed).encode())
    if all(file is None or file.parent == exporter.target for file in others):
        prepared.add(own, _listed_names(own, names, table, renamed).encode())
        _prepare_data_file(names, pictures, exporter, prepared)


def _listed_names(
    path: Path, names: Sequence[str], table: YoloClasses, renamed: Mapping[str, str]
) -> str:
    """Return the text of a classes.txt; one that is there keeps its lines, new names follow."""
    try:
        text = read_text(path) if os.path.isfile(path) else ""
    except DatasetError:  # refused already
        return ""
    known = len(table.names) if table.file == path else 0
    if not known or not text.strip():
        return "".join(f"{name}\n" for name in names)
    # Only the names of lines change, and neither what ends a line nor the space around it.
    lines = re.sub(r"[^\s](?:.*[^\s])?", lambda found: renamed.get(found[0], found[0]), text)
    ending = "\r\n" if "\r\n" in text else "\n"
    new = names[known:]
    start = "" if not new or text.endswith(("\n", "\r")) else ending
    return lines + start + "".join(name + ending for name in new)


def _prepare_data_file(
    names: Sequence[str],
    pictures: Sequence[PictureAnnotations],
    exporter: Exporter,
    prepared: Prepared,
) -> None:
    """Add data.yaml; one that is there keeps all but its names, and its form if they stay."""
    path = exporter.target / DATA_FILE
    folders = sorted({relative_to(p.file.parent, exporter.target) for p in pictures}) or ["."]
    where = folders[0] if len(folders) == 1 else folders
    wanted = {"train": where, "val": where, "nc": len(names), "names": dict(enumerate(names))}
    if not os.path.exists(path):
        prepared.add(path, dump_yaml(wanted))
        return
    _prepare_yaml(path, wanted, exporter, prepared)


def _prepare_yaml(
    path: Path, wanted: Mapping[str, Any], exporter: Exporter, prepared: Prepared
) -> None:
    """Have the names of a data.yaml changed where they differ, and what it lacks added."""
    try:
        old = load_yaml(path)
        listed = read_yaml_names(path) if "names" in old else None
        if listed != tuple(wanted["names"].values()):
            changes = {k: v for k, v in wanted.items() if k in ("nc", "names") or k not in old}
            prepared.add(path, with_yaml_values(read_text(path), changes).encode())
    except (DatasetError, ValueError) as error:
        report = exporter.report
        report.refuse("unreadable", path, f"{error}; repair it or choose another folder")
