"""Runs with an augmentation of their own, in place of a preset."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.api.augmentation import AugmentationConfig
from engine.api.errors import ConfigError
from engine.api.tasks import TaskContext
from engine.api.training import Train, TrainConfig
from engine.cli.run import run
from engine.models.classification.classifier_small import ClassifierSmallConfig
from engine.training.run_folder import read_settings
from engine.training.settings import from_settings
from engine.training.start import train
from tests.engine.training.support import lines_of

SILENT = TaskContext(lambda progress: None)
SMALL = ClassifierSmallConfig(base_channels=4)
QUICK = TrainConfig(epochs=1, batch_size=256, tensorboard=False, precision="float32")
TURNED = AugmentationConfig(rotation_degrees=40.0)


def request(folder: Path, augmentation: AugmentationConfig | None) -> Train:
    return Train("classifier-small", "digits", folder, SMALL, QUICK, augmentation=augmentation)


def test_its_values_are_kept_in_the_settings_and_change_what_is_learned(tmp_path: Path) -> None:
    train(request(tmp_path / "own", TURNED), SILENT)
    train(request(tmp_path / "plain", None), SILENT)
    assert lines_of(tmp_path / "own") != lines_of(tmp_path / "plain")
    settings = read_settings(tmp_path / "own" / "config.json")
    assert settings["augmentation"]["rotation_degrees"] == 40
    assert from_settings(settings, tmp_path).augmentation == TURNED
    assert read_settings(tmp_path / "plain" / "config.json")["augmentation"] is None


def test_a_resumed_run_keeps_them_and_refuses_others(tmp_path: Path) -> None:
    train(request(tmp_path / "run", TURNED), SILENT)
    longer = replace(request(tmp_path / "run", None), is_resume=True)
    longer = replace(longer, config=replace(QUICK, epochs=2))
    assert train(longer, SILENT).epochs == 2
    other = replace(longer, augmentation=AugmentationConfig(shift=0.1))
    with pytest.raises(ConfigError, match="augmentation"):
        train(other, SILENT)


def test_the_command_line_changes_fields_of_the_preset(tmp_path: Path) -> None:
    words = ["augment=gentle", "augmentation.shift=0.2", "tensorboard=false", "base_channels=4"]
    settings = [part for word in words for part in ("--set", word)]
    arguments = ["train", "--model", "classifier-small", "--data", "digits", "--epochs", "1"]
    assert run([*arguments, "--run", str(tmp_path / "a"), *settings]) == 0
    kept = json.loads((tmp_path / "a" / "config.json").read_text())["augmentation"]
    assert (kept["shift"], kept["rotation_degrees"]) == (0.2, 10.0)


def test_a_field_that_no_augmentation_has_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", "--model", "classifier-small", "--data", "digits"]
    wrong = ["--run", str(tmp_path / "a"), "--set", "augmentation.wobble=1"]
    assert run([*arguments, *wrong]) == 1
    assert "wobble" in capsys.readouterr().err


def test_a_window_is_trained_on_and_whole_pictures_are_scored(tmp_path: Path) -> None:
    config = TrainConfig(
        epochs=1, batch_size=4, samples_per_epoch=8, image_size=64, tensorboard=False, workers=0
    )
    window = AugmentationConfig(crop_height_px=32, crop_width_px=48)
    report = train(
        Train("unet", "shapes", tmp_path / "run", None, config, augmentation=window), SILENT
    )
    assert report.value is not None
