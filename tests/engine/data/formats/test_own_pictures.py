"""Every annotation is read on its own picture, and on no other."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from engine.api.annotations import Shape
from tests.engine.data.formats.support import (
    coco,
    kinds,
    labelme,
    make_json,
    make_picture,
    of_kind,
    one_set,
    read,
    rectangle,
    voc,
    voc_object,
    write,
    yolo,
)


def stale_voc(folder: Path) -> Path:
    size = "<size><width>200</width><height>160</height></size>"
    voc(folder, voc_object(11, 11, 150, 150), name="a.jpg", size=size)
    return (folder / "a.xml").rename(folder / "b.xml")


def stale_labelme(folder: Path) -> Path:
    size = {"imageWidth": 200, "imageHeight": 160}
    labelme(folder, rectangle([10, 10], [150, 150]), **size)
    return (folder / "a.json").rename(folder / "b.json")


@pytest.mark.parametrize("make", [stale_voc, stale_labelme])
def test_a_sidecar_belongs_to_the_picture_of_its_own_name(make: Any, tmp_path: Path) -> None:
    make_picture(tmp_path / "a.jpg", (100, 80))
    own = make_picture(tmp_path / "b.jpg", (200, 160))
    make(tmp_path)
    found = read(tmp_path)
    (picture,) = found.pictures
    assert (picture.file, picture.width, picture.height) == (own, 200, 160)
    assert picture.shapes == (Shape.box("person", 10, 10, 150, 150),)
    assert (
        "names a.jpg; its own name is that of b.jpg" in of_kind(found.findings, "other name").text
    )
    assert "size differs" not in kinds(found.findings)


def test_a_sidecar_without_a_picture_of_its_name_is_that_of_the_named_one(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.jpg", (200, 160))
    stale_voc(tmp_path)
    assert [picture.file.name for picture in read(tmp_path).pictures] == ["a.jpg"]


def two_listed(folder: Path, *names: str) -> Path:
    document = {
        "images": [
            {"id": number, "file_name": name, "width": 100, "height": 80}
            for number, name in enumerate(names)
        ],
        "annotations": [
            {"id": number, "image_id": number, "category_id": 1, "bbox": [number, 1, 5, 5]}
            for number, _ in enumerate(names)
        ],
        "categories": [{"id": 1, "name": "cat"}],
    }
    return make_json(folder / "c.json", document)


@pytest.mark.parametrize("names", [("a/0001.jpg", "b/0001.jpg"), ("b/0001.jpg", "a/0001.jpg")])
def test_a_picture_of_a_chosen_folder_is_that_of_the_longest_common_path(
    names: tuple[str, str], tmp_path: Path
) -> None:
    there = make_picture(tmp_path / "a" / "0001.jpg", (100, 80))
    found = read(two_listed(tmp_path, *names), tmp_path / "a")
    x = names.index("a/0001.jpg")
    boxes = {picture.file: [s.box_xyxy for s in picture.shapes] for picture in found.pictures}
    assert boxes[there] == [(x, 1, x + 5, 6)]
    assert len(boxes) == 2
    assert "b/0001.jpg is not in" in of_kind(found.findings, "missing picture").text


def test_a_picture_that_two_names_fit_alike_is_neither(tmp_path: Path) -> None:
    make_picture(tmp_path / "a" / "0001.jpg", (100, 80))
    found = read(two_listed(tmp_path, "x/0001.jpg", "y/0001.jpg"), tmp_path / "a")
    assert kinds(found.findings) == ["missing picture", "missing picture"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_are_found_however_their_letters_are_composed(form: Any, tmp_path: Path) -> None:
    listed = unicodedata.normalize("NFD" if form == "NFC" else "NFC", "Bücher")
    there = make_picture(tmp_path / (unicodedata.normalize(form, "Bücher") + ".jpg"))
    source = coco(tmp_path, {}, file_name=f"{listed}.jpg")
    found = read(source)
    assert [picture.file for picture in found.pictures] == [there]
    assert found.findings == ()
    labels = tmp_path / "labels"
    labels.mkdir()
    yolo(labels, "0 .5 .5 .1 .1")
    (labels / "a.txt").rename(labels / f"{listed}.txt")
    assert [picture.file for picture in read(labels, tmp_path).pictures] == [there]


def test_an_exact_name_comes_before_a_composed_one(tmp_path: Path) -> None:
    both = [tmp_path / unicodedata.normalize(form, "ü.jpg") for form in ("NFC", "NFD")]
    for path in both:
        make_picture(path)
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system tells them not apart")
    for path in both:
        assert read(coco(tmp_path, {}, file_name=path.name)).pictures[0].file == path


class TestPathsThatLeadOutside:
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Path:
        (tmp_path / "home" / "user" / "opened").mkdir(parents=True)
        make_picture(tmp_path / "home" / "secret.png")
        make_picture(tmp_path / "secret.png")
        return tmp_path / "home" / "user" / "opened"

    @pytest.mark.parametrize("name", ["../../secret.png", "../../../secret.png", "absolute"])
    @pytest.mark.parametrize("make", [coco, labelme, voc])
    def test_they_are_not_followed_and_named(self, make: Any, name: str, opened: Path) -> None:
        name = str(opened.parent.parent / "secret.png") if name == "absolute" else name
        content = {coco: {}, voc: voc_object(1, 1, 9, 9), labelme: rectangle([0, 0], [9, 9])}[make]
        listed = {coco: {"file_name": name}, voc: {"name": name}, labelme: {"imagePath": name}}
        found = read(make(opened, content, **listed[make]))
        assert [picture.file for picture in found.pictures] == [opened / "secret.png"]
        assert "is not looked at" in of_kind(found.findings, "outside folder").text

    def test_a_system_file_is_no_picture(self, opened: Path) -> None:
        found = read(labelme(opened, rectangle([0, 0], [9, 9]), imagePath="/etc/passwd"))
        assert found.pictures[0].file == opened / "passwd"

    def test_a_yaml_that_names_the_root_has_nothing_walked(
        self, opened: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_picture(opened / "images" / "a.jpg")
        (opened / "labels").mkdir()
        (opened / "labels" / "a.txt").write_text("0 .5 .5 .1 .1")
        (opened / "data.yaml").write_text("path: /\ntrain: .\nval: images\nnames: [cat]\n")
        walked: list[str] = []
        walk = os.walk
        monkeypatch.setattr(os, "walk", lambda top: walked.append(str(top)) or walk(top))
        found = read(opened / "data.yaml")
        assert len(found.pictures[0].shapes) == 1
        assert all(folder.startswith(str(opened)) for folder in walked)
        assert "/ lies outside" in of_kind(found.findings, "outside folder").text

    def test_a_picture_of_the_own_name_beside_the_annotations_is_followed(
        self, opened: Path
    ) -> None:
        there = make_picture(opened / "photos" / "a.jpg")
        (opened / "notes").mkdir()
        source = labelme(opened / "notes", rectangle([0, 0], [9, 9]), imagePath="../photos/a.jpg")
        assert read(source).pictures[0].file == there
        found = read(source, opened / "notes")
        assert "outside folder" in kinds(found.findings)


@pytest.mark.parametrize("make", [coco, labelme])
def test_a_zero_byte_in_a_name_gives_a_line(make: Any, tmp_path: Path) -> None:
    content = {coco: {}, labelme: rectangle([0, 0], [9, 9])}[make]
    listed = {coco: {"file_name": "a\0b.jpg"}, labelme: {"imagePath": "a\0b.jpg"}}[make]
    found = read(make(tmp_path, content, **listed))
    assert kinds(found.findings) == [{coco: "unreadable", labelme: "missing picture"}[make]]


def test_a_segmentation_that_is_a_number_leaves_the_box(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.jpg")
    found = read(coco(tmp_path, {"segmentation": 7}))
    assert found.pictures[0].shapes == (Shape.box("person", 10, 20, 110, 70),)
    assert "segmentation '7' is no list" in found.findings[0].text


def test_a_turned_box_is_a_polygon(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.jpg")
    turned = {"bbox": [30, 30, 40, 10], "segmentation": [], "attributes": {"rotation": 90.0}}
    found = read(coco(tmp_path, turned, turned | {"attributes": {"rotation": 360}}))
    polygon, box = found.pictures[0].shapes
    assert polygon.kind == "polygon"
    assert polygon.points == ((45, 15), (55, 15), (55, 55), (45, 55))
    assert box == Shape.box("person", 30, 30, 70, 40)


def test_a_box_turned_by_thirty_degrees_keeps_its_area(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.jpg")
    turned = {"bbox": [100, 100, 40, 20], "attributes": {"rotation": 30}}
    (shape,) = read(coco(tmp_path, turned)).pictures[0].shapes
    assert shape.area == pytest.approx(800, abs=1e-3)
    # Clockwise as seen: the upper right corner goes down.
    assert shape.points[0] == pytest.approx((107.679492, 91.339746))


def test_hints_for_thousands_of_unknown_classes_are_few(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.jpg")
    shapes = [
        rectangle([n % 600, 1], [n % 600 + 9, 9 + n // 600], label=f"cls {n}") for n in range(3000)
    ]
    source = labelme(tmp_path, *shapes)
    found = read(source, known_classes=tuple(f"class {n}" for n in range(3000)))
    hints = [finding for finding in found.findings if "did you mean" in finding.text]
    assert 0 < len(hints) <= 20


@pytest.mark.parametrize(("name", "suffix"), [("labelme", ".json"), ("voc", ".xml")])
def test_the_annotations_of_a_name_as_long_as_one_can_be_are_saved(
    name: Any, suffix: str, tmp_path: Path
) -> None:
    stem = "写" * 83 + "a"  # with the suffix 255 bytes, or one less
    picture = make_picture(tmp_path / f"{stem}.jpg", (100, 80))
    box = Shape.box("cat", 1, 1, 9, 9)
    written = write(one_set(picture, box, size=(100, 80)), name, tmp_path)
    assert written == (tmp_path / (stem + suffix),)
    assert read(written[0]).pictures[0].file == picture
