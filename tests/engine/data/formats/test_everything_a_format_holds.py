"""Each shape of a file that holds all that its format can is edited in turn; all else stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from engine.api.annotations import AnnotationFormat, AnnotationSet, PictureAnnotations, Shape
from tests.engine.data.formats.support import make_picture, moved, read, save

COCO = """{
\t"info": {"year": 2026, "version": "1.0", "date_created": "2026/12/01", "x": 1e400},
\t"licenses": [{"id": 4, "name": "CC BY", "url": "http://creativecommons.org/licenses/by/2.0/"}],
\t"annotations": [
\t{"id": 1, "image_id": 7, "category_id": 90, "bbox": [1.0, 1, 9, 9], "area": 81.00, "iscrowd": 0,
\t "segmentation": [], "keypoints": [2, 2, 2, 5, 5, 1], "num_keypoints": 2, "track_id": 3,
\t "attributes": {"occluded": true, "colour": "gr\\u00fcn"}, "score": 0.50},
\t{"id": 2, "image_id": 7, "category_id": 1, "bbox": [20, 20, 10, 10], "area": 1e2, "iscrowd":0,
\t "segmentation": [[20, 20, 30, 20, 30, 30, 20, 30]], "caption": "a cat", "isbbox": false},
\t{"id": 3, "image_id": 7, "category_id": 1, "iscrowd": 1, "area": 7, "bbox": [50, 50, 1, 7],
\t "segmentation": {"size": [80, 100], "counts": [4050, 7, 3943]}},
\t{"id": 4, "image_id": 7, "category_id": 1, "iscrowd": 1, "area": 750, "bbox": [20, 10, 40, 20],
\t "segmentation": {"size": [80, 100], "counts": "Zb1d0l1000"}},
\t{"id": 5, "image_id": 7, "category_id": 1, "iscrowd": 0, "area": 400, "bbox": [10, 40, 60, 20],
\t "segmentation": [[10, 40, 20, 40, 20, 60, 10, 60], [60, 40, 70, 40, 70, 60, 60, 60]]},
\t{"id": 6, "image_id": 7, "category_id": 1, "bbox": [30, 30, 40, 10], "area": 400,
\t "segmentation": [], "attributes": {"rotation": 90.0, "group": 1}},
\t{"id": 7, "image_id": 7, "caption": "two cats on a wall"},
\t{"image_id": 7, "file_name": "a.png", "segments_info": [{"id": 9, "category_id": 1, "area": 3}]},
\t{"id": 9007199254740993, "image_id": 8, "category_id": 1, "bbox": [3, 3, 4, 4], "area": 16}
\t],
\t"images": [
\t{"id": 7, "file_name": "a.jpg", "width": 100, "height": 80, "license": 4, "flickr_url": "",
\t "coco_url": "http://images.cocodataset.org/a.jpg", "date_captured": "2013-11-14 17:02:52"},
\t{"id": 8, "file_name": "b.jpg", "width": 100, "height": 80}
\t],
\t"categories": [
\t{"id": 90, "name": "cat", "supercategory": "animal", "keypoints": ["l", "r"],
\t "skeleton": [[1, 2]]},
\t{"id": 1, "name": "dog", "supercategory": "animal", "isthing": 1, "color": [220, 20, 60]}
\t],
\t"videos": [{"id": 1}], "custom": [1.50, null, {"a": {}}]
}
"""

VOC = """<?xml version="1.0" encoding="{encoding}" standalone="no"?>
<?style sheet?>
<annotation verified="yes">
  <folder>VOC2012</folder><filename>a.jpg</filename><path>C:\\pictures\\a.jpg</path>
  <source><database>My &amp; Büro</database><annotation>PASCAL</annotation></source>
  <owner><flickrid>7</flickrid></owner>
  <size><width>100</width><height>80</height><depth>1</depth></size>
  <segmented>1</segmented>
  <object>
    <name>cat</name><pose>Left</pose><truncated>1</truncated><occluded>1</occluded>
    <bndbox><xmin>11</xmin><ymin>11.0</ymin><xmax>50</xmax><ymax>50.5</ymax></bndbox>
    <difficult>0</difficult>
    <part><name>head</name><bndbox><xmin>2</xmin><ymin>3</ymin></bndbox></part>
    <actions><jumping>1</jumping></actions><point><x>4</x><y>5</y></point>
  </object>
  <object><name><![CDATA[a <b>]]></name><robndbox><cx>5</cx><angle>1.5</angle></robndbox></object>
  <!-- two hands -->
  <object id="3" deleted='0'>\t<name>cat</name><difficult>1</difficult><bndbox>
    <xmax>9</xmax><ymin>1</ymin><xmin>1</xmin><ymax>9</ymax></bndbox>
    <attributes><attribute><name>colour</name><value>grün</value></attribute></attributes></object>
