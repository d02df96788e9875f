"""Annotation files beside pictures."""

import json
import os
import unicodedata

import numpy as np
import pytest
from PIL import Image

from engine.api.annotations import ReadClasses, ReadSidecar, ReadSidecars
from engine.api.errors import DatasetError
from engine.api.pictures import WritePicture
from engine.api.tasks import TaskContext
from engine.service import execute


def ask(request):
    return execute(request, TaskContext(lambda progress: None))


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "street.png"
    Image.new("RGB", (100, 80)).save(path)
    return path


def labelme(picture, label):
    shape = {"label": label, "points": [[10, 20], [30, 40]], "shape_type": "rectangle"}
    document = {"shapes": [shape], "imagePath": picture.name, "imageWidth": 100, "imageHeight": 80}
    picture.with_suffix(".json").write_text(json.dumps(document), encoding="utf-8")


def test_a_picture_without_annotations_has_none(picture):
    assert ask(ReadSidecar(picture)) is None


def test_labelme_comes_before_yolo(picture):
    picture.with_suffix(".txt").write_text("0 0.5 0.5 0.2 0.2\n", encoding="utf-8")
    assert ask(ReadSidecar(picture)).annotations.format == "yolo"
    labelme(picture, "tram")
    sidecar = ask(ReadSidecar(picture))
    assert sidecar.source == picture.with_suffix(".json")
    (entry,) = sidecar.annotations.pictures
    assert entry.file == picture
    assert [(shape.label, shape.box_xyxy) for shape in entry.shapes] == [("tram", (10, 20, 30, 40))]


@pytest.mark.parametrize("text", ["a quiet street", "1 2 3", "0 0.5 0.5 0.2"])
def test_a_text_of_other_kind_is_passed_over(picture, text):
    picture.with_suffix(".txt").write_text(text, encoding="utf-8")
    assert ask(ReadSidecar(picture)) is None


def test_an_empty_text_is_yolo_without_boxes(picture):
    picture.with_suffix(".txt").write_text("", encoding="utf-8")
    assert ask(ReadSidecar(picture)).annotations.format == "yolo"


@pytest.mark.parametrize(
    ("suffix", "text"),
    [(".json", '{"category": "gallery", "tags": []}'), (".xml", "<svg/>"), (".txt", "a street")],
)
def test_a_file_of_another_program_is_passed_over(picture, suffix, text):
    picture.with_suffix(suffix).write_text(text, encoding="utf-8")
    assert ask(ReadSidecar(picture)) is None
    other = ".xml" if suffix == ".txt" else ".txt"
    own = {".txt": "0 .5 .5 .2 .2\n", ".xml": "<annotation/>"}[other]
    picture.with_suffix(other).write_text(own, encoding="utf-8")
    assert ask(ReadSidecar(picture)).source == picture.with_suffix(other)


@pytest.mark.parametrize(
    ("suffix", "text"),
    [(".json", '{"shapes": ['), (".json", ""), (".xml", "<annotation><obj"), (".txt", b"\xff\xfe")],
)
def test_a_damaged_file_is_named(picture, suffix, text):
    content = text if isinstance(text, bytes) else text.encode()
    picture.with_suffix(suffix).write_bytes(content)
    with pytest.raises(DatasetError, match=rf"street\{suffix}"):
        ask(ReadSidecar(picture))


def test_a_picture_with_the_longest_name_has_none(tmp_path):
    assert ask(ReadSidecar(tmp_path / ("a" * 251 + ".jpg"))) is None
    assert ask(ReadSidecar(tmp_path / "two\0names.jpg")) is None


def test_a_pipe_beside_a_picture_is_passed_over(picture):
    os.mkfifo(picture.with_suffix(".json"))
    assert ask(ReadSidecar(picture)) is None


def test_names_composed_as_macos_does_are_the_same(tmp_path):
    picture = tmp_path / unicodedata.normalize("NFC", "Bücher.png")
    Image.new("RGB", (100, 80)).save(picture)
    name = unicodedata.normalize("NFD", "Bücher.txt")
    (tmp_path / name).write_text("0 .5 .5 .2 .2\n")
    sidecar = ask(ReadSidecar(picture))
    assert sidecar.source.name == name
    assert [entry.file for entry in sidecar.annotations.pictures] == [picture]


def test_of_two_pictures_with_one_stem_only_that_which_is_named_has_the_annotations(picture):
    twin = picture.with_suffix(".jpg")
    Image.new("RGB", (100, 80)).save(twin)
    labelme(picture, "tram")
    assert [entry.file for entry in ask(ReadSidecar(picture)).annotations.pictures] == [picture]
    other = ask(ReadSidecar(twin)).annotations
    assert other.pictures == ()
    assert "street.json belongs to street.png" in other.findings[0].text


def test_all_sidecars_of_a_folder_are_read_and_what_is_no_annotation_is_passed_over(picture):
    labelme(picture, "tram")
    other = picture.with_name("garden.png")
    Image.new("RGB", (100, 80)).save(other)
    other.with_suffix(".txt").write_text("a garden", encoding="utf-8")
    (picture.parent / "settings.json").write_text("{}", encoding="utf-8")
    for request in (ReadSidecars(picture.parent), ReadSidecars(None, (picture, other))):
        found = {entry.file: [shape.label for shape in entry.shapes] for entry in ask(request)}
        assert found[picture] == ["tram"]
        assert not found.get(other)


def test_a_pasted_picture_is_written_without_loss(tmp_path, random):
    pixels = random.integers(0, 256, (30, 40, 3), np.uint8)
    path = ask(WritePicture(pixels, tmp_path / "new" / "pasted.png"))
    assert np.array_equal(np.asarray(Image.open(path)), pixels)


def test_classes_of_a_folder_have_one_order(picture):
    for number, label in enumerate(("zebra", "tram", "car")):
        other = picture.with_name(f"{number}.png")
        Image.new("RGB", (100, 80)).save(other)
        labelme(other, label)
    assert ask(ReadClasses(picture.parent)) == ("car", "tram", "zebra")
    (picture.parent / "classes.txt").write_text("zebra\nbus\n", encoding="utf-8")
    assert ask(ReadClasses(picture.parent)) == ("zebra", "bus", "car", "tram")
