"""What a format would lose is told before writing, and nothing of worth is written over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree

import pytest

from engine.api.annotations import (
    AnnotationFormat,
    AnnotationSet,
    PictureAnnotations,
    Shape,
    WriteAnnotations,
)
from engine.api.errors import DatasetError, StorageError, TaskCancelled
from engine.api.tasks import TaskContext
from engine.core import files
from engine.data import annotation_writer
from tests.engine.data.formats.support import (
    HEIGHT,
    WIDTH,
    check,
    kinds,
    make_picture,
    of_kind,
    one_set,
    read,
    write,
)

FORMATS: tuple[AnnotationFormat, ...] = ("coco", "voc", "yolo", "labelme")
SUFFIXES = {"voc": ".xml", "yolo": ".txt", "labelme": ".json"}
BOX = Shape.box("cat", 10, 20, 110, 70)
TRIANGLE = Shape("cat", ((10.0, 10.0), (200.0, 10.0), (200.0, 90.0)), "polygon")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return make_picture(tmp_path / "images" / "a.jpg")


def target_in(folder: Path, name: AnnotationFormat) -> Path:
    return folder / "out" / ("annotations.json" if name == "coco" else name)


def file_in(folder: Path, name: AnnotationFormat) -> Path:
    target = target_in(folder, name)
    return target if name == "coco" else target / f"a{SUFFIXES[name]}"


def snapshot(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestLosses:
    @pytest.mark.parametrize("name", FORMATS)
    def test_plain_boxes_lose_nothing(
        self, name: AnnotationFormat, picture: Path, tmp_path: Path
    ) -> None:
        assert check(one_set(picture, BOX), name, target_in(tmp_path, name)) == ()

    @pytest.mark.parametrize("name", FORMATS)
    def test_checking_writes_nothing(
        self, name: AnnotationFormat, picture: Path, tmp_path: Path
    ) -> None:
        before = snapshot(tmp_path)
        check(one_set(picture, BOX, TRIANGLE), name, target_in(tmp_path, name))
        assert snapshot(tmp_path) == before
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        ("name", "lost"),
        [
            ("coco", []),
            ("labelme", []),
            ("voc", ["1 shape: lose their scores", "1 shape: are polygons and become their boxes"]),
            ("yolo", ["1 shape: lose their scores", "1 shape: lose the mark “difficult”"]),
        ],
    )
    def test_what_a_format_cannot_hold_is_told(
        self, name: AnnotationFormat, lost: list[str], picture: Path, tmp_path: Path
    ) -> None:
        scored = Shape("cat", BOX.points, score=0.5)
        difficult = Shape("cat", TRIANGLE.points, "polygon", is_difficult=True)
        found = check(one_set(picture, scored, difficult), name, target_in(tmp_path, name))
        told = [f.text for f in found if f.kind == "unsupported" and "closed" not in f.text]
        assert told == lost

    def test_voc_writes_the_box_of_a_polygon(self, picture: Path, tmp_path: Path) -> None:
        write(one_set(picture, TRIANGLE), "voc", tmp_path / "voc")
        (shape,) = read(tmp_path / "voc").pictures[0].shapes
        assert shape == Shape.box("cat", 10, 10, 200, 90)

    def test_voc_tells_of_decimals(self, picture: Path, tmp_path: Path) -> None:
        found = check(one_set(picture, Shape.box("a", 1, 2, 3.5, 4)), "voc", tmp_path / "voc")
        assert "written with decimals" in of_kind(found, "unsupported").text

    def test_voc_holds_what_the_development_kit_expects(
        self, picture: Path, tmp_path: Path
    ) -> None:
        (path,) = write(one_set(picture, Shape.box("cat", 0, 0, 10, 20)), "voc", tmp_path / "voc")
        root = ElementTree.parse(path).getroot()
        assert root.findtext("filename") == "a.jpg"
        assert [root.findtext(f"size/{key}") for key in ("width", "height", "depth")] == [
            "640",
            "480",
            "3",
        ]
        sides = ("xmin", "ymin", "xmax", "ymax")
        assert [root.findtext(f"object/bndbox/{side}") for side in sides] == ["1", "1", "10", "20"]
        assert root.findtext("object/difficult") == "0"

    def test_boxes_beside_polygons_in_yolo_are_told(self, picture: Path, tmp_path: Path) -> None:
        found = check(one_set(picture, BOX, TRIANGLE), "yolo", tmp_path / "yolo")
        assert "1 picture with boxes and polygons (a.jpg)" in of_kind(found, "unsupported").text

    @pytest.mark.parametrize("name", ["voc", "yolo"])
    def test_class_names_that_do_not_fit_on_a_line_are_told(
        self, name: AnnotationFormat, picture: Path, tmp_path: Path
    ) -> None:
        shape = Shape.box("two\nlines \x00", 1, 2, 3, 4)
        target = target_in(tmp_path, name)
        found = check(one_set(picture, shape), name, target)
        assert (
            "'two\\nlines \\x00' is written as 'two lines ?'" in of_kind(found, "class name").text
        )
        write(one_set(picture, shape), name, target)
        assert read(target).pictures[0].shapes[0].label == "two lines ?"

    @pytest.mark.parametrize("name", ["coco", "labelme"])
    def test_json_keeps_even_odd_names(
        self, name: AnnotationFormat, picture: Path, tmp_path: Path
    ) -> None:
        shape = Shape.box(" two\nlines \x00\udcff", 1, 2, 3, 4)
        write(one_set(picture, shape), name, target_in(tmp_path, name))
        assert read(target_in(tmp_path, name)).pictures[0].shapes == (shape,)

    def test_shapes_outside_or_without_area_are_told_as_on_import(
        self, picture: Path, tmp_path: Path
    ) -> None:
        shapes = (Shape.box("a", -5, 0, 9, 9), Shape.box("a", 5, 5, 5, 9), BOX)
        found = check(one_set(picture, *shapes), "yolo", tmp_path / "yolo")
        assert kinds(found) == ["box outside", "empty shape"]
        assert "a.jpg, shape 1" in found[0].text
        write(one_set(picture, *shapes), "yolo", tmp_path / "yolo")
        assert read(tmp_path / "yolo").pictures[0].shapes == (Shape.box("a", 0, 0, 9, 9), BOX)

    @pytest.mark.parametrize(
        "points", [(), ((1.0, 2.0),), ((float("nan"), 1.0), (2.0, 3.0)), ((0.0, 0.0), (1e400, 5.0))]
    )
    @pytest.mark.parametrize("name", FORMATS)
    def test_shapes_that_are_none_are_left_out(
        self, name: AnnotationFormat, points: Any, picture: Path, tmp_path: Path
    ) -> None:
        annotations = one_set(picture, Shape("cat", points), BOX)
        assert any(finding.is_error for finding in check(annotations, name, tmp_path / "out"))
        write(annotations, name, target_in(tmp_path, name))
        assert read(target_in(tmp_path, name)).pictures[0].shapes == (BOX,)


class TestPictures:
    @pytest.mark.parametrize("name", FORMATS)
    def test_a_missing_picture_is_told(self, name: AnnotationFormat, tmp_path: Path) -> None:
        found = check(one_set(tmp_path / "gone.jpg", BOX), name, target_in(tmp_path, name))
        assert "gone.jpg is not there" in of_kind(found, "missing picture").text

    @pytest.mark.parametrize("name", FORMATS)
    def test_an_unknown_size_is_read_from_the_picture(
        self, name: AnnotationFormat, picture: Path, tmp_path: Path
    ) -> None:
        annotations = AnnotationSet((PictureAnnotations(picture, 0, 0, (BOX,)),), ("cat",))
        target = target_in(tmp_path, name)
        assert check(annotations, name, target) == ()
        write(annotations, name, target)
        back = read(target).pictures[0]
        assert (back.width, back.height, back.shapes) == (WIDTH, HEIGHT, (BOX,))

    @pytest.mark.parametrize("name", FORMATS)
    def test_a_size_that_cannot_be_known_is_told(
        self, name: AnnotationFormat, tmp_path: Path
    ) -> None:
        gone = PictureAnnotations(tmp_path / "gone.jpg", 0, 0, (BOX,))
        annotations = AnnotationSet((gone,), ("cat",))
        finding = of_kind(check(annotations, name, target_in(tmp_path, name)), "unknown size")
        assert finding.is_error == (name == "yolo")
        written = write(annotations, name, target_in(tmp_path, name))
        assert not any(path.name == "gone.txt" for path in written)

    @pytest.mark.parametrize("name", ["voc", "yolo", "labelme"])
    def test_two_pictures_with_one_annotation_file_are_refused(
        self, name: AnnotationFormat, tmp_path: Path
    ) -> None:
        files = [make_picture(tmp_path / "images" / n) for n in ("a.jpg", "a.png")]
        pictures = tuple(PictureAnnotations(f, WIDTH, HEIGHT, (BOX,)) for f in files)
        annotations = AnnotationSet(pictures, ("cat",))
        target = target_in(tmp_path, name)
        assert of_kind(check(annotations, name, target), "duplicate").is_error
        with pytest.raises(StorageError, match=r"would both be a\..*rename one"):
            write(annotations, name, target)
        assert not target.exists()

    def test_coco_tells_pictures_of_two_folders_apart(self, tmp_path: Path) -> None:
        files = [make_picture(tmp_path / "data" / n / "a.jpg") for n in ("one", "two")]
        pictures = tuple(PictureAnnotations(f, WIDTH, HEIGHT, (BOX,)) for f in files)
        write(AnnotationSet(pictures, ("cat",)), "coco", tmp_path / "c.json")
        document = json.loads((tmp_path / "c.json").read_text())
        assert [e["file_name"] for e in document["images"]] == ["one/a.jpg", "two/a.jpg"]
        assert [p.file for p in read(tmp_path / "c.json").pictures] == files

    def test_a_picture_called_classes_does_not_replace_the_class_names(
        self, tmp_path: Path
    ) -> None:
        annotations = one_set(make_picture(tmp_path / "classes.jpg"), BOX)
        with pytest.raises(StorageError, match=r"classes\.txt; rename the picture"):
            write(annotations, "yolo", tmp_path / "yolo")


class TestFilesInTheWay:
    @pytest.mark.parametrize("name", FORMATS)
    def test_a_file_that_would_be_replaced_is_told(
        self, name: AnnotationFormat, picture: Path, tmp_path: Path
    ) -> None:
        target = target_in(tmp_path, name)
        write(one_set(picture, BOX), name, target)
        finding = of_kind(check(one_set(picture, TRIANGLE), name, target), "would overwrite")
        assert not finding.is_error
        assert file_in(tmp_path, name).name in finding.text

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            (name, content)
            for name in FORMATS
            for content in (b"my notes", b"", b'{"images": [', b"\xff\xfe", b"[]")
            if content or name != "yolo"  # an empty label file is a picture without shapes
        ],
    )
    def test_a_broken_or_foreign_file_is_never_replaced(
        self, name: AnnotationFormat, content: bytes, picture: Path, tmp_path: Path
    ) -> None:
        path = file_in(tmp_path, name)
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        before = snapshot(tmp_path)
        finding = of_kind(
            check(one_set(picture, BOX), name, target_in(tmp_path, name)), "unreadable"
        )
        assert finding.is_error
        with pytest.raises(StorageError, match="move it away"):
            write(one_set(picture, BOX), name, target_in(tmp_path, name))
        assert snapshot(tmp_path) == before

    @pytest.mark.parametrize("name", FORMATS)
    def test_a_target_of_the_wrong_kind_is_refused(
        self, name: AnnotationFormat, picture: Path, tmp_path: Path
    ) -> None:
        target = tmp_path / "target"
        if name == "coco":
            target.mkdir()
        else:
            target.write_text("a file")
        with pytest.raises(StorageError, match=r"choose a (folder|\.json file)"):
            write(one_set(picture, BOX), name, target)

    @pytest.mark.parametrize("name", FORMATS)
    def test_a_write_that_fails_leaves_the_old_file(
        self,
        name: AnnotationFormat,
        picture: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        target = target_in(tmp_path, name)
        write(one_set(picture, BOX), name, target)
        before = snapshot(tmp_path)
        real = files.atomic_write

        @contextmanager
        def failing(path: Path) -> Iterator[Any]:
            with real(path) as stream:
                stream.write(b"half of")
                yield _FullDisk()

        monkeypatch.setattr(files, "atomic_write", failing)
        with pytest.raises(StorageError, match="No space left"):
            write(one_set(picture, TRIANGLE), name, target)
        assert snapshot(tmp_path) == before

    def test_cancelling_leaves_no_file(self, picture: Path, tmp_path: Path) -> None:
        context = TaskContext(lambda progress: None)
        context.cancel()
        request = WriteAnnotations(one_set(picture, BOX), "voc", tmp_path / "voc")
        with pytest.raises(TaskCancelled):
            annotation_writer.write_annotations(request, context)
        assert not (tmp_path / "voc").exists()

    def test_an_unknown_format_gives_one_line(self, picture: Path, tmp_path: Path) -> None:
        with pytest.raises(DatasetError, match="there is no format 'csv'; choose coco or"):
            write(one_set(picture, BOX), "csv", tmp_path / "x")  # type: ignore[arg-type]


class _FullDisk:
    def write(self, content: bytes) -> NoReturn:
        raise OSError(28, "No space left on device")