</annotation>
<!-- the end -->
"""

LABELME = """{
  "version": "5.4.1",\t"flags": {"night": true},
  "shapes": [
    {"label": "cat", "points": [[1, 1], [20, 1.0], [20, 20]], "group_id": 3, "description": "d",
     "shape_type": "polygon", "flags": {"occluded": true, "difficult": false}, "mask": null},
    {"label": "o", "points": [[5, 5], [9, 9]], "shape_type": "circle", "flags": {}},
    {"label": "l", "points": [[5, 5], [9, 9]], "shape_type": "line"},
    {"label": "s", "points": [[5, 5], [9, 9], [9, 5]], "shape_type": "linestrip"},
    {"label": "p", "points": [[5, 5]], "shape_type": "point"},
    {"label": "m", "points": [[5, 5], [9, 9]], "shape_type": "mask", "mask": "iVBORw0KGgo="},
    {"label": "dog", "points": [[50, 60], [40, 30]], "shape_type": "rectangle", "flags": {},
     "score": 0.50, "difficult": false, "kie_linking": [], "attributes": {"colour": "gr\\u00fcn"}},
    {"label": "dog", "points": [[60, 5], [90, 5], [90, 25], [60, 25]], "shape_type": "rectangle",
     "line_color": null, "fill_color": [0, 255, 0, 128]},
    {"label": "old", "points": [[1, 70], [20, 70], [20, 79]], "line_color": null}
  ],
  "lineColor": [0, 255, 0, 128], "fillColor": [255, 0, 0, 128],
  "imagePath": ".\\\\a.jpg", "imageData": "aGVsbG8=", "imageHeight": 80, "imageWidth": 100,
  "checked": 1e0
}"""

YOLO = """0 .500 0.5 0.4 0.5 0.90 17\r
\r
1 0.1 0.1 .9 0.1 0.5 0.90\r
# a remark\r
 1  0.10 0.1  0.05 0.05\t
