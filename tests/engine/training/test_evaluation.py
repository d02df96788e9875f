"""Scoring against independent counts, on folders written here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import jaccard_score

from engine.api.errors import ConfigError, DatasetError
from engine.api.tasks import TaskContext
from engine.api.training import Evaluate, Train, TrainConfig
from engine.core.registry import MODELS
from engine.core.trained_models import load_trained
from engine.models.segmentation.unet import UnetConfig
from engine.training.evaluation import evaluate
from engine.training.start import train
from tests.engine.training.support import QUICK, Start

SILENT = TaskContext(lambda progress: None)
SIZE = (20, 30)


@pytest.fixture
def camvid(tmp_path: Path) -> Path:
    """Pictures whose left part is sky, with a void strip."""
    random = np.random.default_rng(0)
    folder = tmp_path / "streets"
    for part, count in (("train", 6), ("val", 3)):
        for sub in (part, f"{part}annot"):
            (folder / sub).mkdir(parents=True)
        for index in range(count):
            edge = int(random.integers(8, 22))
            mask = np.ones(SIZE, np.uint8)
            mask[:, :edge] = 0
            mask[:2] = 2
            pixels = np.where(mask[:, :, None] == 0, 220, 40) + random.integers(-30, 30, (*SIZE, 3))
            name = f"{part}{index}.png"
            Image.fromarray(pixels.astype(np.uint8)).save(folder / part / name)
            Image.fromarray(mask).save(folder / f"{part}annot" / name)
    (folder / "classes.txt").write_text("sky\nroad\nvoid\n")
    return folder


def train_unet(camvid: Path, run_folder: Path, **settings: object) -> float:
    config = TrainConfig(**{**QUICK, "batch_size": 3, "epochs": 4, **settings})  # type: ignore[arg-type]
    request = Train("unet", str(camvid), run_folder, UnetConfig(base_channels=4, depth=1), config)
    value = train(request, SILENT).value
    assert value is not None
    return value


def test_segmentation_scores_are_sklearns_on_the_whole_masks(
    camvid: Path, run_folder: Path
) -> None:
    train_unet(camvid, run_folder, image_size=10)
    result = evaluate(Evaluate("unet", str(camvid), run_folder), SILENT)
    model = load_trained(MODELS.card("unet"), run_folder, torch.device("cpu")).model
    truths, answers = [], []
    for index in range(3):
        pixels = Image.open(camvid / "val" / f"val{index}.png").reduce(2)
        images = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None] / 255
        with torch.no_grad():
            logits = model(images).logits
        large = torch.nn.functional.interpolate(logits, SIZE, mode="bilinear")
        mask = np.array(Image.open(camvid / "valannot" / f"val{index}.png"))
        truths.append(mask[mask != 2])
        answers.append(large.argmax(dim=1)[0].numpy()[mask != 2])
    truth, answer = np.concatenate(truths), np.concatenate(answers)
    expected = jaccard_score(truth, answer, average=None)
    assert result.per_class is not None
    assert list(result.per_class) == ["sky", "road"]
    assert list(result.per_class.values()) == pytest.approx(list(expected), abs=0.005)
    assert result.miou == pytest.approx(expected.mean(), abs=0.005)
    assert result.pixel_accuracy == pytest.approx((truth == answer).mean(), abs=0.005)
    assert "brought to 10 px" in result.protocol


def test_a_card_repeats_itself_at_full_size(camvid: Path, run_folder: Path) -> None:
    value = train_unet(camvid, run_folder)
    assert evaluate(Evaluate("unet", str(camvid), run_folder), SILENT).miou == value


def test_other_classes_than_the_models_are_refused(camvid: Path, run_folder: Path) -> None:
    train_unet(camvid, run_folder, epochs=1)
    (camvid / "classes.txt").write_text("road\nsky\nvoid\n")
    with pytest.raises(DatasetError, match="has the classes road, sky"):
        evaluate(Evaluate("unet", str(camvid), run_folder), SILENT)


def test_a_model_without_an_evaluation_is_refused() -> None:
    with pytest.raises(ConfigError, match="no evaluation for this model"):
        evaluate(Evaluate("hog-people", "shapes"), SILENT)


def test_every_sample_is_scored_whatever_the_batch_size(start: Start, run_folder: Path) -> None:
    start(epochs=1)
    results = [
        evaluate(Evaluate("classifier-small", "digits", run_folder, batch_size=size), SILENT)
        for size in (7, 269, 1000)
    ]
    assert len({result.confusion for result in results}) == 1
    assert {result.images for result in results} == {269}
