"""A template slid over oriented gradients: its scores, its boxes, and learning from a few boxes."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from engine.api.detection import SuppressionConfig
from engine.api.tasks import Progress, TaskCancelled, TaskContext
from engine.api.training import Train, TrainConfig
from engine.inference.detectors import open_detector
from engine.layers.non_maximum_suppression import suppress
from engine.layers.oriented_gradients import block_features
from engine.metrics.box_matching import TrueBoxes, match_boxes
from engine.models.detection.hog_svm import FRAME, HogSvm, HogSvmConfig, HogSvmOptions
from engine.service import execute

CONTEXT = TaskContext(lambda _: None)
SMALL = HogSvmConfig(classes=2, window_width_px=32, window_height_px=40)
PICTURE = skimage.data.astronaut()[:120, 150:310]


def with_random_template(config: HogSvmConfig, seed: int = 0) -> HogSvm:
    model = HogSvm(config)
    torch.manual_seed(seed)
    model.template = torch.randn_like(model.template) / 20
    model.bias = torch.randn(config.classes)
    return model


def test_the_window_of_the_paper_has_3780_weights() -> None:
    assert HogSvm(HogSvmConfig()).template.numel() == 3780


def test_the_score_map_is_a_loop_over_all_windows() -> None:
    model = with_random_template(SMALL)
    features = block_features(PICTURE, SMALL.hog)
    found = model.score_map(features)
    rows, columns = SMALL.blocks
    assert found.shape == (2, features.shape[0] - rows + 1, features.shape[1] - columns + 1)
    template = model.template.flatten(1).double().numpy()
    for row in range(found.shape[1]):
        for column in range(found.shape[2]):
            window = features[row : row + rows, column : column + columns].reshape(-1)
            expected = template @ window.astype(np.float64) + model.bias.numpy()
            np.testing.assert_allclose(found[:, row, column], expected, atol=1e-5)


def test_a_window_cut_out_is_described_as_it_is_within_the_picture() -> None:
    model = with_random_template(SMALL)
    window = np.array([[16.0, 24.0, 48.0, 64.0]])
    alone = model.describe(PICTURE, window)[0]
    cut = PICTURE[24:64, 16:48]
    np.testing.assert_allclose(alone, block_features(cut, SMALL.hog).reshape(-1), atol=1e-6)


def test_an_object_stands_in_its_window_with_a_frame_around() -> None:
    model = HogSvm(HogSvmConfig())
    (window,) = model.window_around(np.array([[100, 50, 130, 146]], np.float32))
    height = window[3] - window[1]
    assert height == pytest.approx(96 / (1 - 2 * FRAME))
    assert (window[0] + window[2]) / 2 == pytest.approx(115)
    assert (window[2] - window[0]) / height == pytest.approx(0.5)


def test_boxes_at_places_of_a_score_map_lie_where_the_window_looked() -> None:
    model = HogSvm(HogSvmConfig())
    zero = np.zeros(1, np.int64)
    (box,) = model.boxes_at((2.0, 2.0), zero, zero + 3, zero + 5)
    border = 16  # of replicated edge around each level
    centre = np.array([5 * 8 - border + 32, 3 * 8 - border + 64]) / 2
    np.testing.assert_allclose((box[:2] + box[2:]) / 2, centre)
    np.testing.assert_allclose(box[2:] - box[:2], [64 * 0.75 / 2, 128 * 0.75 / 2])


def test_an_untrained_model_finds_nothing() -> None:
    assert len(HogSvm(HogSvmConfig()).detect(PICTURE, HogSvmOptions(), CONTEXT)) == 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (25, 25)])
def test_small_and_narrow_pictures_are_no_trouble(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    boxes = with_random_template(SMALL).detect(pixels, HogSvmOptions(), CONTEXT).boxes_xyxy
    assert (boxes[:, 2:] <= [shape[1], shape[0]]).all()


def test_a_cancel_is_noticed_between_two_sizes() -> None:
    def stop(_: Progress) -> None:
        raise AssertionError("nothing is reported")

    context = TaskContext(stop)
    context.cancel()
    with pytest.raises(TaskCancelled):
        HogSvm(SMALL).detect(PICTURE, HogSvmOptions(), context)


def scene(seed: int) -> tuple[np.ndarray, list[list[int]]]:
    """Crosses on noise, 28 to 40 px high, and rings of the same size that are none."""
    random = np.random.default_rng(seed)
    noise = random.integers(0, 60, (30, 40, 3), dtype=np.uint8)
    pixels = np.asarray(cv2.resize(noise, (160, 120)), np.uint8)
    boxes = []
    for column in range(3):
        side = int(random.integers(28, 41))
        x, y = 8 + column * 50 + int(random.integers(0, 6)), int(random.integers(8, 112 - side))
        centre, colour = (x + side // 2, y + side // 2), random.integers(120, 256, 3).tolist()
        if column == seed % 3:
            cv2.circle(pixels, centre, side // 2 - 3, colour, 6)
            continue
        cv2.line(pixels, (x, centre[1]), (x + side, centre[1]), colour, 7)
        cv2.line(pixels, (centre[0], y), (centre[0], y + side), colour, 7)
        boxes.append([x, y, side, side])
    return pixels, boxes


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two rounds over a dozen pictures with two dozen boxes."""
    root = tmp_path_factory.mktemp("crosses")
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number in range(14):
        pixels, boxes = scene(number)
        Image.fromarray(pixels).save(root / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "width": 160, "height": 120})
        for box in boxes:
            about = {"id": len(annotations), "image_id": number, "category_id": 1}
            annotations.append(about | {"bbox": box, "area": box[2] * box[3]})
    document = {"images": images, "annotations": annotations}
    document["categories"] = [{"id": 1, "name": "cross"}]
    (root / "crosses.json").write_text(json.dumps(document))
    config = TrainConfig(epochs=2, batch_size=1, sample_count=2, augment="none", tensorboard=False)
    model = HogSvmConfig(window_width_px=48, window_height_px=48)
    threads = torch.get_num_threads()
    execute(Train("hog-svm", str(root), root / "run", model, config, device="cpu"), CONTEXT)
    torch.set_num_threads(threads)
    return root / "run"


def test_two_dozen_boxes_are_enough_to_find_crosses_in_new_pictures(run_folder: Path) -> None:
    detector = open_detector("hog-svm", run_folder, "cpu").detector
    assert detector.categories == ("cross",)
    pictures = []
    for seed in range(900, 910):
        pixels, boxes = scene(seed)
        raw = detector.detect(pixels, HogSvmOptions(), CONTEXT)
        objects = np.array(boxes, np.float32)
        objects[:, 2:] += objects[:, :2]
        truth = TrueBoxes(objects, np.zeros(len(objects), np.int64))
        pictures.append((suppress(raw, SuppressionConfig(0.5, 0.3)).detections, truth))
    matched = match_boxes(pictures)
    assert matched.is_true.sum() >= 0.9 * matched.positives()
    assert matched.is_true.mean() >= 0.9  # rings are no crosses


def test_a_run_says_what_it_reached_on_pictures_that_it_has_not_seen(run_folder: Path) -> None:
    lines = [json.loads(line) for line in (run_folder / "metrics.jsonl").read_text().splitlines()]
    validations = [line for line in lines if line["split"] == "validation"]
    assert len(validations) == 2
    assert {"loss", "ap", "ap50", "ap75"} <= validations[-1].keys()
    assert validations[-1]["ap50"] > 0.5
