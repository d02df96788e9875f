"""YOLO lines by their meaning: boxes, polygons, poses, and what predictions append."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.api.annotations import Shape
from tests.engine.data.formats.support import kinds, make_picture, of_kind, read, shapes_of, yolo

POSE = "0 0.5 0.5 0.4 0.6 0.4 0.3 0.5 0.25 0.6 0.3"
POSE_WITH_VISIBILITY = "0 0.5 0.5 0.4 0.6 0.4 0.3 2 0.5 0.25 1 0.6 0.3 1"
PERSON = Shape.box("person", 30, 16, 70, 64)


@pytest.fixture(autouse=True)
def _picture(tmp_path: Path) -> None:
    make_picture(tmp_path / "a.jpg", (100, 80))


@pytest.mark.parametrize(
    ("line", "shape"), [(POSE, "[3, 2]"), (POSE_WITH_VISIBILITY, "[3, 3]"), (POSE, "[3, 2] # x")]
)
@pytest.mark.parametrize("tail", ["", " 0.9", " 0.9 7"])
@pytest.mark.parametrize("classes", ["person\n", None])
def test_keypoints_are_not_read_as_polygons(
    line: str, shape: str, tail: str, classes: str | None, tmp_path: Path
) -> None:
    source = yolo(tmp_path, line + tail, classes=classes)
    (tmp_path / "data.yaml").write_text(f"names: [person]\nkpt_shape: {shape}\ntrain: .\n")
    found = read(source)
    assert found.pictures[0].shapes == (replace(PERSON, score=0.9 if tail else None),)
    assert any("1 line with keypoints" in finding.text for finding in found.findings)


def test_keypoints_with_visibilities_are_told_from_a_polygon_without_a_table(
    tmp_path: Path,
) -> None:
    assert shapes_of(yolo(tmp_path, POSE_WITH_VISIBILITY)) == (PERSON,)


def test_a_line_that_does_not_fit_the_keypoints_is_told_and_left_out(tmp_path: Path) -> None:
    source = yolo(tmp_path, POSE, "0 .1 .1 .1 .1 .2 .2")
    (tmp_path / "data.yaml").write_text("names: [person, car]\nkpt_shape: [3, 2]\n")
    found = read(source)
    assert found.pictures[0].shapes == (PERSON,)
    finding = of_kind(found.findings, "unreadable")
    assert finding.is_error
    assert "line 2: has 7 values, with the keypoints of kpt_shape it has 11" in finding.text


@pytest.mark.parametrize(
    "shape", ["3", "[3, 4]", "[a, 2]", "[-1, 2]", "{a: 1}", "[99999999999, 3]"]
)
def test_a_kpt_shape_that_is_none_is_passed_over(shape: str, tmp_path: Path) -> None:
    source = yolo(tmp_path, "0 .5 .5 .4 .6")
    (tmp_path / "data.yaml").write_text(f"names: [person, car]\nkpt_shape: {shape}\n")
    assert shapes_of(source) == (PERSON,)


@pytest.mark.parametrize(
    ("lines", "kinds_and_scores"),
    [
        (["0 .5 .5 .4 .6 .9 17"], [("box", 0.9)]),
        (["0 .5 .5 .4 .6 .9 1", "0 .2 .2 .1 .1 .8 2"], [("box", 0.9), ("box", 0.8)]),
        (["0 .5 .5 .4 .6 1", "0 .2 .2 .1 .1 2"], [("box", None), ("box", None)]),
        (["0 .1 .1 .9 .1 .5 .9"], [("polygon", None)]),
        (["0 .1 .1 .9 .1 .5 .9 .75"], [("polygon", 0.75)]),
        (["0 .1 .1 .9 .1 .5 .9 .75 12"], [("polygon", 0.75)]),
        (["0 .1 .1 .9 .1 .5 .9 12"], [("polygon", None)]),
        (["0 .1 .1 .9 .1 .9 .9 .1 .9"], [("polygon", None)]),
    ],
)
def test_confidence_and_track_ids_are_no_coordinates(
    lines: list[str], kinds_and_scores: list[tuple[str, float | None]], tmp_path: Path
) -> None:
    shapes = shapes_of(yolo(tmp_path, *lines))
    assert [(shape.kind, shape.score) for shape in shapes] == kinds_and_scores


def test_coordinates_in_pixels_are_told_and_never_a_polygon(tmp_path: Path) -> None:
    found = read(yolo(tmp_path, "0 10 10 90 10 90 60 10 60", "0 .5 .5 .4 .6"))
    assert found.pictures[0].shapes == (PERSON,)
    assert "no normalised polygon" in of_kind(found.findings, "unreadable").text


def test_one_bad_line_does_not_make_a_folder_unknown(tmp_path: Path) -> None:
    yolo(tmp_path, "0 .5 .5 .4 .6", "person at the left", "1 .2 .2 .1 .1")
    found = read(tmp_path)
    assert found.format == "yolo"
    assert len(found.pictures[0].shapes) == 2
    assert kinds(found.findings) == ["unreadable"]


def data_set(folder: Path, label: str, line: str, shape: str) -> Path:
    """Write a data set of one picture with a table of its own."""
    picture = make_picture(folder / "images" / "p.jpg", (100, 80))
    (folder / "labels").mkdir()
    (folder / "labels" / "p.txt").write_text(line)
    (folder / "data.yaml").write_text(f"names: [{label}]\nkpt_shape: {shape}\ntrain: images\n")
    return picture


def test_labels_are_read_by_the_table_of_their_own_data_set(tmp_path: Path) -> None:
    outer = data_set(tmp_path / "all", "person", POSE, "[3, 2]")
    inner = data_set(tmp_path / "all" / "more", "dog", POSE_WITH_VISIBILITY, "[3, 3]")
    found = read(tmp_path / "all")
    shapes = {picture.file: picture.shapes for picture in found.pictures}
    assert shapes == {outer: (PERSON,), inner: (replace(PERSON, label="dog"),)}
    assert found.classes == ("person", "dog")
    text = of_kind(found.findings, "class order").text
    assert "class 0 is 'dog' in data.yaml and 'person' in data.yaml; more/data.yaml" in text


def test_data_sets_side_by_side_keep_their_classes(tmp_path: Path) -> None:
    for label in ("cat", "dog"):
        data_set(tmp_path / "sets" / label, label, "0 .5 .5 .4 .6", "[]")
    found = read(tmp_path / "sets", format="yolo")
    labels = {picture.file.parts[-3]: picture.shapes[0].label for picture in found.pictures}
    assert labels == {"cat": "cat", "dog": "dog"}


def test_a_table_that_was_chosen_counts_for_everything_below_it(tmp_path: Path) -> None:
    data_set(tmp_path / "all", "person", "0 .5 .5 .4 .6", "[]")
    (tmp_path / "all" / "labels" / "classes.txt").write_text("dog\n")
    assert read(tmp_path / "all" / "data.yaml").pictures[0].shapes == (PERSON,)
    assert read(tmp_path / "all").pictures[0].shapes[0].label == "dog"
