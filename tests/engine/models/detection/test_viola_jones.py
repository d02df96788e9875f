"""The cascades, against OpenCV's own grouping of their windows."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from numpy.typing import NDArray
from torchvision.ops import box_iou, nms

from engine.api.detection import Detections
from engine.api.errors import ConfigError, TaskCancelled
from engine.api.parameters import NoParameters
from engine.api.tasks import Progress, TaskContext
from engine.core.registry import MODELS
from engine.models.detection.viola_jones import CascadeOptions, agreement

CONTEXT = TaskContext(lambda _: None)
KEYS = [card.key for card in MODELS if card.family == "Viola-Jones"]
LABELS = {
    "viola-jones-face": "face",
    "viola-jones-eye": "eye",
    "viola-jones-smile": "smile",
    "viola-jones-cat-face": "cat face",
    "viola-jones-full-body": "person",
    "viola-jones-plate": "number plate",
}


def find(key: str, pixels: NDArray[np.uint8], options: CascadeOptions | None = None) -> Detections:
    card = MODELS.card(key)
    detector = MODELS.build(key, card.config_type())
    found: Detections = detector.detect(pixels, options or card.options_type(), CONTEXT)
    return found


def keep(key: str, found: Detections) -> NDArray[np.float32]:
    """Boxes that survive the model's own thresholds, by torchvision's suppression."""
    card = MODELS.card(key)
    strong = found.scores >= card.default_score
    boxes, scores = torch.tensor(found.boxes_xyxy[strong]), torch.tensor(found.scores[strong])
    kept: NDArray[np.float32] = boxes[nms(boxes, scores, card.default_iou)].numpy()
    return kept


def opencv_faces(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    grey = cv2.equalizeHist(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    path = f"{cv2.data.haarcascades}haarcascade_frontalface_default.xml"
    windows = cv2.CascadeClassifier(path).detectMultiScale(grey, 1.1, 3)
    boxes = np.array(windows, np.float32).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def test_there_is_one_detector_for_each_promised_cascade() -> None:
    assert {key: find(key, np.zeros((8, 8, 3), np.uint8)).categories for key in KEYS} == {
        key: (label,) for key, label in LABELS.items()
    }


def test_the_astronaut_has_one_face_where_opencv_sees_it() -> None:
    pixels = skimage.data.astronaut()
    kept = keep("viola-jones-face", find("viola-jones-face", pixels))
    reference = opencv_faces(pixels)
    assert len(kept) == len(reference) == 1
    assert box_iou(torch.tensor(kept), torch.tensor(reference)).item() > 0.85


def test_raw_windows_are_many_and_ordered_by_score() -> None:
    found = find("viola-jones-face", skimage.data.astronaut())
    assert len(found) > 20
    assert (np.diff(found.scores) <= 0).all()
    assert found.scores.max() < 1
    assert found.scores.min() > 0


def test_a_face_is_found_where_it_was_pasted() -> None:
    face = skimage.data.astronaut()[30:200, 140:310]
    scene = np.full((400, 600, 3), 128, np.uint8)
    scene[200:370, 400:570] = face
    kept = keep("viola-jones-face", find("viola-jones-face", scene))
    assert len(kept) == 1
    centre = (kept[0, :2] + kept[0, 2:]) / 2
    # In the photograph the face is centred at (224, 113).
    assert np.abs(centre - [400 + 224 - 140, 200 + 113 - 30]).max() < 12


@pytest.mark.parametrize(("others", "is_kept"), [(0, False), (2, False), (3, True), (10, True)])
def test_one_half_is_where_opencv_keeps_a_group(others: int, is_kept: bool) -> None:
    rng = np.random.default_rng(others)
    boxes = np.array([[50, 50, 150, 150]] * (others + 1)) + rng.integers(-4, 5, (others + 1, 1))
    windows = [(x1, y1, x2 - x1, y2 - y1) for x1, y1, x2, y2 in boxes.tolist()]
    kept, _ = cv2.groupRectangles(windows, 3, 0.2)
    assert (len(kept) == 1) == is_kept
    assert (agreement(boxes.astype(np.float32)) >= 0.5).all() == is_kept


def test_groups_are_those_of_opencv(random: np.random.Generator) -> None:
    centres = random.uniform(100, 900, (12, 2))
    sides = random.uniform(40, 160, 12)
    rows = []
    for centre, side in zip(centres, sides, strict=True):
        for _ in range(random.integers(1, 9)):
            x, y = centre + random.uniform(-0.08, 0.08, 2) * side
            rows.append((int(x), int(y), int(side), int(side)))
    random.shuffle(rows)
    boxes = np.array(rows, np.float32)
    boxes[:, 2:] += boxes[:, :2]
    scores = agreement(boxes)
    # Doubled, so that even lone windows are groups; the weight counts them twice.
    _, weights = cv2.groupRectangles([*rows, *rows], 1, 0.2)
    others = np.sort(np.array(weights).ravel() // 2 - 1)
    found = np.unique(np.floor(3 * scores / (1 - scores) + 1e-3), return_counts=True)
    mine = np.concatenate(
        [np.full(int(count / (n + 1)), n) for n, count in zip(*found, strict=True)]
    )
    assert mine.tolist() == others.tolist()


def test_the_most_central_window_of_a_group_is_its_best() -> None:
    boxes = np.array([[0, 0, 100, 100], [8, 8, 108, 108], [4, 4, 104, 104]], np.float32)
    assert agreement(boxes).argmax() == 2


def test_no_windows_have_no_scores() -> None:
    assert agreement(np.zeros((0, 4), np.float32)).shape == (0,)


def test_smiles_are_looked_for_inside_faces_only() -> None:
    pixels = skimage.data.astronaut()
    inside = find("viola-jones-smile", pixels)
    anywhere = find("viola-jones-smile", pixels, CascadeOptions())
    assert 0 < len(inside) < len(anywhere)
    face = opencv_faces(pixels)[0]
    assert (inside.boxes_xyxy[:, :2] >= face[:2]).all()
    assert (inside.boxes_xyxy[:, 2:] <= face[2:]).all()


def test_the_sizes_of_windows_are_limited() -> None:
    options = CascadeOptions(min_size_px=60, max_size_px=110)
    boxes = find("viola-jones-face", skimage.data.astronaut(), options).boxes_xyxy
    sides = boxes[:, 2] - boxes[:, 0]
    assert len(boxes) > 0
    assert sides.min() >= 60
    assert sides.max() <= 110


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (25, 25)])
def test_small_and_narrow_pictures_are_no_trouble(key: str, shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    boxes = find(key, pixels).boxes_xyxy
    assert (boxes[:, 2:] <= [shape[1], shape[0]]).all()


def test_options_outside_their_limits_are_named() -> None:
    with pytest.raises(ConfigError, match="scale_factor = 1 "):
        CascadeOptions(scale_factor=1.0)


@pytest.mark.parametrize(
    ("key", "options", "side_px"),
    [
        ("viola-jones-face", CascadeOptions(), 512),
        ("viola-jones-face", CascadeOptions(scale_factor=1.2), 300),  # in one call
        ("viola-jones-full-body", CascadeOptions(scale_factor=1.02, max_size_px=60), 512),
        ("viola-jones-eye", CascadeOptions(1.3, min_size_px=25, max_size_px=90), 512),
        ("viola-jones-eye", CascadeOptions(1.3, min_size_px=25, max_size_px=90), 300),
    ],
)
def test_searching_size_by_size_finds_what_a_single_call_of_opencv_finds(
    key: str, options: CascadeOptions, side_px: int
) -> None:
    picture = cv2.resize(skimage.data.astronaut(), (side_px, side_px))
    grey = cv2.equalizeHist(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    detector = MODELS.build(key, NoParameters())
    expected = detector._classifier.detectMultiScale(
        grey,
        scaleFactor=options.scale_factor,
        minNeighbors=0,
        minSize=(options.min_size_px, options.min_size_px),
        maxSize=(options.max_size_px, options.max_size_px),
    )
    found = np.concatenate(list(detector._search_scales(grey, options, CONTEXT)))
    found[:, 2:] -= found[:, :2]
    assert sorted(found.tolist()) == sorted(np.array(expected).reshape(-1, 4).tolist())
    assert len(found) > 0


def test_a_cancel_is_noticed_between_two_sizes_of_the_window() -> None:
    told: list[Progress] = []

    def stop(progress: Progress) -> None:
        told.append(progress)
        context.cancel()

    context = TaskContext(stop)
    detector = MODELS.build("viola-jones-face", NoParameters())
    with pytest.raises(TaskCancelled):
        detector.detect(skimage.data.astronaut(), CascadeOptions(), context)
    assert [progress.stage for progress in told] == ["Looking for objects"]
