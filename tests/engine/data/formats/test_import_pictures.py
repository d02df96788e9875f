"""Classes and pictures that do not match are named, with what is done about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from engine.data.formats.pictures import upright_size
from tests.engine.data.formats.support import (
    coco,
    found_name,
    labelme,
    make_picture,
    of_kind,
    only_finding,
    read,
    rectangle,
    voc,
    voc_object,
    yolo,
)


class TestClasses:
    def test_an_unknown_class_is_named_once_with_the_nearest_known_one(
        self, tmp_path: Path
    ) -> None:
        make_picture(tmp_path / "a.jpg")
        near = [rectangle([i, 1], [50, 60], label="persn") for i in range(3)]
        source = labelme(tmp_path, *near, rectangle([5, 5], [9, 9], label="car"))
        finding = only_finding(source, known_classes=("car", "person"))
        assert (finding.kind, finding.is_error) == ("unknown class", False)
        assert "'persn' (3 shapes)" in finding.text
        assert "did you mean 'person'?" in finding.text

    def test_a_class_that_differs_in_case_only_is_hinted_at(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")
        source = labelme(tmp_path, rectangle([1, 1], [50, 60], label="PERSON"))
        assert "'person'?" in only_finding(source, known_classes=("person",)).text

    def test_every_class_is_known_where_none_are_given(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")
        assert read(labelme(tmp_path, rectangle([1, 1], [5, 6]))).findings == ()

    def test_a_yolo_index_beyond_the_classes_is_kept_by_number(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")
        source = yolo(tmp_path, "0 .5 .5 .1 .1", "4 .5 .5 .2 .2", "4 .5 .5 .3 .3")
        found = read(source)
        assert [s.label for s in found.pictures[0].shapes] == ["person", "class 4", "class 4"]
        assert found.classes == ("person", "car", "class 2", "class 3", "class 4")
        text = of_kind(found.findings, "unknown class").text
        assert "a.txt, line 2: class index 4 is beyond classes.txt, which ends at 1" in text

    def test_yolo_without_class_names_says_so(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")
        found = read(yolo(tmp_path, "1 .5 .5 .1 .1", classes=None))
        assert found.classes == ("class 0", "class 1")
        assert (
            "classes.txt and data.yaml are missing" in of_kind(found.findings, "unknown class").text
        )

    def test_a_coco_category_that_is_not_listed_is_kept_by_number(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")
        found = read(coco(tmp_path, {"category_id": 9}, {"category_id": 9, "bbox": [0, 0, 4, 5]}))
        assert (found.classes, found.class_ids) == (("person", "class 9"), (7, 9))
        assert "category_id 9" in of_kind(found.findings, "unknown class").text

    def test_class_tables_that_disagree_are_told(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")
        (tmp_path / "data.yaml").write_text("names: [car, person]")
        found = read(yolo(tmp_path, "0 .5 .5 .1 .1"))
        assert found.pictures[0].shapes[0].label == "person"
        text = of_kind(found.findings, "class order").text
        assert "class 0 is 'person' in classes.txt and 'car' in data.yaml" in text

    @pytest.mark.parametrize(
        "names", ["[no, 'on', 7]", "{1: 'on', 0: no, 2: 7}", "\n  - no\n  - on\n  - 7"]
    )
    def test_names_in_yaml_stay_the_words_they_are(self, names: str, tmp_path: Path) -> None:
        make_picture(tmp_path / "images" / "train" / "a.jpg")
        (tmp_path / "labels" / "train").mkdir(parents=True)
        yolo(tmp_path / "labels" / "train", "2 .5 .5 .1 .1", classes=None)
        (tmp_path / "data.yaml").write_text(f"train: images/train\nnames: {names}\n")
        found = read(tmp_path / "data.yaml")
        assert found.classes == ("no", "on", "7")
        assert found.pictures[0].shapes[0].label == "7"
        assert found.findings == ()


class TestPictures:
    @pytest.mark.parametrize("make", [coco, voc, labelme])
    def test_a_missing_picture_is_named_and_its_shapes_kept(
        self, make: Any, tmp_path: Path
    ) -> None:
        content = {coco: {}, voc: voc_object(1, 1, 9, 9), labelme: rectangle([0, 0], [9, 9])}[make]
        found = read(make(tmp_path, content))
        finding = of_kind(found.findings, "missing picture")
        assert "a.jpg is not in" in finding.text
        assert not finding.is_error
        assert found.pictures[0].file == tmp_path / "a.jpg"
        assert len(found.pictures[0].shapes) == 1

    def test_a_missing_picture_with_another_suffix_is_hinted_at(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.png")
        assert (
            "a.png is there" in of_kind(read(coco(tmp_path, {})).findings, "missing picture").text
        )

    def test_yolo_labels_without_their_picture_are_left_out(self, tmp_path: Path) -> None:
        found = read(yolo(tmp_path, "0 .5 .5 .1 .1"))
        assert found.pictures == ()
        finding = of_kind(found.findings, "missing picture")
        assert finding.is_error
        assert "YOLO needs its size" in finding.text

    @pytest.mark.parametrize("make", [coco, voc, labelme])
    def test_a_suffix_in_other_case_is_matched_and_told(self, make: Any, tmp_path: Path) -> None:
        picture = make_picture(tmp_path / "a.JPG")
        content = {coco: {}, voc: voc_object(1, 1, 9, 9), labelme: rectangle([0, 0], [9, 9])}[make]
        found = read(make(tmp_path, content))
        assert [entry.file for entry in found.pictures] == [picture]
        finding = only_finding(tmp_path / ("coco.json" if make is coco else found_name(make)))
        assert finding.kind == "wrong extension case"
        assert "a.jpg is listed, a.JPG is there" in finding.text

    def test_yolo_finds_a_picture_with_an_upper_case_suffix(self, tmp_path: Path) -> None:
        picture = make_picture(tmp_path / "a.PNG")
        assert [p.file for p in read(yolo(tmp_path, "0 .5 .5 .1 .1")).pictures] == [picture]

    def test_another_size_is_told_and_that_of_the_picture_taken(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg", (320, 240))
        found = read(coco(tmp_path, {}))
        assert (found.pictures[0].width, found.pictures[0].height) == (320, 240)
        text = of_kind(found.findings, "size differs").text
        assert "a.jpg is 320 x 240, coco.json says 640 x 480" in text

    def test_the_size_is_that_of_the_upright_picture(self, tmp_path: Path) -> None:
        for name in ("a.jpg", "b.png", "c.webp", "d.tiff"):
            exif = Image.Exif()
            exif[0x0112] = 6
            Image.new("RGB", (64, 48)).save(tmp_path / name, exif=exif)
            assert upright_size(tmp_path / name) == (48, 64), name
        found = read(coco(tmp_path, {"bbox": [1, 2, 3, 4]}, width=64, height=48))
        assert found.pictures[0].width == 48
        assert "EXIF" in of_kind(found.findings, "size differs").text

    @pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n broken"])
    def test_a_file_that_is_no_picture_has_no_size(self, content: bytes, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").write_bytes(content)
        assert upright_size(tmp_path / "a.jpg") is None
        assert "cannot be opened" in of_kind(read(coco(tmp_path, {})).findings, "unreadable").text

    def test_pictures_without_an_entry_are_counted(self, tmp_path: Path) -> None:
        for name in ("a.jpg", "b.jpg", "c.jpg"):
            make_picture(tmp_path / name)
        text = of_kind(read(coco(tmp_path, {})).findings, "not listed").text
        assert text == "2 pictures without an entry: b.jpg, c.jpg"

    def test_annotations_of_a_picture_that_is_not_listed_are_left_out(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")
        found = read(coco(tmp_path, {}, {"image_id": 5}))
        finding = of_kind(found.findings, "not listed")
        assert finding.is_error
        assert "annotations[1]: image_id 5" in finding.text

    def test_pictures_of_another_folder_are_found_by_name_or_path(self, tmp_path: Path) -> None:
        picture = make_picture(tmp_path / "elsewhere" / "train" / "a.jpg")
        (tmp_path / "notes").mkdir()
        source = coco(tmp_path / "notes", {}, file_name="train\\a.jpg")
        assert read(source, tmp_path / "elsewhere").pictures[0].file == picture
        assert read(source, tmp_path / "elsewhere" / "train").pictures[0].file == picture

    def test_the_chosen_folder_comes_before_those_around_the_annotations(
        self, tmp_path: Path
    ) -> None:
        beside, chosen = (
            make_picture(tmp_path / "a.jpg"),
            make_picture(tmp_path / "there" / "a.jpg"),
        )
        source = coco(tmp_path, {})
        assert read(source, tmp_path / "there").pictures[0].file == chosen
        (tmp_path / "empty").mkdir()
        assert read(source, tmp_path / "empty").pictures[0].file == beside

    def test_a_picture_listed_twice_keeps_the_shapes_of_both(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")
        source = labelme(tmp_path, rectangle([0, 0], [9, 9]))
        source.with_name("b.json").write_bytes(source.read_bytes().replace(b"[9, 9]", b"[8, 8]"))
        found = read(tmp_path)
        assert len(found.pictures[0].shapes) == 2
        assert "a.jpg is listed twice" in of_kind(found.findings, "duplicate").text
