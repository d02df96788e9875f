"""Class names and ids keep their numbers, and files keep what is not understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from engine.api.annotations import (
    AnnotationSet,
    PictureAnnotations,
    Shape,
)
from engine.api.errors import StorageError
from tests.engine.data.formats.support import (
    HEIGHT,
    WIDTH,
    check,
    make_json,
    make_picture,
    of_kind,
    one_set,
    read,
    write,
)

BOX = Shape.box("cat", 10, 20, 110, 70)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return make_picture(tmp_path / "images" / "a.jpg")


def snapshot(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestYoloClasses:
    def test_old_classes_keep_their_indices_and_new_ones_follow(
        self, picture: Path, tmp_path: Path
    ) -> None:
        make_picture(tmp_path / "images" / "old.jpg")
        (tmp_path / "classes.txt").write_text("dog\ncat\n")
        (tmp_path / "old.txt").write_text("0 .5 .5 .1 .1\n")
        annotations = one_set(picture, Shape.box("bird", 1, 2, 3, 4), BOX, classes=("cat", "bird"))
        texts = [f.text for f in check(annotations, "yolo", tmp_path) if f.kind == "class order"]
        assert "the order that is there is kept" in texts[0]
        assert texts[1] == "1 name will follow the 2 in classes.txt: bird"
        write(annotations, "yolo", tmp_path)
        assert (tmp_path / "classes.txt").read_text() == "dog\ncat\nbird\n"
        labels = {p.file.name: [s.label for s in p.shapes] for p in read(tmp_path).pictures}
        assert labels == {"a.jpg": ["bird", "cat"], "old.jpg": ["dog"]}

    def test_the_same_classes_again_are_no_finding(self, picture: Path, tmp_path: Path) -> None:
        write(one_set(picture, BOX), "yolo", tmp_path / "yolo")
        assert check(one_set(picture, BOX), "yolo", tmp_path / "yolo") == ()

    def test_classes_without_shapes_keep_their_place(self, picture: Path, tmp_path: Path) -> None:
        write(one_set(picture, BOX, classes=("a", "b", "cat")), "yolo", tmp_path / "yolo")
        assert (tmp_path / "yolo" / "a.txt").read_text().startswith("2 ")

    def test_data_yaml_names_classes_and_pictures(self, picture: Path, tmp_path: Path) -> None:
        write(one_set(picture, Shape.box("no", 1, 2, 3, 4)), "yolo", tmp_path / "labels")
        document = yaml.safe_load((tmp_path / "labels" / "data.yaml").read_text())
        assert document == {
            "train": "../images",
            "val": "../images",
            "nc": 1,
            "names": {0: "no"},
        }

    def test_a_data_yaml_that_is_there_keeps_everything_but_its_names(
        self, picture: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "data.yaml").write_text("train: mine\nkpt_shape: [17, 3]\nnames: [dog]\n")
        write(one_set(picture, BOX), "yolo", tmp_path)
        document = yaml.safe_load((tmp_path / "data.yaml").read_text())
        assert document["names"] == {0: "dog", 1: "cat"}
        assert (document["train"], document["kpt_shape"], document["nc"]) == ("mine", [17, 3], 2)
        assert (tmp_path / "classes.txt").read_text() == "dog\ncat\n"

    def test_a_data_yaml_that_says_the_same_is_not_touched(
        self, picture: Path, tmp_path: Path
    ) -> None:
        text = "# mine\nnames: [cat]\n"
        (tmp_path / "data.yaml").write_text(text)
        write(one_set(picture, BOX), "yolo", tmp_path)
        assert (tmp_path / "data.yaml").read_text() == text

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("data.yaml", b"names: [a, b", "not readable as YAML"),
            ("classes.txt", b"\xff\xfe\x00", "not UTF-8"),
            ("data.yaml", b"names: [bird]\n", "class 0 is 'dog' in classes.txt and 'bird'"),
        ],
    )
    def test_class_tables_that_cannot_be_trusted_forbid_writing(
        self, name: str, content: bytes, reason: str, picture: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "classes.txt").write_text("dog\n")
        (tmp_path / name).write_bytes(content)
        before = snapshot(tmp_path)
        with pytest.raises(StorageError, match=reason):
            write(one_set(picture, BOX), "yolo", tmp_path)
        assert snapshot(tmp_path) == before

    def test_labels_of_unknown_meaning_are_told(self, picture: Path, tmp_path: Path) -> None:
        (tmp_path / "old.txt").write_text("3 .5 .5 .1 .1\n")
        found = check(one_set(picture, BOX), "yolo", tmp_path)
        assert "has labels but no classes.txt" in of_kind(found, "class order").text

    def test_classes_of_the_data_set_above_are_kept(self, picture: Path, tmp_path: Path) -> None:
        (tmp_path / "data.yaml").write_text("names: [dog, cat]\n")
        (tmp_path / "labels").mkdir()
        (tmp_path / "labels" / "old.txt").write_text("1 .5 .5 .1 .1\n")
        write(one_set(picture, BOX), "yolo", tmp_path / "labels")
        assert (tmp_path / "labels" / "a.txt").read_text().startswith("1 ")
        assert (tmp_path / "data.yaml").read_text() == "names: [dog, cat]\n"
        assert sorted(path.name for path in (tmp_path / "labels").iterdir()) == ["a.txt", "old.txt"]

    def test_a_new_class_goes_into_the_table_of_the_data_set_above(
        self, picture: Path, tmp_path: Path
    ) -> None:
        make_picture(tmp_path / "images" / "old.jpg")
        (tmp_path / "data.yaml").write_text("train: images  # all\nnc: 1\nnames: [dog]\n")
        (tmp_path / "labels").mkdir()
        (tmp_path / "labels" / "old.txt").write_text("0 .5 .5 .1 .1\n")
        write(one_set(picture, BOX), "yolo", tmp_path / "labels")
        assert "train: images  # all\nnc: 2\n" in (tmp_path / "data.yaml").read_text()
        found = read(tmp_path / "data.yaml")
        labels = {p.file.name: [s.label for s in p.shapes] for p in found.pictures}
        assert labels == {"a.jpg": ["cat"], "old.jpg": ["dog"]}


class TestCocoIds:
    def test_categories_count_from_one_in_the_order_of_the_classes(
        self, picture: Path, tmp_path: Path
    ) -> None:
        write(one_set(picture, BOX, classes=("dog", "cat")), "coco", tmp_path / "c.json")
        categories = json.loads((tmp_path / "c.json").read_text())["categories"]
        assert [(c["id"], c["name"]) for c in categories] == [(1, "dog"), (2, "cat")]

    def test_ids_of_the_source_are_kept_in_another_file(
        self, picture: Path, tmp_path: Path
    ) -> None:
        document = {
            "images": [{"id": 139, "file_name": "a.jpg", "width": WIDTH, "height": HEIGHT}],
            "annotations": [{"image_id": 139, "category_id": 0, "bbox": [1, 2, 3, 4]}],
            "categories": [{"id": 90, "name": "toothbrush"}, {"id": 0, "name": "person"}],
        }
        source = make_json(picture.parent / "source.json", document)
        found = read(source)
        new = Shape.box("new", 5, 6, 70, 80)
        changed = AnnotationSet(
            (PictureAnnotations(picture, WIDTH, HEIGHT, (*found.pictures[0].shapes, new)),),
            found.classes,
            class_ids=found.class_ids,
        )
        write(changed, "coco", tmp_path / "copy.json")
        copy = json.loads((tmp_path / "copy.json").read_text())
        names = {c["id"]: c["name"] for c in copy["categories"]}
        assert names == {90: "toothbrush", 0: "person", 91: "new"}
        assert [a["category_id"] for a in copy["annotations"]] == [0, 91]

    def test_ids_and_extras_of_the_file_that_is_there_are_kept(
        self, picture: Path, tmp_path: Path
    ) -> None:
        document = {
            "info": {"year": 2017},
            "licenses": [{"id": 4}],
            "images": [
                {"id": 139, "file_name": "a.jpg", "width": 1, "height": 1, "license": 4},
                {"id": 7, "file_name": "gone.jpg", "width": 1, "height": 1},
            ],
            "annotations": [],
            "categories": [{"id": 17, "name": "cat", "supercategory": "animal"}],
        }
        target = make_json(tmp_path / "c.json", document)
        other = make_picture(tmp_path / "images" / "b.jpg")
        pictures = tuple(PictureAnnotations(f, WIDTH, HEIGHT, (BOX,)) for f in (other, picture))
        annotations = AnnotationSet(pictures, ("dog", "cat"))
        text = of_kind(check(annotations, "coco", target), "would overwrite").text
        assert "1 picture not in this export would stay" in text
        write(annotations, "coco", target)
        new = json.loads(target.read_text())
        ids = {i["file_name"]: i["id"] for i in new["images"]}
        assert ids == {"a.jpg": 139, "gone.jpg": 7, "b.jpg": 140}
        assert {c["name"]: c["id"] for c in new["categories"]} == {"cat": 17, "dog": 18}
        assert new["categories"][0]["supercategory"] == "animal"
        assert new["images"][0] == document["images"][0]
        assert (new["info"]["year"], new["licenses"]) == (2017, [{"id": 4}])

    def test_other_numbers_for_the_same_class_are_told(self, picture: Path, tmp_path: Path) -> None:
        write(one_set(picture, BOX), "coco", tmp_path / "c.json")
        renumbered = AnnotationSet(one_set(picture, BOX).pictures, ("cat",), class_ids=(5,))
        found = check(renumbered, "coco", tmp_path / "c.json")
        assert "its category ids are kept" in of_kind(found, "class order").text


class TestLabelme:
    def test_a_file_holds_what_labelme_expects(self, picture: Path, tmp_path: Path) -> None:
        (path,) = write(one_set(picture, BOX), "labelme", tmp_path / "labelme")
        document = json.loads(path.read_text())
        assert document["imagePath"] == "../images/a.jpg"
        assert document["imageData"] is None
        assert (document["imageWidth"], document["imageHeight"]) == (WIDTH, HEIGHT)
        assert document["version"].startswith("5.")
        (shape,) = document["shapes"]
        assert shape["shape_type"] == "rectangle"
        assert shape["points"] == [[10, 20], [110, 70]]

    def test_what_is_not_read_stays_in_the_file(self, picture: Path) -> None:
        circle = {"label": "o", "points": [[5, 5], [9, 9]], "shape_type": "circle"}
        old = {"label": "old", "points": [[1, 1], [2, 2]], "shape_type": "rectangle"}
        extras = {"flags": {"night": True}, "imageData": "aGVsbG8=", "checked": 1}
        path = make_json(
            picture.with_suffix(".json"), {"shapes": [old, circle], "imagePath": "a.jpg"} | extras
        )
        write(one_set(picture, BOX), "labelme", picture.parent)
        document = json.loads(path.read_text())
        assert [shape["label"] for shape in document["shapes"]] == ["cat", "o"]
        assert document["shapes"][1] == circle
        assert {key: document[key] for key in extras} == extras
