"""Small pictures, and reading and writing through the engine's door as everybody does."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from PIL import Image

from engine.api.annotations import (
    AnnotationFormat,
    AnnotationSet,
    CheckExport,
    Finding,
    PictureAnnotations,
    ReadAnnotations,
    Shape,
    WriteAnnotations,
    WrittenAnnotations,
)
from engine.api.tasks import TaskContext
from engine.service import execute

WIDTH, HEIGHT = 640, 480


def context() -> TaskContext:
    return TaskContext(lambda progress: None)


def read(source: Path, pictures: Path | None = None, **options: Any) -> AnnotationSet:
    found: AnnotationSet = execute(ReadAnnotations(source, pictures, **options), context())
    return found


def write(annotations: AnnotationSet, name: AnnotationFormat, target: Path) -> tuple[Path, ...]:
    written: WrittenAnnotations = execute(WriteAnnotations(annotations, name, target), context())
    return written.files


def save(found: AnnotationSet, target: Path, *pictures: PictureAnnotations, **how: Any) -> Any:
    """Save some of the pictures that were read, as the window does."""
    assert found.format is not None
    edited = replace(found, pictures=pictures)
    written: WrittenAnnotations = execute(
        WriteAnnotations(edited, found.format, target, **how), context()
    )
    return written


def moved(shape: Shape, by: float = 1) -> Shape:
    return replace(shape, points=tuple((x + by, y + by) for x, y in shape.points))


def check(annotations: AnnotationSet, name: AnnotationFormat, target: Path) -> tuple[Finding, ...]:
    found: tuple[Finding, ...] = execute(CheckExport(annotations, name, target), context())
    return found


def of_kind(findings: Iterable[Finding], kind: str) -> Finding:
    """Return the only finding of a kind."""
    (found,) = (finding for finding in findings if finding.kind == kind)
    return found


def kinds(findings: Iterable[Finding]) -> list[str]:
    return [finding.kind for finding in findings]


def make_picture(path: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size).save(path)
    return path


def make_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def one_set(
    file: Path, *shapes: Shape, classes: tuple[str, ...] = (), size: tuple[int, int] | None = None
) -> AnnotationSet:
    """Return one picture with shapes."""
    picture = PictureAnnotations(file, *(size or (WIDTH, HEIGHT)), shapes)
    return AnnotationSet((picture,), classes or tuple(dict.fromkeys(s.label for s in shapes)))


LABELS = st.sampled_from(["person", "traffic light", "Straßenbahn", "人", "a & <b>", "0"])
FRACTIONS = st.floats(0, 1, allow_nan=False, width=64)


@st.composite
def boxes(draw: st.DrawFn, **extra: st.SearchStrategy[Any]) -> Shape:
    """A box within the picture, at least a thousandth of a pixel wide and high."""
    x1, x2 = sorted((draw(FRACTIONS) * WIDTH, draw(FRACTIONS) * WIDTH))
    y1, y2 = sorted((draw(FRACTIONS) * HEIGHT, draw(FRACTIONS) * HEIGHT))
    corners = ((x1 * 0.99, y1 * 0.99), (min(x2 + 0.001, WIDTH), min(y2 + 0.001, HEIGHT)))
    drawn = {name: draw(strategy) for name, strategy in extra.items()}
    return Shape(draw(LABELS), corners, **drawn)


@st.composite
def polygons(draw: st.DrawFn, **extra: st.SearchStrategy[Any]) -> Shape:
    """A polygon within the picture of three to eight different points, not on one line."""
    grid = st.tuples(st.integers(0, WIDTH * 8), st.integers(0, HEIGHT * 8))
    points = draw(st.lists(grid, min_size=3, max_size=8, unique=True))
    drawn = {name: draw(strategy) for name, strategy in extra.items()}
    return Shape(draw(LABELS), tuple((x / 8, y / 8) for x, y in points), "polygon", **drawn)


def with_area(shapes: list[Shape]) -> list[Shape]:
    return [shape for shape in shapes if shape.area > 1e-6]


BBOX = [10, 20, 100, 50]


def coco(folder: Path, *annotations: dict[str, Any], **image: Any) -> Path:
    listed = {"id": 1, "file_name": "a.jpg", "width": 640, "height": 480} | image
    document = {
        "images": [listed],
        "annotations": [{"image_id": 1, "category_id": 7, "bbox": BBOX} | a for a in annotations],
        "categories": [{"id": 7, "name": "person"}],
    }
    return make_json(folder / "coco.json", document)


def voc(folder: Path, *objects: str, name: str = "a.jpg", size: str = "") -> Path:
    text = f"<annotation><filename>{name}</filename>{size}{''.join(objects)}</annotation>"
    (folder / "a.xml").write_text(text, encoding="utf-8")
    return folder / "a.xml"


def voc_object(*corners: object, name: str = "person", more: str = "") -> str:
    sides = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
    box = "".join(f"<{side}>{value}</{side}>" for side, value in sides)
    return f"<object><name>{name}</name>{more}<bndbox>{box}</bndbox></object>"


def labelme(folder: Path, *shapes: dict[str, Any], **more: Any) -> Path:
    document = {"imagePath": "a.jpg", "imageWidth": 640, "imageHeight": 480, "shapes": list(shapes)}
    return make_json(folder / "a.json", document | more)


def rectangle(*points: Any, label: str = "person", **more: Any) -> dict[str, Any]:
    return {"label": label, "points": list(points), "shape_type": "rectangle"} | more


def yolo(folder: Path, *lines: str, classes: str | None = "person\ncar\n") -> Path:
    (folder / "a.txt").write_text("\n".join(lines), encoding="utf-8")
    if classes is not None:
        (folder / "classes.txt").write_text(classes, encoding="utf-8")
    return folder / "a.txt"


def shapes_of(source: Path, **options: Any) -> tuple[Shape, ...]:
    (picture,) = read(source, **options).pictures
    return picture.shapes


def only_finding(source: Path, **options: Any) -> Finding:
    (finding,) = read(source, **options).findings
    return finding


def found_name(make: Any) -> str:
    return {voc: "a.xml", labelme: "a.json"}[make]
