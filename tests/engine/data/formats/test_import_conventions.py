"""What each format means by its numbers, and which sources are recognised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.api.annotations import Shape
from engine.api.errors import DatasetError, TaskCancelled
from engine.api.tasks import TaskContext
from engine.data.annotation_reader import read_annotations
from tests.engine.data.formats.support import (
    BBOX,
    ReadAnnotations,
    coco,
    kinds,
    labelme,
    make_json,
    make_picture,
    only_finding,
    read,
    rectangle,
    shapes_of,
    voc,
    voc_object,
    yolo,
)


class TestConventions:
    @pytest.fixture(autouse=True)
    def _picture(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")

    def test_voc_counts_pixels_from_one_and_names_the_last_one(self, tmp_path: Path) -> None:
        source = voc(tmp_path, voc_object(1, 1, 640, 480), voc_object("48.5", 240, "195.25", 371))
        assert [shape.box_xyxy for shape in shapes_of(source)] == [
            (0, 0, 640, 480),
            (47.5, 239, 195.25, 371),
        ]

    def test_voc_corners_in_the_wrong_order_are_turned_round(self, tmp_path: Path) -> None:
        source = voc(tmp_path, voc_object(195, 371, 48, 240))
        assert shapes_of(source) == (Shape.box("person", 47, 239, 195, 371),)

    def test_voc_difficult_is_read_and_parts_are_not_objects(self, tmp_path: Path) -> None:
        part = "<part><name>head</name><bndbox><xmin>2</xmin></bndbox></part>"
        more = f"<difficult>1</difficult>{part}"
        (shape,) = shapes_of(voc(tmp_path, voc_object(1, 1, 9, 9, more=more)))
        assert shape.is_difficult
        assert shape.box_xyxy == (0, 0, 9, 9)

    def test_voc_file_names_without_a_suffix_are_found(self, tmp_path: Path) -> None:
        found = read(voc(tmp_path, voc_object(1, 1, 9, 9), name="a"))
        assert found.pictures[0].file == tmp_path / "a.jpg"
        assert found.findings == ()

    @pytest.mark.parametrize(
        "corners", [([9, 4], [1, 20]), ([1, 20], [9, 4]), ([9, 20], [1, 4]), ([1, 4], [9, 20])]
    )
    def test_labelme_rectangles_may_begin_at_any_corner(
        self, corners: tuple[list[int], list[int]], tmp_path: Path
    ) -> None:
        assert shapes_of(labelme(tmp_path, rectangle(*corners))) == (
            Shape.box("person", 1, 4, 9, 20),
        )

    def test_labelme_rectangles_may_have_four_corners(self, tmp_path: Path) -> None:
        source = labelme(tmp_path, rectangle([1, 4], [9, 4], [9, 20], [1, 20]))
        assert shapes_of(source) == (Shape.box("person", 1, 4, 9, 20),)

    def test_labelme_shapes_of_other_kinds_are_told_and_left_out(self, tmp_path: Path) -> None:
        circle = {"label": "o", "points": [[5, 5], [9, 9]], "shape_type": "circle"}
        point = {"label": "p", "points": [[5, 5]], "shape_type": "point"}
        source = labelme(tmp_path, circle, rectangle([1, 1], [5, 5]), point)
        assert len(shapes_of(source)) == 1
        finding = only_finding(source)
        assert (finding.kind, finding.is_error) == ("unsupported", True)
        assert "circle 'o', point 'p'" in finding.text

    def test_labelme_groups_are_told_to_be_lost(self, tmp_path: Path) -> None:
        source = labelme(tmp_path, rectangle([1, 1], [5, 5], group_id=0, description=""))
        assert "1 shape with a group" in only_finding(source).text

    def test_coco_parts_become_polygons_of_their_own(self, tmp_path: Path) -> None:
        parts = [[0, 0, 10, 0, 10, 10], [20, 20, 30, 20, 30, 30.5]]
        source = coco(tmp_path, {"segmentation": parts})
        assert [shape.points for shape in shapes_of(source)] == [
            ((0, 0), (10, 0), (10, 10)),
            ((20, 20), (30, 20), (30, 30.5)),
        ]
        assert "the 2 parts" in only_finding(source).text

    def test_a_coco_run_length_mask_becomes_its_box(self, tmp_path: Path) -> None:
        mask = {"size": [480, 640], "counts": [0, 9]}
        source = coco(tmp_path, {"segmentation": mask, "iscrowd": 1})
        (shape,) = shapes_of(source)
        assert (shape.kind, shape.box_xyxy) == ("box", (10, 20, 110, 70))
        assert shape.is_difficult
        assert only_finding(source).kind == "unsupported"

    def test_coco_results_keep_scores_and_names(self, tmp_path: Path) -> None:
        picture = make_picture(tmp_path / "000000000139.jpg")
        entries = [
            {"image_id": 139, "category_id": 3, "bbox": BBOX, "score": 0.25},
            {"image_id": 4, "file_name": "a.jpg", "category_name": "cat", "bbox": BBOX, "score": 1}
            | {"category_id": 5},
        ]
        found = read(make_json(tmp_path / "results.json", entries))
        assert [p.file for p in found.pictures] == [picture, tmp_path / "a.jpg"]
        assert [(p.shapes[0].label, p.shapes[0].score) for p in found.pictures] == [
            ("class 3", 0.25),
            ("cat", 1.0),
        ]
        assert found.findings == ()

    def test_a_sixth_yolo_number_is_the_score(self, tmp_path: Path) -> None:
        source = yolo(tmp_path, "0 .5 .5 .1 .1 .75", "1 .1 .1 .2 .1 .2 .3 .5", "0 .5 .5 .2 .2 17")
        shapes = shapes_of(source)
        assert [shape.score for shape in shapes] == [0.75, 0.5, None]
        assert [shape.kind for shape in shapes] == ["box", "polygon", "box"]
        assert "17 is no score" in only_finding(source).text

    def test_class_indices_written_as_floats_are_read(self, tmp_path: Path) -> None:
        assert shapes_of(yolo(tmp_path, "1.0e+00 .5 .5 .1 .1"))[0].label == "car"

    def test_sorted_categories_do_not_move_names(self, tmp_path: Path) -> None:
        document = {
            "images": [{"id": "x", "file_name": "a.jpg", "width": 640, "height": 480}],
            "annotations": [{"image_id": "x", "category_id": 2, "bbox": BBOX}],
            "categories": [{"id": 9, "name": "b"}, {"id": 2, "name": "a"}],
        }
        found = read(make_json(tmp_path / "c.json", document))
        assert (found.classes, found.class_ids) == (("b", "a"), (9, 2))
        assert found.pictures[0].shapes[0].label == "a"


class TestSources:
    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("a.json", b"", "is empty"),
            ("a.json", b'{"images": [', "line 1, column 13"),
            ("a.json", b'{"shapes": [], "imagePath": "a.jpg"', "not readable as JSON"),
            ("a.json", b"[" * 100_000, "not readable as JSON"),
            ("a.json", b'"\xff\xfe"', "not UTF-8"),
            ("a.json", b'{"name": "package"}', "no annotations found"),
            ("a.json", b"[1, 2]", "no annotations found"),
            ("a.xml", b"<annotation><object>", "not readable as XML"),
            ("a.xml", b"", "not readable as XML"),
            ("a.xml", b"<svg/>", "its root is <svg>"),
            ("a.xml", b'<!DOCTYPE x [<!ENTITY e "e">]><annotation/>', "document type"),
            ("a.txt", b"once upon a time there was\n", "no annotations found"),
            ("a.jpg", b"", "no annotations found"),
            ("data.yaml", b"names: [a, b", "not readable as YAML"),
            ("data.yaml", b"path: here", "no list “names”"),
            ("data.yaml", b"- a", "no YAML mapping"),
            ("data.yaml", b"names: {x: a}", "no class index"),
            ("data.yaml", b"names: {1000000000: a}", "outside 0 to"),
        ],
    )
    def test_a_source_that_is_no_annotation_gives_one_line(
        self, name: str, content: bytes, reason: str, tmp_path: Path
    ) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DatasetError) as caught:
            read(tmp_path / name)
        assert reason in str(caught.value)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_missing_source_and_an_empty_folder_give_one_line(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetError, match="does not exist"):
            read(tmp_path / "nothing.json")
        with pytest.raises(DatasetError, match="looked for a COCO or labelme"):
            read(tmp_path)

    def test_a_pictures_folder_that_is_none_gives_one_line(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetError, match="is no folder"):
            read(coco(tmp_path, {}), tmp_path / "nowhere")

    def test_a_folder_of_two_formats_asks_which(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")
        voc(tmp_path, voc_object(1, 1, 9, 9))
        yolo(tmp_path, "0 .5 .5 .1 .1")
        with pytest.raises(DatasetError, match="fits voc and yolo; say which"):
            read(tmp_path)
        assert read(tmp_path, format="voc").format == "voc"

    def test_a_folder_of_two_coco_files_asks_which(self, tmp_path: Path) -> None:
        source = coco(tmp_path, {})
        source.with_name("other.json").write_bytes(source.read_bytes())
        with pytest.raises(DatasetError, match=r"holds 2 COCO files \(coco.json, other.json\)"):
            read(tmp_path)

    @pytest.mark.parametrize("make", [coco, voc, labelme, yolo])
    def test_a_file_and_its_folder_are_recognised(self, make: Any, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")
        content = {
            coco: {},
            voc: voc_object(1, 1, 9, 9),
            labelme: rectangle([0, 0], [9, 9]),
            yolo: "0 .5 .5 .1 .1",
        }[make]
        source = make(tmp_path, content)
        for found in (read(source), read(tmp_path)):
            assert found.format == make.__name__
            assert len(found.pictures[0].shapes) == 1

    def test_a_broken_file_among_many_is_left_out_and_told(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")
        labelme(tmp_path, rectangle([0, 0], [9, 9]))
        (tmp_path / "broken.json").write_text('{"shapes": [')
        (tmp_path / "other.json").write_text('{"name": "package"}')
        found = read(tmp_path)
        assert len(found.pictures) == 1
        assert kinds(found.findings) == ["unreadable", "unreadable"]

    def test_texts_that_are_no_labels_are_passed_over(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")
        yolo(tmp_path, "0 .5 .5 .1 .1")
        (tmp_path / "train.txt").write_text("a.jpg\n")
        (tmp_path / "README.txt").write_text("Hello there, how are you\n")
        assert read(tmp_path).findings == ()

    def test_labels_beside_images_of_splits_are_found(self, tmp_path: Path) -> None:
        for split in ("train", "val"):
            make_picture(tmp_path / "images" / split / f"{split}.jpg")
            (tmp_path / "labels" / split).mkdir(parents=True)
            (tmp_path / "labels" / split / f"{split}.txt").write_text("0 .5 .5 .5 .5\n")
        (tmp_path / "data.yaml").write_text("path: .\ntrain: images/train\nnames:\n  0: cat\n")
        for source in (tmp_path, tmp_path / "data.yaml"):
            found = read(source)
            assert [p.file.name for p in found.pictures] == ["train.jpg", "val.jpg"]
            assert found.classes == ("cat",)
        one = read(tmp_path / "labels" / "val" / "val.txt")
        assert one.pictures[0].shapes == (Shape.box("cat", 160, 120, 480, 360),)

    def test_a_relative_source_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_picture(tmp_path / "a.jpg")
        coco(tmp_path, {})
        monkeypatch.chdir(tmp_path)
        found = read(Path("coco.json"))
        assert found.pictures[0].file == Path("a.jpg")
        assert found.findings == ()

    def test_cancelling_stops_the_reading(self, tmp_path: Path) -> None:
        source = coco(tmp_path, {})
        context = TaskContext(lambda progress: None)
        context.cancel()
        with pytest.raises(TaskCancelled):
            read_annotations(ReadAnnotations(source), context)
