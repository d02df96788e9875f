"""Saving keeps what it did not understand: only the fields that were edited change."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from engine.api.annotations import (
    AnnotationFormat,
    PictureAnnotations,
    Shape,
)
from engine.api.errors import StorageError
from tests.engine.data.formats.support import check, make_picture, moved, of_kind, read, save

BOX = Shape.box("cat", 40, 40, 60, 70)


# Everything that COCO can hold, in the manner of three programs.
COCO = """{
 "info": {"year": 2017, "note": "caf\\u00e9"},
 "custom": [1.50, 2e0],
 "images": [
  {"id": 1, "file_name": "a.jpg", "width": 100, "height": 80, "license": 4},
  {"id": 2, "file_name": "b.jpg", "width": 100, "height": 80}
 ],
 "annotations": [
  {"id": 11, "image_id": 1, "category_id": 5, "bbox": [1.0, 1, 9, 9], "area": 81, "iscrowd": 0,
   "segmentation": [], "keypoints": [2, 2, 2, 5, 5, 1], "attributes": {"occluded": true},
   "track_id": 7},
  {"id": 14, "image_id": 1, "category_id": 5, "bbox": [20, 20, 10, 10], "area": 1e2,
   "iscrowd":0, "segmentation": [[20, 20, 30, 20, 30, 30, 20, 30]], "unknown": null},
  {"id": 12, "image_id": 2, "category_id": 9, "bbox": [20, 10, 40, 20], "area": 750,
   "segmentation": {"size": [80, 100], "counts": "Zb1d0l1000"}},
  {"id": 15, "image_id": 1, "category_id": 9, "bbox": [50, 50, 7, 7], "area": 40, "iscrowd": 1,
   "segmentation": {"size": [80, 100], "counts": [4050, 7, 3943]}},
  {"id": 13, "image_id": 1, "category_id": 9, "bbox": [10, 10, 60, 20], "area": 400,
   "segmentation": [[10, 10, 20, 10, 20, 30, 10, 30], [60, 10, 70, 10, 70, 30, 60, 30]]}
 ],
 "categories": [{"id": 5, "name": "cat", "skeleton": [[1, 2]]}, {"id": 9, "name": "dog"}]
}
"""

VOC = """<?xml version="1.0" encoding="utf-8"?>
<annotation verified="yes">
  <!-- by hand -->
  <folder>f</folder><filename>a.jpg</filename>
  <source><database>MyDB</database></source>
  <size><width>100</width><height>80</height><depth>3</depth></size>
  <segmented>1</segmented>
  <object>
    <name>cat</name><pose>Left</pose><truncated>1</truncated><occluded>1</occluded>
    <difficult>0</difficult>
    <bndbox><xmin>11</xmin><ymin>11.0</ymin><xmax>50</xmax><ymax>50</ymax></bndbox>
    <part><name>head</name><bndbox><xmin>2</xmin></bndbox></part>
  </object>
  <!-- no bndbox: not understood -->
  <object><name>turned</name><robndbox><cx>5</cx></robndbox></object>
  <object id="3"><name>dog</name><bndbox>
    <xmax>9</xmax><ymin>1</ymin><xmin>1</xmin><ymax>9</ymax></bndbox></object>
