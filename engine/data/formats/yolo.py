"""YOLO: one text file a picture, a line a shape, normalised by the size of the picture.

What the numbers of a line mean is said in `yolo_lines`.

Read and written here and not through supervision 0.31, which writes five digits (0.04 px on a
picture of 8,000), turns polygons into masks of whole pixels, keeps coordinates in float32, and
stops at the first line that does not fit where this project reports it. Tests compare with it.

In a file with polygons boxes are written as closed rectangles (five points, the last equal to the
first): programs that see one polygon take every line for one. Such a rectangle is read as a box.
Scores are read, and stay where they are, but are not written: trainers refuse a sixth number.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine.api.annotations import AnnotationSet, Entry, PictureSource, Shape
from engine.api.errors import DatasetError
from engine.data.formats.importer import PLACEHOLDER_LIMIT, Importer, placeholder_class
from engine.data.formats.kept_entries import digests_as_read
from engine.data.formats.pictures import upright_size
from engine.data.formats.report import Report, counted
from engine.data.formats.shape_checks import PlacedShape
from engine.data.formats.text_files import files_below, first_files, read_text
from engine.data.formats.yolo_classes import (
    CLASSES_FILE,
    DATA_FILE,
    YAML_SUFFIXES,
    YoloClasses,
    classes_in,
    disagreement,
    find_classes,
)
from engine.data.formats.yolo_lines import (
    Line,
    ends_with_tracks,
    holds_labels,
    is_label_file,
    parsed_line,
    points_of,
)
from engine.data.formats.yolo_writer import line_spans, prepare

__all__ = ["detect", "is_label_file", "prepare", "read"]

_OTHER_TEXTS = frozenset({"classes", "train", "val", "test", "readme", "licence", "license"})


def detect(source: Path) -> bool:
    """Whether a file holds YOLO labels or class names, or one of the first below a folder does."""
    if os.path.isfile(source):
        is_table = source.suffix.lower() in YAML_SUFFIXES or source.name == CLASSES_FILE
        return is_table or (source.suffix.lower() == ".txt" and is_label_file(source))
    if os.path.isfile(source / DATA_FILE) or os.path.isfile(source / CLASSES_FILE):
        return True
    return any(holds_labels(file) for file in first_files(source, ".txt"))


def _is_other_text(file: Path) -> bool:
    """Whether a text is by its name something else than labels, and by its content too."""
    is_other = file.stem.lower() in _OTHER_TEXTS or file.name.lower().startswith("requirements")
    return is_other and not holds_labels(file)


def read(source: Path, importer: Importer) -> AnnotationSet:
    """Take in a label file, or all that belong to a folder, a classes.txt or a data.yaml.

    Raises:
        DatasetError: the file, or the table of class names, is unreadable.
    """
    table = find_classes(source)
    is_table = os.path.isfile(source) and (source == table.file or source.name == CLASSES_FILE)
    base = source.parent if is_table else source
    files = _label_files(base, table)
    _note_table(table, source, importer.report)
    reader = _LabelReader(base, table, importer, is_chosen=is_table)
    importer.expect(len(files))
    for file in files:
        importer.advance()
        try:
            reader.read(file)
        except DatasetError as error:
            importer.unreadable(file, error)
    if os.path.isdir(base):
        importer.note_unlisted()
    return importer.finish("yolo", reader.names)


def _label_files(base: Path, table: YoloClasses) -> list[Path]:
    if os.path.isfile(base):
        return [base]
    outside = [labels_folder(folder) for folder in table.picture_folders]
    folders = dict.fromkeys([base, *(folder for folder in outside if os.path.isdir(folder))])
    files = {file.absolute(): file for folder in folders for file in files_below(folder, ".txt")}
    own_names = table.file.absolute() if table.file else None
    return [file for path, file in files.items() if path != own_names and not _is_other_text(file)]


def _note_table(table: YoloClasses, source: Path, report: Report) -> None:
    for folder in table.outside_folders:
        text = f"{folder} lies outside the folder of {DATA_FILE} and is not looked at; open it"
        report.note("outside folder", source, f"{text} to take in its labels")
    if table.disagreement and table.file is not None:
        text = f"{table.disagreement}; {table.file.name} is taken"
        report.note("class order", table.file, text)
    if table.file is None:
        text = f"{CLASSES_FILE} and {DATA_FILE} are missing: classes are called by their index"
        report.note("unknown class", source, text)


def _note_other(own: YoloClasses, above: YoloClasses, report: Report) -> None:
    """Tell where the labels of a folder mean something else than those around it."""
    tables = {table.file: table.names for table in (own, above) if table.file is not None}
    differs = disagreement(tables)
    for text in filter(None, (own.disagreement, differs)):
        assert own.file is not None
        taken = f"{own.file.parent.name}/{own.file.name} is taken for the labels below it"
        report.note("class order", own.file, f"{text}; {taken}")


def labels_folder(pictures: Path) -> Path:
    """Return where the labels of a folder of pictures are: its last `images` is `labels`."""
    return _swapped(pictures, "images", "labels")


def _swapped(folder: Path, old: str, new: str) -> Path:
    parts = list(folder.parts)
    for index in reversed(range(len(parts))):
        if parts[index] == old:
            return Path(*parts[:index], new, *parts[index + 1 :])
    return folder


class _Names:
    """The names of one table; classes without a name get one as they come."""

    def __init__(self, table: YoloClasses, report: Report) -> None:
        self.table, self._report = table, report
        self._unnamed: set[int] = set()
        self.names = list(table.names)

    def label(self, value: float, where: str, file: Path) -> str:
        """Return the name of a class index; ValueError where it is none."""
        if not 0 <= value < PLACEHOLDER_LIMIT or value != int(value):
            raise ValueError(f"{value:g} is no class index from 0 to {PLACEHOLDER_LIMIT - 1:,}")
        index, table = int(value), self.table
        for missing in range(len(self.names), index + 1):
            self.names.append(placeholder_class(missing))
        if index >= len(table.names) and table.file and index not in self._unnamed:
            self._unnamed.add(index)
            last = len(table.names) - 1
            text = f"{where}: class index {index} is beyond {table.file.name}, which ends at"
            text += f" {last}; kept as {self.names[index]!r}"
            self._report.note("unknown class", file, text)
        return self.names[index]


class _LabelReader:
    """Reads label files below one folder, each with the table of class names nearest to it."""

    def __init__(self, base: Path, table: YoloClasses, importer: Importer, is_chosen: bool) -> None:
        self._base = base if os.path.isdir(base) else base.parent
        self._is_chosen = is_chosen  # the table is what a person asked for
        self._importer = importer
        self._tables = {self._base: _Names(table, importer.report)}

    @property
    def names(self) -> list[str]:
        """The classes of all tables, those of the folder itself first."""
        tables = dict.fromkeys(self._tables.values())
        return list(dict.fromkeys(name for table in tables for name in table.names))

    def _names_of(self, folder: Path) -> _Names:
        """Return the table of a folder: a data set within the folder has its own.

        Raises:
            DatasetError: it cannot be read.
        """
        if self._is_chosen or self._base not in folder.parents:
            return self._tables[self._base]
        if folder not in self._tables:
            above, own = self._names_of(folder.parent), classes_in(folder)
            self._tables[folder] = above
            if own.file not in (None, above.table.file):
                _note_other(own, above.table, self._importer.report)
                own = replace(own, keypoints=own.keypoints or above.table.keypoints)
                self._tables[folder] = _Names(own, self._importer.report)
        return self._tables[folder]

    def read(self, file: Path) -> None:
        """Take in one label file.

        Raises:
            DatasetError: the file is no UTF-8 text.
        """
        text = read_text(file)
        spans = line_spans(text)
        known = self._names_of(file.parent)
        inside = self._base in file.parents
        below = file.parent.relative_to(self._base) if inside else None
        picture = self._importer.index.find_stem(file.stem, self._near(file, below, known), below)
        size = upright_size(picture) if picture else None
        if picture is None or size is None:
            what = f"{picture.name} cannot be opened" if picture else "no picture of that name"
            text = f"{file.name}: {what}; YOLO needs its size; left out"
            self._importer.report.leave_out("missing picture", file, text)
            return
        lines = [text[start:stop] for start, stop in spans]
        placed = list(self._placed(list(_numbered(text, spans)), size, file, known))
        self._importer.add(picture, size, placed, _source(file, lines, placed))

    def _near(self, file: Path, below: Path | None, known: _Names) -> Iterator[Path]:
        """Yield the folders where the picture of a label file can be, the likeliest first."""
        yield _swapped(file.parent, "labels", "images")
        yield file.parent
        if below is not None:
            yield from (root / below for root in self._importer.index.roots)
        yield from known.table.picture_folders

    def _placed(
        self, lines: list[tuple[int, str]], size: tuple[int, int], file: Path, known: _Names
    ) -> Iterator[PlacedShape]:
        has_tracks = ends_with_tracks([text.split() for _, text in lines])
        silent: Counter[str] = Counter()
        for number, text in lines:
            place = f"line {number}"
            try:
                line = parsed_line(text.split(), known.table.keypoints, has_tracks)
                kind, points = points_of(line.coordinates, size)
                label = known.label(line.index, f"{file.name}, {place}", file)
            except ValueError as error:
                reason = f"{file.name}, {place}: {error}; left out"
                self._importer.report.leave_out("unreadable", file, reason)
                continue
            silent.update(_not_shown(line))
            yield place, Shape(label, points, kind, line.score, entry=Entry("yolo", text))
        for what, count in silent.items():
            told = f"{file.name}: {counted(count, 'line')} with {what}, not shown here;"
            self._importer.report.note("unsupported", file, f"{told} saving keeps it")


def _numbered(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    number, position = 1, 0
    for start, stop in spans:
        number, position = number + text.count("\n", position, start), start
        yield number, text[start:stop]


def _source(file: Path, lines: list[str], placed: list[PlacedShape]) -> PictureSource:
    return PictureSource(file, "yolo", digests_as_read(lines, placed))


def _not_shown(line: Line) -> Iterator[str]:
    if line.keypoints:
        yield "keypoints"
    if line.track is not None:
        yield f"a track id ({line.track:g} is no score)"
    if line.unknown is not None:
        yield f"a last number that is no score between 0 and 1 ({line.unknown:g})"
