"""Annotation files after public bug reports: read with their meaning, saved without a loss."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.api.annotations import AnnotationSet, PictureAnnotations, ReadSidecar, Shape
from engine.service import execute
from tests.engine.data.formats.support import context, kinds, of_kind, read, save

Case = Callable[[str], Path]


def test_coco_rotation_is_a_polygon_of_the_turned_corners(case: Case) -> None:
    (picture,) = read(case("coco-rotation") / "c.json").pictures
    (shape,) = picture.shapes
    assert shape.kind == "polygon"
    assert set(shape.points) == {(45, 15), (55, 15), (55, 55), (45, 55)}


def test_coco_same_name_gives_the_opened_picture_its_own_box(case: Case) -> None:
    folder = case("coco-same-name")
    found = read(folder / "c.json", folder / "a")
    boxes = {picture.file: [s.box_xyxy for s in picture.shapes] for picture in found.pictures}
    assert boxes[folder / "a" / "0001.jpg"] == [(1, 1, 6, 6)]
    assert "b/0001.jpg" in of_kind(found.findings, "missing picture").text
    assert "duplicate" not in kinds(found.findings)


def test_coco_save_drops_nothing_of_pictures_that_were_not_edited(case: Case) -> None:
    folder = case("coco-save-drops")
    file = folder / "instances.json"
    before = json.loads(file.read_text())
    found = read(file, folder / "images")
    first = found.pictures[0]
    drawn = Shape.box("cat", 30, 30, 50, 60)
    save(found, file, replace(first, shapes=(*first.shapes, drawn)))
    after = json.loads(file.read_text())
    (added,) = (entry for entry in after["annotations"] if entry not in before["annotations"])
    assert added["bbox"] == [30, 30, 20, 30]
    after["annotations"].remove(added)
    assert after == before


def test_foreign_json_does_not_hide_the_yolo_labels(case: Case) -> None:
    folder = case("foreign-json")
    sidecar = execute(ReadSidecar(folder / "a.jpg"), context())
    assert sidecar.source == folder / "a.txt"
    (picture,) = sidecar.annotations.pictures
    size = picture.width, picture.height
    x1, y1, x2, y2 = picture.shapes[0].box_xyxy
    assert picture.shapes[0].label == "x"
    assert (x1 / size[0], y1 / size[1], x2 / size[0], y2 / size[1]) == (0.4, 0.4, 0.6, 0.6)


def test_labelme_keeps_flags_and_attributes_of_a_shape_when_another_is_drawn(case: Case) -> None:
    folder = case("labelme-save-drops-flags")
    before = json.loads((folder / "a.json").read_text())
    found = read(folder / "a.json")
    (picture,) = found.pictures
    save(found, folder, replace(picture, shapes=(*picture.shapes, Shape.box("x", 5, 5, 9, 9))))
    after = json.loads((folder / "a.json").read_text())
    assert len(after["shapes"]) == 2
    del after["shapes"][1]
    assert after == before


def test_long_name_is_saved(case: Case) -> None:
    folder = case("long-name")
    (picture,) = folder.glob("*.jpg")
    found = read_nothing(picture)
    save(found, folder, replace(found.pictures[0], shapes=(Shape.box("x", 5, 5, 9, 9),)))
    document = json.loads(picture.with_suffix(".json").read_text())
    assert document["imagePath"] == picture.name


def read_nothing(picture: Path) -> AnnotationSet:
    return AnnotationSet((PictureAnnotations(picture, 0, 0, ()),), ("x",), "labelme")


def test_nfd_names_are_those_of_the_composed_picture(case: Case) -> None:
    folder = case("nfd-names")
    (there,) = folder.glob("*.jpg")
    assert unicodedata.is_normalized("NFC", there.name)
    for found in (read(folder / "c.json"), read(folder / "yolo", folder)):
        assert [picture.file for picture in found.pictures] == [there]
        assert len(found.pictures[0].shapes) == 1
        assert "missing picture" not in kinds(found.findings)


def test_voc_stale_filename_is_the_box_of_the_picture_of_its_own_name(case: Case) -> None:
    folder = case("voc-stale-filename")
    sidecar = execute(ReadSidecar(folder / "b.jpg"), context())
    for found in (sidecar.annotations, read(folder)):
        (picture,) = found.pictures
        assert picture.file == folder / "b.jpg"
        assert picture.shapes == (Shape.box("cat", 10, 10, 150, 150),)
    assert execute(ReadSidecar(folder / "a.jpg"), context()) is None


def test_yolo_pose_is_the_box_and_says_that_keypoints_are_not_kept(case: Case) -> None:
    folder = case("yolo-pose")
    person = Shape.box("person", 30, 16, 70, 64)
    found = read(folder)
    assert {picture.file: picture.shapes for picture in found.pictures} == {
        folder / "images" / "a.jpg": (person,),
        folder / "three" / "images" / "a.jpg": (person,),
    }
    assert kinds(found.findings) == ["unsupported", "unsupported"]
    assert all("keypoints" in finding.text for finding in found.findings)
