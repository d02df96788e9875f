"""Saved detections, read back by pycocotools, by the project and by eye."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from engine.api.detection import Detections, ReadBoxes, SaveDetections
from engine.api.errors import PictureError
from engine.api.tasks import TaskContext
from engine.inference.annotated_picture import annotate, class_rgb
from engine.inference.instance_masks import paste
from engine.inference.saved_detections import FoundOn, as_data, coco_document, run_lengths
from engine.service import execute
from gui.theme import class_colour

CONTEXT = TaskContext(lambda _: None)
GREY = np.full((60, 80, 3), 128, np.uint8)


@pytest.fixture
def found() -> Detections:
    """Two boxes with masks; the class list has placeholders, as torchvision's have."""
    masks = np.zeros((2, 28, 28), np.float16)
    masks[0, 7:21, 7:21] = 1.0
    masks[1] = 0.9
    return Detections(
        np.array([[10, 10, 50, 40], [20.25, 5, 70, 55.125]], np.float32),
        np.array([0.9, 1 / 3], np.float32),
        np.array([1, 3]),
        ("__background__", "person", "N/A", "dog"),
        masks,
    )


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_run_lengths_are_those_of_coco(mask: np.ndarray) -> None:
    encoded = run_lengths(mask)
    height, width = encoded["size"]
    decoded = coco_mask.decode(coco_mask.frPyObjects(encoded, height, width))
    assert (decoded.astype(bool) == mask).all()


def test_printed_boxes_keep_their_exact_single_precision(found: Detections) -> None:
    data = json.loads(json.dumps(as_data(FoundOn("a.png", 80, 60, found, 12.3456))))
    assert {key: data[key] for key in ("file", "width", "height", "ms")} == {
        "file": "a.png",
        "width": 80,
        "height": 60,
        "ms": 12.346,
    }
    first, second = data["detections"]
    assert (first["label"], second["label"]) == ("person", "dog")
    assert np.float32(second["score"]) == found.scores[1]
    assert second["box"] == [20.25, 5.0, 70.0, 55.125]
    mask = coco_mask.decode(coco_mask.frPyObjects(first["mask"], 60, 80)).astype(bool)
    assert (mask == paste(found, 0, 60, 80)).all()
    assert mask.any()


def test_a_coco_document_is_read_by_pycocotools(found: Detections, tmp_path: Path) -> None:
    pictures = [FoundOn("a.png", 80, 60, found), FoundOn("b.png", 80, 60, found)]
    path = tmp_path / "detections.json"
    path.write_text(json.dumps(coco_document(pictures)))
    coco = COCO(str(path))
    assert [image["file_name"] for image in coco.loadImgs(coco.getImgIds())] == ["a.png", "b.png"]
    assert {each["id"]: each["name"] for each in coco.loadCats(coco.getCatIds())} == {
        1: "person",
        3: "dog",
    }
    annotations = coco.loadAnns(coco.getAnnIds(imgIds=[2]))
    assert len(annotations) == 2
    assert annotations[0]["bbox"] == [10, 10, 40, 30]
    assert coco.annToMask(annotations[0]).sum() == paste(found, 0, 60, 80).sum()


@pytest.mark.parametrize("is_coco", [True, False])
def test_saved_boxes_are_read_back(found: Detections, tmp_path: Path, is_coco: bool) -> None:
    target = tmp_path / "boxes.json"
    request = SaveDetections(found, GREY, "a.png", target, is_coco)
    assert execute(request, CONTEXT) == target
    again = execute(ReadBoxes(target), CONTEXT)
    np.testing.assert_allclose(again.boxes_xyxy, found.boxes_xyxy, rtol=1e-6)
    np.testing.assert_array_equal(again.scores, found.scores)
    assert again.labels == ("person", "dog")


def test_a_saved_picture_shows_the_boxes_in_the_colours_of_their_classes(
    found: Detections, tmp_path: Path
) -> None:
    target = tmp_path / "shown.png"
    execute(SaveDetections(found, GREY, "a.png", target), CONTEXT)
    shown = np.array(Image.open(target))
    assert shown.shape == GREY.shape
    assert tuple(shown[39, 10]) == class_rgb("person")
    assert tuple(shown[54, 70]) == class_rgb("dog")
    assert (GREY == 128).all()


def test_masks_are_tinted_inside_and_nowhere_else(found: Detections) -> None:
    first = found.take(np.array([0]))
    shown = annotate(GREY, first)
    tinted = 128 * 0.55 + np.array(class_rgb("person")) * 0.45
    assert np.abs(shown[25, 30] - tinted).max() < 2
    assert (shown[45:] == 128).all()


def test_no_detections_leave_the_picture_as_it_is() -> None:
    assert (annotate(GREY, Detections.of([], [], ())) == GREY).all()


def test_a_box_at_the_edge_keeps_its_caption_inside() -> None:
    at_edge = Detections.of([[60, 0, 79, 59]], [0.5], ("a very long name indeed",))
    assert annotate(GREY, at_edge).shape == GREY.shape


@pytest.mark.parametrize("name", ["person", "face", "dog", "class 7", "Straße", ""])
def test_the_engine_and_the_interface_agree_on_the_colour_of_a_class(name: str) -> None:
    red, green, blue, _ = class_colour(name).getRgb()
    difference = np.abs(np.array(class_rgb(name)) - [red, green, blue])
    assert difference.max() <= 2


def test_an_unknown_suffix_is_refused(found: Detections, tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"boxes\.xyz"):
        execute(SaveDetections(found, GREY, "a.png", tmp_path / "boxes.xyz"), CONTEXT)
