"""What is written comes back, whatever the shapes; other programs read the same from it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import supervision
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask
from pycocotools.coco import COCO

from engine.api.annotations import AnnotationFormat, AnnotationSet, PictureAnnotations, Shape
from tests.engine.data.formats.support import (
    HEIGHT,
    WIDTH,
    boxes,
    make_picture,
    of_kind,
    one_set,
    polygons,
    read,
    with_area,
    write,
)

FORMATS: tuple[AnnotationFormat, ...] = ("coco", "voc", "yolo", "labelme")
SCORES = st.none() | st.floats(0, 1, width=64)
DIFFICULT = st.booleans()
FEW = settings(max_examples=40, deadline=None)


def target_in(folder: Path, name: AnnotationFormat) -> Path:
    return folder / "out" / ("annotations.json" if name == "coco" else name)


def there_and_back(name: AnnotationFormat, shapes: Sequence[Shape]) -> tuple[Shape, ...]:
    with tempfile.TemporaryDirectory() as place:
        picture = make_picture(Path(place) / "images" / "a.png")
        target = target_in(Path(place), name)
        write(one_set(picture, *shapes), name, target)
        back = read(target)
        assert [found.file for found in back.pictures] == [picture]
        assert not back.findings
        return back.pictures[0].shapes


def points_of(shapes: Sequence[Shape]) -> list[float]:
    return [value for shape in shapes for point in shape.points for value in point]


def without_points(shapes: Sequence[Shape]) -> list[tuple[object, ...]]:
    return [(s.label, s.kind, len(s.points), s.score, s.is_difficult) for s in shapes]


@FEW
@given(
    st.lists(boxes(score=SCORES, is_difficult=DIFFICULT) | polygons(score=SCORES), unique=True).map(
        with_area
    )
)
def test_coco_keeps_boxes_polygons_scores_and_crowds(shapes: list[Shape]) -> None:
    back = there_and_back("coco", shapes)
    assert without_points(back) == without_points(shapes)
    assert points_of(back) == pytest.approx(points_of(shapes), rel=0, abs=1e-12)


@FEW
@given(st.lists(polygons() | polygons(score=SCORES), unique=True).map(with_area))
def test_coco_keeps_every_bit_of_a_polygon(shapes: list[Shape]) -> None:
    assert there_and_back("coco", shapes) == tuple(shapes)


@FEW
@given(
    st.lists(
        boxes(score=SCORES, is_difficult=DIFFICULT) | polygons(is_difficult=DIFFICULT), unique=True
    ).map(with_area)
)
def test_labelme_keeps_every_bit(shapes: list[Shape]) -> None:
    assert there_and_back("labelme", shapes) == tuple(shapes)


@FEW
@given(st.lists(boxes(is_difficult=DIFFICULT), unique=True))
def test_voc_keeps_boxes_and_difficult(shapes: list[Shape]) -> None:
    back = there_and_back("voc", shapes)
    assert without_points(back) == without_points(shapes)
    assert points_of(back) == pytest.approx(points_of(shapes), rel=0, abs=1e-8)


@FEW
@given(st.lists(boxes() | polygons(), unique=True).map(with_area))
def test_yolo_keeps_boxes_beside_polygons(shapes: list[Shape]) -> None:
    back = there_and_back("yolo", shapes)
    assert without_points(back) == without_points(shapes)
    assert points_of(back) == pytest.approx(points_of(shapes), rel=0, abs=1e-6)


@pytest.mark.parametrize("name", FORMATS)
def test_yolo_and_all_others_are_exact_on_a_huge_picture(
    name: AnnotationFormat, tmp_path: Path
) -> None:
    picture = make_picture(tmp_path / "huge.png", (20_011, 3))
    shape = Shape.box("a", 12_345.678, 0.125, 20_010.9, 2.75)
    target = target_in(tmp_path, name)
    write(one_set(picture, shape, size=(20_011, 3)), name, target)
    (back,) = read(target, tmp_path).pictures[0].shapes
    assert back.box_xyxy == pytest.approx(shape.box_xyxy, abs=1e-5)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "picture_name", ["ünïcode 人 .png", "two  spaces.png", "dots.in.name.PNG", "100%_{x}#'.png"]
)
def test_names_of_pictures_and_classes_survive(
    name: AnnotationFormat, picture_name: str, tmp_path: Path
) -> None:
    picture = make_picture(tmp_path / "my pictures" / picture_name)
    shape = Shape.box("Größe & <so> 'weiter'", 1, 2, 30, 40)
    target = target_in(tmp_path, name)
    write(one_set(picture, shape), name, target)
    back = read(target)
    assert [(found.file, found.shapes) for found in back.pictures] == [(picture, (shape,))]
    assert back.findings == ()


@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_without_shapes_comes_back_empty(name: AnnotationFormat, tmp_path: Path) -> None:
    picture = make_picture(tmp_path / "a.png")
    target = target_in(tmp_path, name)
    write(one_set(picture, classes=("cat",)), name, target)
    back = read(target, tmp_path)
    assert [(found.file, found.shapes) for found in back.pictures] == [(picture, ())]


@pytest.mark.parametrize("name", FORMATS)
def test_no_pictures_at_all_are_written_and_checked(name: AnnotationFormat, tmp_path: Path) -> None:
    written = write(AnnotationSet((), ("cat",)), name, target_in(tmp_path, name))
    assert all(path.is_file() for path in written)


@pytest.mark.parametrize("name", FORMATS)
def test_ten_thousand_boxes_come_back(
    name: AnnotationFormat, tmp_path: Path, random: np.random.Generator
) -> None:
    corners = random.integers(0, 400, (10_000, 2)) + random.integers(0, 8, (10_000, 2)) / 8
    shapes = [Shape.box("a", x, y, x + 8.5, y + 7.25) for x, y in corners.tolist()]
    shapes = list(dict.fromkeys(shapes))
    picture = make_picture(tmp_path / "a.png")
    target = target_in(tmp_path, name)
    write(one_set(picture, *shapes), name, target)
    back = read(target, tmp_path).pictures[0].shapes
    assert len(back) == len(shapes)
    assert points_of(back) == pytest.approx(points_of(shapes), abs=1e-6)


@pytest.mark.parametrize("name", FORMATS)
def test_writing_what_was_read_changes_no_byte(name: AnnotationFormat, tmp_path: Path) -> None:
    shapes = (Shape.box("b", 1.08, 187.69, 612.67, 473.53), Shape.box("a", 3.1, 4.7, 5.9, 26.53))
    picture = make_picture(tmp_path / "a.png")
    target = target_in(tmp_path, name)
    before = {path: path.read_bytes() for path in write(one_set(picture, *shapes), name, target)}
    write(read(target, tmp_path), name, target)
    assert {path: path.read_bytes() for path in before} == before


def three_pictures(folder: Path) -> AnnotationSet:
    names = ("a.jpg", "b b.png", "ç.jpg")
    files = [make_picture(folder / "images" / name) for name in names]
    return AnnotationSet(
        (
            PictureAnnotations(
                files[0],
                WIDTH,
                HEIGHT,
                (Shape.box("cat", 10, 20, 110, 70), Shape.box("dog", 0, 0, WIDTH, HEIGHT)),
            ),
            PictureAnnotations(files[1], WIDTH, HEIGHT, (Shape.box("bird", 3, 4, 5, 6),)),
            PictureAnnotations(files[2], WIDTH, HEIGHT, ()),
        ),
        ("cat", "dog", "bird"),
    )


def boxes_by_name(dataset: supervision.DetectionDataset) -> dict[str, list[tuple[object, ...]]]:
    return {
        Path(path).name: [
            (dataset.classes[index], *box)
            for index, box in zip(
                dataset.annotations[path].class_id.tolist(),
                np.round(dataset.annotations[path].xyxy, 3).tolist(),
                strict=True,
            )
        ]
        if len(dataset.annotations[path])
        else []
        for path in dataset.image_paths
    }


def expected_boxes(annotations: AnnotationSet) -> dict[str, list[tuple[object, ...]]]:
    return {
        picture.file.name: [(shape.label, *shape.box_xyxy) for shape in picture.shapes]
        for picture in annotations.pictures
    }


def test_supervision_reads_the_same_boxes_from_coco(tmp_path: Path) -> None:
    annotations = three_pictures(tmp_path)
    write(annotations, "coco", tmp_path / "c.json")
    dataset = supervision.DetectionDataset.from_coco(
        str(tmp_path / "images"), str(tmp_path / "c.json")
    )
    assert boxes_by_name(dataset) == expected_boxes(annotations)


def test_supervision_reads_the_same_boxes_from_voc(tmp_path: Path) -> None:
    annotations = three_pictures(tmp_path)
    write(annotations, "voc", tmp_path / "voc")
    dataset = supervision.DetectionDataset.from_pascal_voc(
        str(tmp_path / "images"), str(tmp_path / "voc")
    )
    assert boxes_by_name(dataset) == expected_boxes(annotations)


def test_supervision_reads_the_same_boxes_from_yolo(tmp_path: Path) -> None:
    annotations = three_pictures(tmp_path)
    write(annotations, "yolo", tmp_path / "labels")
    dataset = supervision.DetectionDataset.from_yolo(
        str(tmp_path / "images"), str(tmp_path / "labels"), str(tmp_path / "labels" / "data.yaml")
    )
    assert boxes_by_name(dataset) == expected_boxes(annotations)
    assert dataset.classes == ["cat", "dog", "bird"]


def test_supervision_reads_the_same_boxes_from_labelme(tmp_path: Path) -> None:
    annotations = three_pictures(tmp_path)
    write(annotations, "labelme", tmp_path / "labelme")
    dataset = supervision.DetectionDataset.from_labelme(
        str(tmp_path / "images"), str(tmp_path / "labelme")
    )
    assert boxes_by_name(dataset) == expected_boxes(annotations)


def test_supervision_takes_boxes_among_polygons_for_their_rectangles(tmp_path: Path) -> None:
    picture = make_picture(tmp_path / "images" / "a.jpg")
    triangle = Shape("a", ((10.0, 10.0), (50.0, 10.0), (30.0, 40.0)), "polygon")
    write(one_set(picture, triangle, Shape.box("a", 100, 100, 164, 148)), "yolo", tmp_path / "l")
    dataset = supervision.DetectionDataset.from_yolo(
        str(tmp_path / "images"), str(tmp_path / "l"), str(tmp_path / "l" / "data.yaml")
    )
    (found,) = dataset.annotations.values()
    assert found.xyxy[1].tolist() == pytest.approx([100, 100, 164, 148], abs=1e-3)


def test_pycocotools_finds_the_same_boxes_and_areas(tmp_path: Path) -> None:
    picture = make_picture(tmp_path / "a.jpg")
    shapes = (
        Shape.box("box", 10.5, 20.25, 110.75, 70.5),
        Shape("poly", ((10.0, 10.0), (200.0, 10.0), (200.0, 90.0)), "polygon", is_difficult=True),
    )
    write(one_set(picture, *shapes), "coco", tmp_path / "c.json")
    coco = COCO(str(tmp_path / "c.json"))
    first, second = coco.loadAnns(coco.getAnnIds())
    assert first["bbox"] == [10.5, 20.25, 100.25, 50.25]
    assert first["area"] == 100.25 * 50.25
    assert second["bbox"] == [10, 10, 190, 80]
    assert second["area"] == 190 * 80 / 2
    assert [first["iscrowd"], second["iscrowd"]] == [0, 1]
    assert mask.area(coco.annToRLE(second)) == pytest.approx(second["area"], rel=0.02)
    assert [coco.cats[entry["category_id"]]["name"] for entry in (first, second)] == ["box", "poly"]
    assert coco.loadImgs(coco.getImgIds())[0]["file_name"] == "a.jpg"


def test_real_coco_is_read_with_the_counts_of_the_raw_json(data_folder: Path) -> None:
    source = data_folder / "coco128-train" / "annotations.json"
    raw = json.loads(source.read_text())
    found = read(source)
    assert found.format == "coco"
    assert len(found.pictures) == len(raw["images"])
    assert [len(picture.shapes) for picture in found.pictures] == [
        sum(entry["image_id"] == image["id"] for entry in raw["annotations"])
        for image in raw["images"]
    ]
    assert found.classes == tuple(entry["name"] for entry in raw["categories"])
    assert found.class_ids == tuple(range(80))
    assert all(picture.file.is_file() for picture in found.pictures)
    assert found.findings == ()


def test_real_polygons_are_read_from_yolo(data_folder: Path) -> None:
    folder = data_folder / "coco128-train"
    found = read(folder / "polygons", folder / "images")
    lines = [
        line
        for file in (folder / "polygons").glob("*.txt")
        for line in file.read_text().splitlines()
        if line.strip()
    ]
    shapes = [shape for picture in found.pictures for shape in picture.shapes]
    assert len(found.pictures) == 100
    assert len(shapes) == len(lines)
    assert {shape.kind for shape in shapes} == {"polygon"}
    assert "classes.txt" in of_kind(found.findings, "unknown class").text


@pytest.mark.parametrize("name", FORMATS)
def test_real_coco_survives_every_format(
    name: AnnotationFormat, data_folder: Path, tmp_path: Path
) -> None:
    original = read(data_folder / "coco128-train" / "annotations.json")
    target = target_in(tmp_path, name)
    write(original, name, target)
    there = data_folder / "coco128-train" / "images"
    back = {picture.file: picture.shapes for picture in read(target, there).pictures}
    assert back.keys() == {picture.file for picture in original.pictures}
    for picture in original.pictures:
        found = back[picture.file]
        assert without_points(found) == without_points(picture.shapes)
        assert points_of(found) == pytest.approx(points_of(picture.shapes), abs=1e-6)