</annotation>
"""

LABELME = """{
 "version": "5.4.1", "flags": {"night": true},
 "shapes": [
  {"label": "cat", "points": [[1, 1], [20, 1.0], [20, 20]], "group_id": 3, "description": "d",
   "shape_type": "polygon", "flags": {"occluded": true}, "attributes": {"colour": "red"}},
  {"label": "o", "points": [[5, 5], [9, 9]], "shape_type": "circle"},
  {"label": "dog", "points": [[50, 60], [40, 30]], "shape_type": "rectangle", "flags": {},
   "score": 0.50, "difficult": false, "kie_linking": []}
 ],
 "imagePath": "a.jpg", "imageData": "aGVsbG8=", "imageHeight": 80, "imageWidth": 100,
 "checked": 1e0
}
"""

YOLO = "0 .500 0.5 0.4 0.5 0.90 17\r\n\r\nnot a line\r\n1 0.10 0.1  0.05 0.05\r\n"


def files_of(folder: Path, name: AnnotationFormat) -> tuple[Path, Path]:
    """Write everything that a format can hold; returns the file and what is written to."""
    for picture in ("a.jpg", "b.jpg"):
        make_picture(folder / picture, (100, 80))
    suffixes = {"coco": "c.json", "voc": "a.xml", "labelme": "a.json", "yolo": "a.txt"}
    content = {"coco": COCO, "voc": VOC, "labelme": LABELME, "yolo": YOLO}[name]
    file = folder / suffixes[name]
    file.write_bytes(content.encode())
    if name == "yolo":
        (folder / "classes.txt").write_bytes(b"cat\r\ndog")
    return file, file if name == "coco" else folder


FORMATS: tuple[AnnotationFormat, ...] = ("coco", "voc", "labelme", "yolo")


@pytest.mark.parametrize("name", FORMATS)
def test_saving_without_an_edit_changes_no_byte(name: AnnotationFormat, tmp_path: Path) -> None:
    file, target = files_of(tmp_path, name)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".yaml"}
    found = read(file)
    save(found, target, *found.pictures)
    assert {path: path.read_bytes() for path in before} == before


EDITS = {
    "coco": (
        '"bbox": [1.0, 1, 9, 9], "area": 81',
        '"bbox": [2.0, 2.0, 9.0, 9.0], "area": 81.0',
    ),
    "voc": (
        "<xmin>11</xmin><ymin>11.0</ymin><xmax>50</xmax><ymax>50</ymax>",
        "<xmin>12</xmin><ymin>12</ymin><xmax>51</xmax><ymax>51</ymax>",
    ),
    "labelme": ("[[1, 1], [20, 1.0], [20, 20]]", "[[2.0, 2.0], [21.0, 2.0], [21.0, 21.0]]"),
    "yolo": ("0 .500 0.5 0.4 0.5 0.90 17", "0 0.51 0.5125 0.4 0.5 0.90 17"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_moved_shape_changes_its_points_and_nothing_else(
    name: AnnotationFormat, tmp_path: Path
) -> None:
    file, target = files_of(tmp_path, name)
    content = file.read_bytes().decode()
    found = read(file)
    picture = found.pictures[0]
    first, *others = picture.shapes
    save(found, target, replace(picture, shapes=(moved(first), *others)))
    old, new = EDITS[name]
    assert file.read_bytes().decode() == content.replace(old, new)


RENAMED = {
    "coco": (
        '"id": 11, "image_id": 1, "category_id": 5',
        '"id": 11, "image_id": 1, "category_id": 9',
    ),
    "voc": ("<name>cat</name>", "<name>dog</name>"),
    "labelme": ('"label": "cat"', '"label": "dog"'),
    "yolo": ("0 .500 0.5", "1 .500 0.5"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_another_class_changes_the_class_and_nothing_else(
    name: AnnotationFormat, tmp_path: Path
) -> None:
    file, target = files_of(tmp_path, name)
    content = file.read_bytes().decode()
    found = read(file)
    picture = found.pictures[0]
    first, *others = picture.shapes
    save(found, target, replace(picture, shapes=(replace(first, label="dog"), *others)))
    assert file.read_bytes().decode() == content.replace(*RENAMED[name])


@pytest.mark.parametrize("name", FORMATS)
def test_a_drawn_shape_is_added_and_all_else_stays(name: AnnotationFormat, tmp_path: Path) -> None:
    file, target = files_of(tmp_path, name)
    content = file.read_bytes().decode()
    found = read(file)
    picture = found.pictures[0]
    save(found, target, replace(picture, shapes=(*picture.shapes, BOX)))
    new = file.read_bytes().decode()
    pairs = enumerate(zip(content, new, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), len(content))
    assert new.startswith(content[:at])
    assert new.endswith(content[at:])
    assert read(file).pictures[0].shapes == (*picture.shapes, BOX)


@pytest.mark.parametrize("name", FORMATS)
def test_a_removed_shape_goes_and_what_is_not_understood_stays(
    name: AnnotationFormat, tmp_path: Path
) -> None:
    file, target = files_of(tmp_path, name)
    found = read(file)
    picture = found.pictures[0]
    save(found, target, replace(picture, shapes=picture.shapes[1:]))
    assert read(file).pictures[0].shapes == picture.shapes[1:]
    save(found, target, replace(picture, shapes=()), changed="mine")
    left = file.read_bytes().decode()
    assert name == "yolo" or read(file).pictures[0].shapes == ()
    kept = {
        "coco": ['"counts": "Zb1d0l1000"', '"custom": [1.50, 2e0]'],
        "voc": ["<robndbox><cx>5</cx></robndbox>", "<!-- by hand -->", "<database>MyDB"],
        "labelme": ['"shape_type": "circle"}', '"checked": 1e0', '"imageData": "aGVsbG8="'],
        "yolo": ["not a line\r\n"],
    }[name]
    assert all(text in left for text in kept)


@pytest.mark.parametrize("name", FORMATS)
def test_what_was_removed_comes_back_whole_when_it_is_undone(
    name: AnnotationFormat, tmp_path: Path
) -> None:
    file, target = files_of(tmp_path, name)
    content = file.read_bytes().decode()
    found = read(file)
    picture = found.pictures[0]
    written = save(found, target, replace(picture, shapes=picture.shapes[1:]))
    (now,) = written.pictures
    save(found, target, replace(now, shapes=picture.shapes))
    assert sorted(file.read_bytes().decode().split()) == sorted(content.split())
    assert read(file).pictures[0].shapes == picture.shapes


@pytest.mark.parametrize("name", FORMATS)
def test_a_copy_is_a_new_object(name: AnnotationFormat, tmp_path: Path) -> None:
    file, target = files_of(tmp_path, name)
    found = read(file)
    picture = found.pictures[0]
    copy = replace(moved(picture.shapes[0], 3), score=None)
    save(found, target, replace(picture, shapes=(*picture.shapes, copy)))
    assert read(file).pictures[0].shapes == (*picture.shapes, copy)
    if name == "coco":
        ids = [entry["id"] for entry in json.loads(file.read_text())["annotations"]]
        assert len(set(ids)) == len(ids) == 6
        assert 16 in ids


class TestCoco:
    def test_one_part_of_an_object_is_moved_and_the_other_stays(self, tmp_path: Path) -> None:
        file, target = files_of(tmp_path, "coco")
        found = read(file)
        picture = found.pictures[0]
        *others, first, second = picture.shapes
        save(found, target, replace(picture, shapes=(*others, first, moved(second))))
        entry = json.loads(file.read_text())["annotations"][4]
        assert entry["id"] == 13
        assert entry["segmentation"][0] == [10, 10, 20, 10, 20, 30, 10, 30]
        assert entry["segmentation"][1] == [61, 11, 71, 11, 71, 31, 61, 31]
        assert entry["bbox"] == [10, 10, 61, 21]
        assert "[10, 10, 20, 10, 20, 30, 10, 30]" in file.read_text()

    def test_an_edited_run_length_mask_is_told_before_it_goes(self, tmp_path: Path) -> None:
        file, target = files_of(tmp_path, "coco")
        found = read(file)
        picture = found.pictures[0]
        crowd = next(s for s in picture.shapes if s.is_difficult)
        shapes = tuple(moved(s) if s is crowd else s for s in picture.shapes)
        edited = replace(found, pictures=(replace(picture, shapes=shapes),))
        text = of_kind(check(edited, "coco", target), "unsupported").text
        assert "1 shape: have a run-length mask, which no longer fits" in text
        renamed = tuple(replace(s, label="cat") if s is crowd else s for s in picture.shapes)
        save(found, target, replace(picture, shapes=renamed))
        entry = json.loads(file.read_text())["annotations"][3]
        assert entry["category_id"] == 5
        assert entry["segmentation"] == {"size": [80, 100], "counts": [4050, 7, 3943]}

    def test_pictures_and_categories_are_added_behind_the_others(self, tmp_path: Path) -> None:
        file, target = files_of(tmp_path, "coco")
        found = read(file)
        new = make_picture(tmp_path / "n.jpg", (100, 80))
        bird = Shape.box("bird", 1, 2, 3, 4)
        written = save(found, target, PictureAnnotations(new, 100, 80, (bird,)))
        document = json.loads(file.read_text())
        assert [image["id"] for image in document["images"]] == [1, 2, 3]
        assert document["categories"][2] == {"id": 10, "name": "bird", "supercategory": ""}
        assert document["annotations"][5]["id"] == 16
        assert written.pictures[0].source.image_id == 3

    def test_of_another_file_attributes_are_kept_and_ids_are_free(self, tmp_path: Path) -> None:
        file, _ = files_of(tmp_path, "coco")
        found = read(file)
        save(found, tmp_path / "copy.json", *found.pictures)
        copy = json.loads((tmp_path / "copy.json").read_text())
        assert [entry["id"] for entry in copy["annotations"]] == [11, 14, 15, 13, 12]
        assert copy["annotations"][0]["attributes"] == {"occluded": True}


@pytest.mark.parametrize("name", FORMATS)
class TestAFileThatAnotherProgramHasChanged:
    def test_it_is_told_and_not_written_over(self, name: AnnotationFormat, tmp_path: Path) -> None:
        file, target = files_of(tmp_path, name)
        mine, theirs = read(file), read(file)
        picture = mine.pictures[0]
        other = replace(picture, shapes=(moved(picture.shapes[0], 2), *picture.shapes[1:]))
        save(theirs, target, other)
        now = file.read_bytes()
        edited = replace(picture, shapes=(*picture.shapes, BOX))
        finding = of_kind(check(replace(mine, pictures=(edited,)), name, target), "changed")
        assert "another program has changed the annotations of a.jpg" in finding.text
        with pytest.raises(StorageError, match="another program has changed"):
            save(mine, target, edited)
        assert file.read_bytes() == now
        save(mine, target, edited, changed="both")
        both = set(read(file).pictures[0].shapes)
        assert both == {moved(picture.shapes[0], 2), *picture.shapes[1:], BOX}
        save(mine, target, edited, changed="mine")
        assert set(read(file).pictures[0].shapes) == {*picture.shapes, BOX}

    def test_what_was_written_before_a_save_was_stopped_is_no_foreign_change(
        self, name: AnnotationFormat, tmp_path: Path
    ) -> None:
        file, target = files_of(tmp_path, name)
        found = read(file)
        edited = replace(found.pictures[0], shapes=(*found.pictures[0].shapes[1:], BOX))
        save(found, target, edited)  # nobody heard of it
        now = file.read_bytes()
        save(found, target, edited)
        assert file.read_bytes() == now

    def test_saving_twice_is_no_foreign_change(
        self, name: AnnotationFormat, tmp_path: Path
    ) -> None:
        file, target = files_of(tmp_path, name)
        found = read(file)
        picture = replace(found.pictures[0], shapes=(*found.pictures[0].shapes, BOX))
        (now,) = save(found, target, picture).pictures
        again = replace(now, shapes=(moved(now.shapes[0]), *now.shapes[1:]))
        save(found, target, again)
        assert set(read(file).pictures[0].shapes) == set(again.shapes)


def test_another_picture_of_the_same_coco_file_is_no_conflict(tmp_path: Path) -> None:
    file, target = files_of(tmp_path, "coco")
    mine, theirs = read(file), read(file)
    save(theirs, target, replace(theirs.pictures[1], shapes=()))
    save(mine, target, replace(mine.pictures[0], shapes=(BOX,)))
    assert [picture.shapes for picture in read(file).pictures] == [(BOX,), ()]


def test_what_only_one_format_holds_is_told_before_an_export_to_another(tmp_path: Path) -> None:
    file, _ = files_of(tmp_path, "labelme")
    found = read(file)
    texts = [f.text for f in check(found, "voc", tmp_path / "out") if f.kind == "unsupported"]
    assert "1 shape: flags, group_id, description and 1 more of labelme cannot be kept" in texts


def test_a_polygon_in_a_file_of_boxes_is_told_to_become_its_box(tmp_path: Path) -> None:
    file, target = files_of(tmp_path, "yolo")
    found = read(file)
    picture = found.pictures[0]
    pond = Shape("cat", ((10.0, 10.0), (50.0, 10.0), (50.0, 40.0)), "polygon")
    edited = replace(picture, shapes=(*picture.shapes, pond))
    text = of_kind(check(replace(found, pictures=(edited,)), "yolo", target), "unsupported").text
    assert text == "1 shape: are polygons and become their boxes"
    save(found, target, edited)
    assert file.read_text().splitlines()[0] == YOLO.splitlines()[0]


@pytest.mark.parametrize("name", ["voc", "labelme", "yolo"])
def test_a_picture_does_not_write_into_the_file_of_its_twin(
    name: AnnotationFormat, tmp_path: Path
) -> None:
    file, target = files_of(tmp_path, name)
    before = file.read_bytes()
    twin = make_picture(tmp_path / "a.png", (100, 80))
    found = replace(read(file), format=name)
    with pytest.raises(StorageError, match=r"a\.jpg; rename one of the two pictures"):
        save(found, target, PictureAnnotations(twin, 100, 80, (BOX,)))
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", ["voc", "labelme", "yolo"])
def test_a_name_composed_otherwise_is_the_same_file(name: AnnotationFormat, tmp_path: Path) -> None:
    suffix = {"voc": ".xml", "labelme": ".json", "yolo": ".txt"}[name]
    file, target = files_of(tmp_path, name)
    decomposed = file.rename(tmp_path / (unicodedata.normalize("NFD", "ü") + suffix))
    picture = make_picture(tmp_path / (unicodedata.normalize("NFC", "ü") + ".jpg"), (100, 80))
    (tmp_path / "a.jpg").unlink()
    found = read(decomposed)
    (entry,) = found.pictures
    assert entry.file == picture
    save(found, target, replace(entry, shapes=(*entry.shapes, BOX)))
    assert [path.name for path in tmp_path.glob(f"*{suffix}") if "classes" not in path.name] == [
        decomposed.name
    ]
