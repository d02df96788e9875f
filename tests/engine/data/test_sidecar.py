"""Annotation files beside pictures."""

import json

import numpy as np
import pytest
from PIL import Image

from engine.api.annotations import ReadSidecar, ReadSidecars
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


def test_a_json_that_is_no_labelme_is_named(picture):
    picture.with_suffix(".json").write_text('{"detections": []}', encoding="utf-8")
    with pytest.raises(DatasetError, match=r"street\.json"):
        ask(ReadSidecar(picture))


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
