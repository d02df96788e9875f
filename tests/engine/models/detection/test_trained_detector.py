"""The contract of a trained detector: one model and one objective; all else is the program's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.api.detection import Detect, DetectionResult, NetworkOptions
from engine.api.tasks import TaskContext
from engine.api.training import Train, TrainConfig
from engine.core.detector import NetworkDetector
from engine.core.loaded_models import CACHE, open_model
from engine.core.registry import MODELS
from engine.data.shapes import SHAPE_CLASSES, draw_scene
from engine.inference.box_networks import BoxNetworkDetector
from engine.inference.detectors import open_detector
from engine.inference.runtimes.dense_parts import dense_paths
from engine.service import execute
from engine.training.objective import OBJECTIVES
from tests.engine.models.detection import cell_detector

CONTEXT = TaskContext(lambda _: None)
EVERY_BOX = NetworkOptions(score_floor=0.001)


@pytest.fixture(scope="module", autouse=True)
def _registered() -> Iterator[None]:
    cell_detector.register()
    yield
    del MODELS._entries["cell-detector"], OBJECTIVES._entries["cell-detection"]
    CACHE.clear()


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of sixteen batches."""
    folder = tmp_path_factory.mktemp("runs") / "cells"
    config = TrainConfig(
        epochs=4,
        batch_size=8,
        samples_per_epoch=32,
        learning_rate=1e-2,
        sample_count=2,
        tensorboard=False,
    )
    threads = torch.get_num_threads()
    execute(Train("cell-detector", "shapes", folder, config=config, device="cpu"), CONTEXT)
    torch.set_num_threads(threads)
    return folder


def found_on(pixels: np.ndarray, run: Path, options: NetworkOptions) -> DetectionResult:
    result: DetectionResult = execute(
        Detect("cell-detector", pixels, options, run, device="cpu"), CONTEXT
    )
    return result


def test_a_run_learns_and_its_folder_is_all_that_detecting_needs(run_folder: Path) -> None:
    lines = (run_folder / "metrics.jsonl").read_text().splitlines()
    assert '"objects"' in lines[0]  # parts of the loss are curves by their names
    trained = open_model("cell-detector", run_folder, "cpu")
    assert trained.trained.name == "cells"
    assert trained.trained.classes == SHAPE_CLASSES
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in trained.model.modules())
    result = found_on(draw_scene(0, 64).pixels, run_folder, EVERY_BOX)
    assert (result.weights, result.device) == ("cells", "cpu")
    assert result.raw.categories == SHAPE_CLASSES
    assert len(result.raw) == 64 * len(SHAPE_CLASSES)
    assert np.all(np.diff(result.raw.scores) <= 0)


def test_boxes_are_those_that_the_network_proposes(run_folder: Path) -> None:
    pixels = draw_scene(1, 64).pixels
    network = open_model("cell-detector", run_folder, "cpu").model
    images = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255
    (proposed,) = network.propose(network(images), EVERY_BOX)
    raw = found_on(pixels, run_folder, EVERY_BOX).raw
    np.testing.assert_allclose(raw.scores, proposed.scores, atol=1e-6)
    np.testing.assert_allclose(raw.boxes_xyxy, proposed.boxes_xyxy.clamp(0, 64), atol=1e-4)


def test_a_larger_picture_is_brought_to_the_size_of_training_and_its_boxes_back(
    run_folder: Path,
) -> None:
    pixels = draw_scene(2, 64).pixels
    large = np.ascontiguousarray(pixels.repeat(3, axis=0).repeat(3, axis=1))
    small, found = (found_on(each, run_folder, EVERY_BOX).raw for each in (pixels, large))
    np.testing.assert_allclose(found.boxes_xyxy, 3 * small.boxes_xyxy, atol=1e-3)
    np.testing.assert_allclose(found.scores, small.scores, atol=1e-5)


def test_options_act_without_loading_again(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = draw_scene(3, 64).pixels
    everything = found_on(pixels, run_folder, EVERY_BOX).raw
    monkeypatch.setattr(MODELS, "build", lambda *unused: pytest.fail("loaded again"))
    best = found_on(pixels, run_folder, replace(EVERY_BOX, raw_boxes=10)).raw
    np.testing.assert_array_equal(best.boxes_xyxy, everything.boxes_xyxy[:10])
    fine = found_on(pixels, run_folder, replace(EVERY_BOX, input_side_px=128)).raw
    assert len(fine) == 4 * len(everything)


def test_a_grey_network_sees_colour_pictures_and_squares_are_filled_up() -> None:
    model = cell_detector.CellDetector(cell_detector.CellDetectorConfig(in_channels=1)).eval()
    detector = BoxNetworkDetector(model, model, SHAPE_CLASSES, 1, 64, True, torch.device("cpu"))
    wide = np.zeros((32, 64, 3), np.uint8)
    seen, scale = detector._brought(wide, 0)
    assert seen.shape == (64, 64, 3)
    assert scale == (1.0, 1.0)
    assert seen[:32].max() == 0
    assert set(np.unique(seen[32:]).tolist()) == {114}
    found = detector.detect(wide, EVERY_BOX, CONTEXT)
    assert len(found) > 0
    assert found.boxes_xyxy[:, 3].max() <= 32  # nothing is found in the filling


def test_the_runtime_of_a_living_picture_takes_its_network_as_a_whole(run_folder: Path) -> None:
    detector = open_detector("cell-detector", run_folder, "cpu").detector
    assert isinstance(detector, NetworkDetector)
    assert dense_paths(detector.network) == ("",)