0 0.1 0.1 0.3 0.1 0.3 0.3 0.1 0.3 0.1 0.1 0.25\r
0 0.7 0.7 0.1 0.1"""

POSE = """0 0.5 0.5 0.4 0.6 0.4 0.3 2 0.5 0.25 1
0 0.2 0.2 0.1 0.1 0.15 0.2 0 0.25 0.2 1 0.75
1 0.8 0.8 0.1 0.1 0.75 0.8 2 0.85 0.8 2 0.75 4
"""

TAILS = (
    *(" 0.90 17", "", "", " 0.25", ""),
    *(" 0.4 0.3 2 0.5 0.25 1", " 0.15 0.2 0 0.25 0.2 1 0.75", " 0.75 0.8 2 0.85 0.8 2 0.75 4"),
)
"""What follows the coordinates of each line above that is a shape."""

DATA = """# by hand
path: .
train: images
val: images  # the same
nc: 2
names: {0: cat, 1: dog}
kpt_shape: [2, 3]
flip_idx: [1, 0]
roboflow: {licence: CC BY 4.0, url: 'https://example.org'}
"""

CHANGING = {
    "coco": {"bbox", "area", "segmentation", "attributes"},
    "voc": {"bndbox"},
    "labelme": {"points"},
}


def write_all(folder: Path, name: str, encoding: str) -> Path:
    """Write a file with everything of a format; returns it."""
    for picture in ("a.jpg", "b.jpg"):
        make_picture(folder / picture, (100, 80))
    if name == "yolo":
        (folder / "classes.txt").write_bytes(b"cat\r\ndog")
    if name == "pose":
        (folder / "data.yaml").write_text(DATA)
    suffix = {"coco": ".json", "voc": ".xml", "labelme": ".json"}.get(name, ".txt")
    content = {"coco": COCO, "voc": VOC, "labelme": LABELME, "yolo": YOLO, "pose": POSE}[name]
    text = content.replace("{encoding}", encoding.removesuffix("-sig"))
    file = folder / f"a{suffix}"
    file.write_bytes(text.encode(encoding))
    return file


def fields(entry: str, name: str) -> Any:
    """Return the fields of an entry that an edited outline leaves alone."""
    if name in ("coco", "labelme"):
        found = json.loads(entry)
        attributes = found.get("attributes", {})
        others = {key: value for key, value in found.items() if key not in CHANGING[name]}
        return others, {key: value for key, value in attributes.items() if key != "rotation"}
    if name == "yolo":
        tail = max((tail for tail in TAILS if entry.rstrip().endswith(tail)), key=len)
        return entry.split()[0], tail
    children = ElementTree.fromstring(entry)
    kept = (child for child in children if child.tag not in CHANGING[name])
    return children.attrib, [ElementTree.tostring(child) for child in kept]


def changed_part(old: str, new: str) -> tuple[int, int, int]:
    """Return where two texts begin to differ, and where that ends in each."""
    start = next(
        (i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b),
        min(len(old), len(new)),
    )
    same = 0
    while same < min(len(old), len(new)) - start and old[-1 - same] == new[-1 - same]:
        same += 1
    return start, len(old) - same, len(new) - same


def edited(picture: PictureAnnotations, index: int) -> PictureAnnotations:
    shapes = list(picture.shapes)
    shapes[index] = moved(shapes[index])
    return replace(picture, shapes=tuple(shapes))


ENCODINGS = {
    "coco": ["utf-8", "utf-8-sig"],
    "voc": ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"],
    "labelme": ["utf-8", "utf-8-sig"],
    "yolo": ["utf-8", "utf-8-sig"],
    "pose": ["utf-8"],
}


@pytest.mark.parametrize(
    ("name", "encoding"), [(name, each) for name, listed in ENCODINGS.items() for each in listed]
)
def test_an_edited_shape_changes_its_outline_and_no_other_byte_of_any_file(
    name: str, encoding: str, tmp_path: Path
) -> None:
    file = write_all(tmp_path, name, encoding)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    text = before[file].decode(encoding)
    found = read(file)
    target = file if name == "coco" else tmp_path
    edits = [(picture, index) for picture in found.pictures for index in range(len(picture.shapes))]
    assert len(edits) == {"coco": 8, "voc": 2, "labelme": 4, "yolo": 5, "pose": 3}[name]
    for picture, index in edits:
        file.write_bytes(before[file])
        assert_only_the_outline_changes(found, picture, index, (file, target, text, encoding))
        others = {p: p.read_bytes() for p in before if p != file}
        assert others == {path: content for path, content in before.items() if path != file}
        made = {path.name for path in tmp_path.iterdir()} - {path.name for path in before}
        assert made <= {"data.yaml", "classes.txt"}


def assert_only_the_outline_changes(
    found: AnnotationSet,
    picture: PictureAnnotations,
    index: int,
    where: tuple[Path, Path, str, str],
) -> None:
    """Move one shape, save, and compare all bytes outside its entry and all other fields in it."""
    file, target, text, encoding = where
    shape = picture.shapes[index]
    assert shape.entry is not None
    entry = shape.entry.text
    save(found, target, edited(picture, index))
    new = file.read_bytes().decode(encoding)
    start, stop, new_stop = changed_part(text, new)
    assert start < new_stop
    at = text.index(entry)
    assert at <= start
    assert stop <= at + len(entry)
    now = new[at : at + len(entry) + len(new) - len(text)]
    form: AnnotationFormat = shape.entry.format
    assert fields(entry, form) == fields(now, form)
    again = next(p for p in read(file).pictures if p.file == picture.file)
    wanted = edited(picture, index).shapes
    assert [(s.label, s.score) for s in again.shapes] == [(s.label, s.score) for s in wanted]
    for a, b in zip(again.shapes, wanted, strict=True):
        assert a.box_xyxy == pytest.approx(b.box_xyxy, abs=1e-5)


@pytest.mark.parametrize("name", ENCODINGS)
def test_saving_it_unedited_changes_no_byte(name: str, tmp_path: Path) -> None:
    file = write_all(tmp_path, name, ENCODINGS[name][-1])
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    found = read(file)
    save(found, file if name == "coco" else tmp_path, *found.pictures)
    assert {path: path.read_bytes() for path in before} == before


def test_the_table_of_a_data_set_keeps_its_remarks_when_a_class_is_added(tmp_path: Path) -> None:
    file = write_all(tmp_path, "pose", "utf-8")
    found = read(file)
    (picture,) = found.pictures
    bird = Shape.box("bird", 1, 1, 9, 9)
    save(found, tmp_path, replace(picture, shapes=(*picture.shapes, bird)))
    table = (tmp_path / "data.yaml").read_text()
    for line in DATA.splitlines():
        assert line in table or line.startswith(("nc", "names"))
    assert read(file).classes == ("cat", "dog", "bird")


@pytest.mark.parametrize("name", ["coco", "labelme", "yolo", "pose"])
def test_another_score_is_saved_where_the_entry_has_one(name: str, tmp_path: Path) -> None:
    file = write_all(tmp_path, name, "utf-8")
    found = read(file)
    picture = next(p for p in found.pictures if any(s.score is not None for s in p.shapes))
    shapes = tuple(s if s.score is None else replace(s, score=0.125) for s in picture.shapes)
    save(found, file if name == "coco" else tmp_path, replace(picture, shapes=shapes))
    again = next(p for p in read(file).pictures if p.file == picture.file)
    assert [s.score for s in again.shapes] == [s.score for s in shapes]
    assert [s.box_xyxy for s in again.shapes] == [s.box_xyxy for s in picture.shapes]
