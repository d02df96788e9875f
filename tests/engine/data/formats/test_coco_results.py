"""Detections go to COCO and come back; boxes are read from three kinds of file in their order."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO

from engine.api.annotations import Shape
from engine.api.detection import Detections
from engine.api.errors import DatasetError
from engine.cli.command import to_plain
from engine.data.formats.coco_results import (
    detections_to_coco,
    read_boxes,
    read_results,
    write_results,
)
from tests.engine.data.formats.support import make_json, make_picture, read

BOXES = [[10.5, 20.25, 110.75, 70.5], [0, 0, 5, 5], [300.1, 200.2, 310.3, 222.4]]
ENTRY = {"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.5}


@pytest.fixture
def detections() -> Detections:
    return Detections.of(BOXES, [0.25, 0.75, 0.5], ("dog", "cat", "dog"))


def same(left: Detections, right: Detections) -> bool:
    return (
        np.array_equal(left.boxes_xyxy, right.boxes_xyxy)
        and np.array_equal(left.scores, right.scores)
        and left.labels == right.labels
    )


def test_detections_come_back_bit_for_bit_and_in_order(
    detections: Detections, tmp_path: Path
) -> None:
    write_results(tmp_path / "r.json", detections_to_coco(detections, 7, "a.jpg"))
    assert same(read_boxes(tmp_path / "r.json"), detections)


def test_random_detections_come_back_bit_for_bit(
    tmp_path: Path, random: np.random.Generator
) -> None:
    corners = random.uniform(0, 4000, (1000, 2, 2)).astype(np.float32)
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    labels = tuple(random.choice(["a", "b", "c"], 1000).tolist())
    detections = Detections.of(boxes, random.uniform(0, 1, 1000), labels)
    write_results(tmp_path / "r.json", detections_to_coco(detections, 1))
    back = read_boxes(tmp_path / "r.json")
    assert np.array_equal(back.boxes_xyxy, detections.boxes_xyxy)
    assert np.array_equal(back.scores, detections.scores)


def test_pycocotools_loads_the_results_beside_their_truth(
    detections: Detections, tmp_path: Path
) -> None:
    truth = {
        "info": {},
        "images": [{"id": 7, "file_name": "a.jpg", "width": 640, "height": 480}],
        "categories": [{"id": 17, "name": "cat"}, {"id": 18, "name": "dog"}],
        "annotations": [],
    }
    coco = COCO(str(make_json(tmp_path / "truth.json", truth)))
    entries = detections_to_coco(detections, 7, category_ids={"cat": 17, "dog": 18})
    write_results(tmp_path / "r.json", entries)
    loaded = coco.loadRes(str(tmp_path / "r.json"))
    found = loaded.loadAnns(loaded.getAnnIds())
    assert [entry["category_id"] for entry in found] == [18, 17, 18]
    assert [entry["score"] for entry in found] == [0.25, 0.75, 0.5]
    assert found[0]["bbox"] == [10.5, 20.25, 100.25, 50.25]


def test_the_id_of_a_class_is_its_index_where_no_ids_are_given() -> None:
    categories = ("__background__", "person", "N/A", "car")
    detections = Detections(
        np.array([[1, 2, 3, 4]], np.float32), np.array([1], np.float32), np.array([3]), categories
    )
    (entry,) = detections_to_coco(detections, 1)
    assert (entry["category_id"], entry["category_name"]) == (3, "car")


def test_a_class_without_an_id_gives_one_line(detections: Detections) -> None:
    with pytest.raises(DatasetError, match="'dog' has no category id; known: cat"):
        detections_to_coco(detections, 1, category_ids={"cat": 1})


def test_a_whole_document_of_one_picture_is_read_by_all(
    detections: Detections, tmp_path: Path
) -> None:
    make_picture(tmp_path / "a.jpg")
    target = tmp_path / "a.json"
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}],
        "annotations": [
            entry | {"id": number, "area": 1, "iscrowd": 0}
            for number, entry in enumerate(detections_to_coco(detections, 1), 1)
        ],
        "categories": [{"id": i, "name": n} for i, n in enumerate(detections.categories)],
    }
    write_results(target, document)
    assert same(read_boxes(target), detections)
    shapes = read(target).pictures[0].shapes
    assert [(shape.label, shape.score) for shape in shapes] == [
        ("dog", 0.25),
        ("cat", 0.75),
        ("dog", 0.5),
    ]
    coco = COCO(str(target))
    assert len(coco.getAnnIds()) == 3


def test_what_the_detect_command_prints_is_read(detections: Detections, tmp_path: Path) -> None:
    found = [
        {"box": box, "score": score, "label": label}
        for box, score, label in zip(
            to_plain(detections.boxes_xyxy),
            to_plain(detections.scores),
            detections.labels,
            strict=True,
        )
    ]
    image = {"file": "x/a.jpg", "width": 640, "height": 480, "detections": found, "ms": 3.2}
    path = make_json(tmp_path / "out.json", {"images": [image]})
    assert same(read_boxes(path), detections)
    assert same(read_boxes(path, "a"), detections)


def test_a_coco_annotation_file_gives_boxes_with_score_one(tmp_path: Path) -> None:
    document = {
        "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
        "categories": [{"id": 2, "name": "cat"}],
        "annotations": [{"image_id": 2, "category_id": 2, "bbox": [1, 2, 3, 4]}],
    }
    path = make_json(tmp_path / "c.json", document)
    assert {name: len(found) for name, found in read_results(path).items()} == {
        "a.jpg": 0,
        "b.jpg": 1,
    }
    found = read_boxes(path, "b.jpg")
    assert (found.labels, found.scores.tolist()) == (("cat",), [1.0])
    assert found.boxes_xyxy.tolist() == [[1, 2, 4, 6]]


def test_boxes_keep_their_order_duplicates_and_emptiness(tmp_path: Path) -> None:
    boxes = [[9, 9, 5, 5], [1, 1, 2, 2], [9, 9, 5, 5], [3, 3, 0, 0]]
    entries = [ENTRY | {"bbox": box, "score": n / 8} for n, box in enumerate(boxes)]
    found = read_boxes(make_json(tmp_path / "r.json", entries))
    assert found.boxes_xyxy[:, 0].tolist() == [9, 1, 9, 3]
    assert found.scores.tolist() == [0, 0.125, 0.25, 0.375]
    assert found.labels == ("class 2",) * 4


def test_several_pictures_ask_which(tmp_path: Path) -> None:
    path = make_json(tmp_path / "r.json", [ENTRY, ENTRY | {"image_id": 2}])
    with pytest.raises(DatasetError, match=r"holds 2 pictures \(1, 2\); choose one"):
        read_boxes(path)
    assert len(read_boxes(path, "2")) == 1
    with pytest.raises(DatasetError, match="picture '3' is not in the file; it has 1, 2"):
        read_boxes(path, "3")


def test_a_name_that_two_pictures_share_asks_for_the_path(tmp_path: Path) -> None:
    entries = [ENTRY | {"file_name": name} for name in ("x/a.jpg", "y/a.jpg")]
    path = make_json(tmp_path / "r.json", entries)
    with pytest.raises(DatasetError, match="is 2 times"):
        read_boxes(path, "a.jpg")
    assert len(read_boxes(path, "y/a.jpg")) == 1


def test_no_boxes_are_no_failure(tmp_path: Path) -> None:
    assert len(read_boxes(make_json(tmp_path / "r.json", []))) == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({}, "holds no boxes; expected a COCO results list"),
        ("text", "holds no boxes"),
        ([1], "entry 0: '1' is no object"),
        ([ENTRY | {"bbox": [1, 2, 3]}], "entry 0: bbox .* is not four numbers"),
        ([ENTRY, ENTRY | {"bbox": [1, 2, -3, 4]}], "entry 1: .* wrong order"),
        ([ENTRY | {"score": 1.5}], "entry 0: score 1.5 is outside"),
        ([ENTRY | {"score": "x"}], "entry 0: score: 'x' is no finite number"),
        ([ENTRY | {"bbox": [1, 2, 3, None]}], "entry 0: bbox: 'None' is no finite number"),
        ({"images": [{"file": "a"}]}, r"images\[0\]: has no list of detections"),
        ({"images": [{"file": "a", "detections": [3]}]}, "detection 0: '3' is no object"),
        (
            {"images": [{"file": "a", "detections": [{"box": [1, 2, 3]}]}]},
            "detection 0: box .* not four numbers",
        ),
    ],
)
def test_what_is_no_box_gives_one_line(content: Any, reason: str, tmp_path: Path) -> None:
    path = make_json(tmp_path / "r.json", content)
    with pytest.raises(DatasetError, match=reason) as caught:
        read_boxes(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_annotations_are_read_and_written_without_loading_torch(tmp_path: Path) -> None:
    picture = make_picture(tmp_path / "a.jpg")
    make_json(tmp_path / "a.json", {"imagePath": "a.jpg", "shapes": []})
    script = (
        "import sys; from pathlib import Path; from engine.service import execute;"
        "from engine.api.annotations import ReadAnnotations;"
        "from engine.api.tasks import TaskContext;"
        f"execute(ReadAnnotations(Path({str(tmp_path / 'a.json')!r})), TaskContext(print));"
        "print([name for name in ('torch', 'supervision', 'cv2') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert picture.exists()


def test_real_annotations_are_boxes_too(data_folder: Path) -> None:
    path = data_folder / "coco128-train" / "annotations.json"
    raw = json.loads(path.read_text())
    found = read_boxes(path, "000000000009.jpg")
    wanted = [entry["bbox"] for entry in raw["annotations"] if entry["image_id"] == 9]
    assert found.boxes_xyxy.tolist() == [
        pytest.approx([x, y, x + w, y + h], rel=1e-6) for x, y, w, h in wanted
    ]
    assert Shape.box(found.labels[0], *found.boxes_xyxy[0].tolist()).area > 0
