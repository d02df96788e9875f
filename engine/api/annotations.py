"""Shapes that a person drew or a file brought."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from engine.api.pictures import Picture

ShapeKind = Literal["box", "polygon"]
AnnotationFormat = Literal["coco", "voc", "yolo", "labelme"]
Point = tuple[float, float]
ChangedMeanwhile = Literal["ask", "mine", "both"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What an annotation file says about an object, in its own text.

    Saving starts from it and changes only the fields that were edited: all else is kept.

    Attributes:
        part: which of the shapes it is that the text is read as.
    """

    format: AnnotationFormat
    text: str
    part: int = 0


@dataclass(frozen=True, slots=True)
class Shape:
    """A box or polygon with a class, in pixels of the picture, x to the right, y down.

    Attributes:
        points: a box has its top-left and bottom-right corners, a polygon three or more vertices.
        score: of a detection that was loaded or adopted; None for drawn ones.
        is_difficult: VOC's "difficult", COCO's "iscrowd": neither counted for nor against.
        entry: where it was read from; None for drawn ones. Two shapes that differ in it alone are
            equal.
    """

    label: str
    points: tuple[Point, ...]
    kind: ShapeKind = "box"
    score: float | None = None
    is_difficult: bool = False
    entry: Entry | None = field(default=None, compare=False, repr=False)

    @property
    def box_xyxy(self) -> tuple[float, float, float, float]:
        """The smallest upright box around the shape."""
        xs, ys = zip(*self.points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def area(self) -> float:
        """In square pixels; of a polygon by the shoelace formula."""
        if self.kind == "box":
            x1, y1, x2, y2 = self.box_xyxy
            return (x2 - x1) * (y2 - y1)
        following = (*self.points[1:], self.points[0])
        pairs = zip(self.points, following, strict=True)
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2

    @staticmethod
    def box(label: str, x1: float, y1: float, x2: float, y2: float) -> Shape:
        """Make a box from any two opposite corners."""
        return Shape(label, ((min(x1, x2), min(y1, y2)), (max(x1, x2), max(y1, y2))))


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A gallery picture with its ground truth where it is known (drawn scenes)."""

    picture: Picture
    shapes: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureSource:
    """The annotation file of a picture, and what stood there about it when it was read.

    Attributes:
        entries: a digest of each entry, in order; they differ once a program has changed one.
        image_id: what a file of many pictures calls this one; None in a file of its own.
    """

    file: Path
    format: AnnotationFormat
    entries: tuple[int, ...]
    image_id: int | str | None = None


@dataclass(frozen=True, slots=True)
class PictureAnnotations:
    """The shapes of one picture.

    Attributes:
        file: the picture; need not exist.
        width: in pixels; 0 where the file does not say and the picture is missing.
        source: where they were read; None where they were not, or cannot be written back.
    """

    file: Path
    width: int
    height: int
    shapes: tuple[Shape, ...]
    source: PictureSource | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about an annotation file that does not match.

    Attributes:
        kind: `unknown class`, `missing picture`, `box outside`, `wrong extension case`,
            `other name`, `outside folder`, `size differs`, `empty shape`, `duplicate`,
            `unreadable`, `unsupported`, `not listed`;
            before writing also `would overwrite`, `class order`, `class name`, `unknown size`,
            `changed` (by another program since it was read);
            of a data set also those of DatasetReport.
        file: the picture or annotation file concerned.
        text: one sentence with the value, the limit and what will be done about it.
        is_error: whether the shape or file will be left out.
        forbids: whether nothing is written while the picture or file is among what is to be.
    """

    kind: str
    file: str
    text: str
    is_error: bool
    forbids: bool = False


@dataclass(frozen=True, slots=True)
class AnnotationSet:
    """Annotations of many pictures, and what was found wrong while reading or before writing.

    Attributes:
        classes: names in the file's own order; YOLO indices refer to it.
        findings: the report; empty when everything matches.
        class_ids: the COCO category id of each of `classes`; empty to number them from 1.
    """

    pictures: tuple[PictureAnnotations, ...]
    classes: tuple[str, ...]
    format: AnnotationFormat | None = None
    findings: tuple[Finding, ...] = ()
    class_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadAnnotations:
    """Read annotations and compare them with the pictures; answers `AnnotationSet`.

    Attributes:
        source: a COCO or labelme JSON, a VOC XML, a YOLO txt or data.yaml, or a folder of such.
        pictures_folder: where to look for pictures first; None to look around the source only.
        format: None to detect it.
        known_classes: names that count as known; empty means that every name is.
    """

    source: Path
    pictures_folder: Path | None = None
    format: AnnotationFormat | None = None
    known_classes: tuple[str, ...] = ()

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Reading {self.source.name}"


@dataclass(frozen=True, slots=True)
class ReadSidecar:
    """Read the annotations beside a picture; answers `Sidecar`, or None where there are none.

    Looked for in this order: labelme JSON, VOC XML, YOLO txt, each with the picture's stem; what
    is no annotation by its content is passed over.
    """

    picture: Path

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Annotations of {self.picture.name}"


@dataclass(frozen=True, slots=True)
class Sidecar:
    """An annotation file beside a picture, and what it holds of this picture."""

    source: Path
    annotations: AnnotationSet


@dataclass(frozen=True, slots=True)
class ReadSidecars:
    """Read all annotations beside pictures; answers `tuple[PictureAnnotations, ...]`.

    Attributes:
        folder: read every annotation file below it; None to read those beside `pictures`.
    """

    folder: Path | None
    pictures: tuple[Path, ...] = ()
    caption: ClassVar[str] = "Reading annotations"


@dataclass(frozen=True, slots=True)
class ReadClasses:
    """Read the classes of a folder; answers `tuple[str, ...]`.

    Those of its class table (classes.txt, data.yaml) in their order, then the others that lie
    beside its pictures by name: the same order whichever picture is opened first.

    Attributes:
        pictures: whose annotations are read; empty for all that lie below the folder.
    """

    folder: Path
    pictures: tuple[Path, ...] = ()
    caption: ClassVar[str] = "Reading classes"


@dataclass(frozen=True, slots=True)
class CheckExport:
    """Report what a format would lose or change; answers `tuple[Finding, ...]`, writes nothing.

    Attributes:
        renamed: as of `WriteAnnotations`.
    """

    annotations: AnnotationSet
    format: AnnotationFormat
    target: Path
    renamed: tuple[tuple[str, str], ...] = ()
    caption: ClassVar[str] = "Checking the export"


@dataclass(frozen=True, slots=True)
class WriteAnnotations:
    """Write annotations, each file atomically; answers `WrittenAnnotations`.

    Files that are there keep everything but the shapes of these pictures that were edited:
    entries that were not edited, or not understood, stay as they are, byte for byte.

    Attributes:
        target: COCO: a .json file; the others: a folder.
        changed: what becomes of a picture whose annotations another program has changed since
            they were read (`PictureAnnotations.source`): "mine" writes these shapes in place of
            them, "both" keeps those too, "ask" raises StorageError. CheckExport tells of it
            beforehand by a finding of the kind `changed`.
        renamed: classes that have another name now, old and new. Where a file has a table of
            classes (COCO, YOLO) the name is changed there, under the same id, and so for all
            its pictures, unless the new name has an id already or a shape has the old name still.
    """

    annotations: AnnotationSet
    format: AnnotationFormat
    target: Path
    changed: ChangedMeanwhile = "ask"
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Writing {self.target.name}"


@dataclass(frozen=True, slots=True)
class WrittenAnnotations:
    """What was written.

    Attributes:
        pictures: those that were given and written, with the entries and the source that they
            have now: the next save starts from these.
        failures: one line for each file of a picture that could not be written.
    """

    files: tuple[Path, ...]
    pictures: tuple[PictureAnnotations, ...]
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WriteJournal:
    """Save unsaved work so that a crash loses nothing; answers None. Empty removes the file."""

    journal: Path
    pictures: tuple[PictureAnnotations, ...]
    caption: ClassVar[str] = "Autosave"


@dataclass(frozen=True, slots=True)
class ReadJournal:
    """Read what a crashed session left; answers `tuple[PictureAnnotations, ...]`, maybe empty."""

    journal: Path
    caption: ClassVar[str] = "Looking for unsaved work"
