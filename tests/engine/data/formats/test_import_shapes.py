"""Shapes that cannot be kept are named with their place and their numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.api.annotations import Shape
from tests.engine.data.formats.support import (
    coco,
    labelme,
    make_picture,
    of_kind,
    only_finding,
    read,
    rectangle,
    shapes_of,
    voc,
    voc_object,
    yolo,
)


class TestShapes:
    @pytest.fixture(autouse=True)
    def _picture(self, tmp_path: Path) -> None:
        make_picture(tmp_path / "a.jpg")

    def test_a_box_that_reaches_outside_is_clipped_and_the_numbers_told(
        self, tmp_path: Path
    ) -> None:
        source = coco(tmp_path, {"bbox": [-5, 400, 100, 100]})
        assert shapes_of(source) == (Shape.box("person", 0, 400, 95, 480),)
        finding = only_finding(source)
        assert (finding.kind, finding.is_error) == ("box outside", False)
        assert "(-5, 400, 95, 500) reaches 20 px outside 640 x 480" in finding.text
        assert "clipped to (0, 400, 95, 480)" in finding.text

    def test_a_box_that_lies_outside_is_left_out(self, tmp_path: Path) -> None:
        source = coco(tmp_path, {"bbox": [640, 10, 50, 50]})
        assert shapes_of(source) == ()
        assert (only_finding(source).kind, only_finding(source).is_error) == ("box outside", True)

    def test_a_rounding_error_at_the_border_is_no_finding(self, tmp_path: Path) -> None:
        source = yolo(tmp_path, "0 0.500001 0.5 1.0 1.0")
        assert shapes_of(source) == (Shape.box("person", 0.00064, 0, 640, 480),)
        assert read(source).findings == ()

    def test_a_polygon_that_reaches_outside_is_cut_at_the_border(self, tmp_path: Path) -> None:
        diamond = [[0, 100], [100, 0], [200, 100], [100, 200]]
        outside = [[x - 100, y] for x, y in diamond]
        source = labelme(tmp_path, {"label": "a", "points": outside})
        (shape,) = shapes_of(source)
        assert shape.kind == "polygon"
        assert shape.area == pytest.approx(100 * 200 / 2)
        assert shape.box_xyxy == (0, 0, 100, 200)
        assert only_finding(source).kind == "box outside"

    @pytest.mark.parametrize("box", [[10, 10, 0, 5], [10, 10, 5, 0]])
    def test_a_box_without_area_is_left_out(self, box: list[int], tmp_path: Path) -> None:
        source = coco(tmp_path, {"bbox": box})
        assert shapes_of(source) == ()
        assert (only_finding(source).kind, only_finding(source).is_error) == ("empty shape", True)

    @pytest.mark.parametrize(
        "points", [[[1, 1]], [[1, 1], [5, 5]], [[1, 1], [2, 2], [3, 3]], [[1, 1], [1, 1], [5, 5]]]
    )
    def test_a_polygon_without_area_is_left_out(
        self, points: list[list[int]], tmp_path: Path
    ) -> None:
        assert (
            only_finding(labelme(tmp_path, {"label": "a", "points": points})).kind == "empty shape"
        )

    def test_a_duplicate_is_left_out(self, tmp_path: Path) -> None:
        source = voc(tmp_path, voc_object(1, 1, 9, 9), voc_object(1, 1, 9, 9))
        assert len(shapes_of(source)) == 1
        finding = only_finding(source)
        assert (finding.kind, finding.is_error) == ("duplicate", True)
        assert "object 2" in finding.text

    def test_the_same_box_of_another_class_is_no_duplicate(self, tmp_path: Path) -> None:
        source = voc(tmp_path, voc_object(1, 1, 9, 9), voc_object(1, 1, 9, 9, name="rider"))
        assert (len(shapes_of(source)), read(source).findings) == (2, ())

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("0 .5 .5 .1", "has 4 values"),
            ("person .5 .5 .1 .1", "not all numbers"),
            ("-1 .5 .5 .1 .1", "-1 is no class index"),
            ("1.5 .5 .5 .1 .1", "1.5 is no class index"),
            ("99999999999 .5 .5 .1 .1", "no class index"),
            ("0 .5 .5 -.1 .1", "must not be negative"),
            ("0 nan .5 .1 .1", "no finite number"),
            ("nan .5 .5 .1 .1", "no class index"),
        ],
    )
    def test_a_bad_yolo_line_is_left_out_with_its_place(
        self, line: str, reason: str, tmp_path: Path
    ) -> None:
        source = yolo(tmp_path, "0 .5 .5 .2 .2", "", line, "1 .5 .5 .1 .1")
        found = read(source, format="yolo")
        assert [shape.label for shape in found.pictures[0].shapes] == ["person", "car"]
        finding = of_kind(found.findings, "unreadable")
        assert finding.is_error
        assert reason in finding.text
        assert "line 3" in finding.text

    @pytest.mark.parametrize(
        "entry",
        [
            {"bbox": [1, 2, 3]},
            {"bbox": None},
            {"bbox": [1, 2, "3", 4]},
            {"bbox": [1, 2, True, 4]},
            {"bbox": [10, 10, -3, 5]},
            {"bbox": [1, 2, 10**400, 4]},
            {"segmentation": [[1, 2, 3]]},
            {"segmentation": "abc"},
            {"score": "high"},
            {"category_id": None},
            {"category_id": []},
        ],
    )
    def test_a_bad_coco_annotation_is_left_out_with_its_place(
        self, entry: dict[str, Any], tmp_path: Path
    ) -> None:
        found = read(coco(tmp_path, {}, entry))
        assert len(found.pictures[0].shapes) == 1
        assert "annotations[1]" in of_kind(found.findings, "unreadable").text

    @pytest.mark.parametrize(
        "text",
        [
            voc_object("x", 1, 9, 9),
            voc_object("nan", 1, 9, 9),
            voc_object("", 1, 9, 9),
            voc_object(1, 1, 9, 9, name=""),
            "<object><name>person</name></object>",
        ],
    )
    def test_a_bad_voc_object_is_left_out_with_its_place(self, text: str, tmp_path: Path) -> None:
        found = read(voc(tmp_path, voc_object(1, 1, 5, 5), text))
        assert len(found.pictures[0].shapes) == 1
        assert "object 2" in of_kind(found.findings, "unreadable").text

    @pytest.mark.parametrize(
        "entry",
        [
            "text",
            {"label": None, "points": [[1, 1], [5, 5], [1, 9]]},
            {"label": "a", "points": "abc"},
            {"label": "a", "points": [[1, 1], [5], [1, 9]]},
            {"label": "a", "points": [[1, 1], [5, None], [1, 9]]},
            rectangle([1, 1]),
        ],
    )
    def test_a_bad_labelme_shape_is_left_out_with_its_place(
        self, entry: Any, tmp_path: Path
    ) -> None:
        found = read(labelme(tmp_path, rectangle([1, 1], [5, 5]), entry))
        assert len(found.pictures[0].shapes) == 1
        assert "shape 2" in of_kind(found.findings, "unreadable").text

    def test_a_flood_of_findings_is_cut_and_counted(self, tmp_path: Path) -> None:
        found = read(yolo(tmp_path, *["0 1 2"] * 1000), format="yolo")
        assert len(found.findings) == 201
        assert "800 more" in found.findings[-1].text
