"""A class that is called otherwise now: the table of a file says so, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.api.annotations import AnnotationFormat, AnnotationSet, PictureAnnotations, Shape
from engine.api.errors import StorageError
from tests.engine.data.formats.support import make_picture, moved, read, save

COCO = """{
 "images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80},
            {"id": 2, "file_name": "b.jpg", "width": 100, "height": 80}],
 "annotations": [
  {"id": 11, "image_id": 1, "category_id": 5, "bbox": [1.0, 1, 9, 9], "track_id": 7},
  {"id": 12, "image_id": 2, "category_id": 5, "bbox": [20, 10, 40, 20], "area": 8e2},
  {"id": 13, "image_id": 2, "category_id": 9, "bbox": [2, 10, 40, 20]}
 ],
 "categories": [{"id": 5, "name": "cat", "skeleton": [[1, 2]]}, {"id": 9, "name": "dog"}]
}
"""
LABELS = {"a.txt": "0 .5 .50 .2 .2 .9\r\n", "b.txt": "0 .1 .1 .1 .1\n1 .50 .5 .1 .1\n"}
TABLE = "train: .\nnames: [cat, dog]  # two\nkpt: 3\n"
RENAMED = (("cat", "kitten"),)


def labelled(picture: PictureAnnotations, old: str, new: str) -> PictureAnnotations:
    shapes = (replace(s, label=new) if s.label == old else s for s in picture.shapes)
    return replace(picture, shapes=tuple(shapes))


def write_coco(folder: Path) -> Path:
    for name in ("a.jpg", "b.jpg"):
        make_picture(folder / name, (100, 80))
    (folder / "c.json").write_text(COCO)
    return folder / "c.json"


def write_yolo(folder: Path, table: str) -> Path:
    for name in ("a.jpg", "b.jpg"):
        make_picture(folder / name, (100, 80))
    for name, text in LABELS.items():
        (folder / name).write_bytes(text.encode())
    (folder / table).write_bytes(TABLE.encode() if table == "data.yaml" else b"cat\r\n dog \r\n")
    return folder


def test_a_coco_category_keeps_its_id_and_every_annotation_its_text(tmp_path: Path) -> None:
    file = write_coco(tmp_path)
    found = read(file)
    pictures = (labelled(picture, "cat", "kitten") for picture in found.pictures)
    save(replace(found, classes=("kitten", "dog")), file, *pictures, renamed=RENAMED)
    assert file.read_text() == COCO.replace('"name": "cat"', '"name": "kitten"')


@pytest.mark.parametrize("table", ["classes.txt", "obj.names", "data.yaml"])
def test_a_yolo_class_keeps_its_index_and_every_label_its_line(table: str, tmp_path: Path) -> None:
    write_yolo(tmp_path, table)
    found = read(tmp_path)
    pictures = (labelled(picture, "cat", "kitten") for picture in found.pictures)
    save(replace(found, classes=("kitten", "dog")), tmp_path, *pictures, renamed=RENAMED)
    assert {name: (tmp_path / name).read_bytes().decode() for name in LABELS} == LABELS
    text = (tmp_path / table).read_bytes().decode()
    if table == "data.yaml":
        assert "train: ." in text
        assert "kpt: 3" in text
    else:
        assert text == "kitten\r\n dog \r\n"
    again = read(tmp_path)
    assert again.classes == ("kitten", "dog")
    assert [[s.label for s in p.shapes] for p in again.pictures] == [["kitten"], ["kitten", "dog"]]


def written(name: AnnotationFormat, folder: Path) -> tuple[AnnotationSet, Path]:
    if name == "coco":
        file = write_coco(folder)
        return read(file), file
    write_yolo(folder, "classes.txt")
    return read(folder), folder


@pytest.mark.parametrize("name", ["coco", "yolo"])
class TestTables:
    def test_the_next_save_is_no_foreign_change(
        self, name: AnnotationFormat, tmp_path: Path
    ) -> None:
        found, target = written(name, tmp_path)
        pictures = [labelled(picture, "cat", "kitten") for picture in found.pictures]
        found = replace(found, classes=("kitten", "dog"))
        now = save(found, target, *pictures, renamed=RENAMED).pictures
        again = replace(now[0], shapes=(moved(now[0].shapes[0]),))
        save(found, target, again, now[1])
        assert read(target).pictures[0].shapes[0].label == "kitten"
        assert read(target).classes == ("kitten", "dog")

    def test_another_program_s_change_is_told_all_the_same(
        self, name: AnnotationFormat, tmp_path: Path
    ) -> None:
        found, target = written(name, tmp_path)
        theirs = read(target)
        changed = replace(theirs.pictures[0], shapes=(moved(theirs.pictures[0].shapes[0], 5),))
        save(theirs, target, changed)
        pictures = [labelled(picture, "cat", "kitten") for picture in found.pictures]
        found = replace(found, classes=("kitten", "dog"))
        pictures[0] = replace(pictures[0], shapes=(Shape.box("kitten", 1, 2, 30, 40),))
        with pytest.raises(StorageError, match="another program has changed"):
            save(found, target, *pictures, renamed=RENAMED)

    def test_a_shape_with_the_old_name_keeps_it(
        self, name: AnnotationFormat, tmp_path: Path
    ) -> None:
        found, target = written(name, tmp_path)
        first, second = found.pictures
        save(found, target, labelled(first, "cat", "kitten"), second, renamed=RENAMED)
        again = read(target)
        assert again.classes == ("cat", "dog", "kitten")
        assert [[s.label for s in p.shapes] for p in again.pictures] == [
            ["kitten"],
            ["cat", "dog"],
        ]

    def test_a_name_that_is_there_already_joins_both_classes(
        self, name: AnnotationFormat, tmp_path: Path
    ) -> None:
        found, target = written(name, tmp_path)
        pictures = (labelled(picture, "cat", "dog") for picture in found.pictures)
        save(found, target, *pictures, renamed=(("cat", "dog"),))
        again = read(target)
        assert [[s.label for s in p.shapes] for p in again.pictures] == [["dog"], ["dog", "dog"]]
        assert again.classes == ("cat", "dog")  # ids stay what they were
