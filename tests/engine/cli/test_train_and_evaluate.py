from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from engine.api.errors import ConfigError
from engine.api.training import TrainConfig
from engine.cli.run import parser, run
from engine.cli.train import _request, apply_words
from engine.models.classification.classifier_small import ClassifierSmallConfig
from engine.models.representation.autoencoder import AutoencoderConfig
from engine.training.objectives.classification import Classification

QUICK = [
    *("--set", "base_channels=4", "--set", "tensorboard=false", "--set", "sample_count=2"),
    *("--set", "precision=float32"),
]


def train(folder: Path, *more: str) -> int:
    start = ["train", "--model", "classifier-small", "--data", "digits", "--run", str(folder)]
    return run([*start, "--epochs", "1", *QUICK, *more])


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    return content


def test_training_and_scoring_print_the_agreed_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert train(folder, "--json", "--set", "seed=7") == 0
    report = printed(capsys)
    assert report["state"] == "finished"
    assert json.loads((folder / "config.json").read_text())["train_config"]["seed"] == 7
    arguments = ["evaluate", "--model", "classifier-small", "--data", "digits", "--json"]
    assert run([*arguments, "--weights", str(folder), "--split", "val"]) == 0
    result = printed(capsys)
    assert {"model", "weights", "data", "split", "images", "accuracy", "per_class"} <= result.keys()
    assert result["accuracy"] == report["value"]
    assert "miou" not in result


def test_an_autoencoder_trains_on_pictures_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", "--model", "autoencoder", "--data", "digits", "--run", str(tmp_path)]
    assert run([*arguments, "--epochs", "1", *QUICK, "--json"]) == 0
    report = printed(capsys)
    assert report["metric"] == "mse"
    arguments = ["evaluate", "--model", "autoencoder", "--data", "digits", "--json"]
    assert run([*arguments, "--weights", str(tmp_path)]) == 0
    assert printed(capsys)["mse"] == pytest.approx(report["value"], rel=1e-6)


def test_a_recipe_repeats_a_run(tmp_path: Path) -> None:
    assert train(tmp_path / "a") == 0
    recipe = str(tmp_path / "a" / "config.json")
    assert run(["train", "--recipe", recipe, "--run", str(tmp_path / "b")]) == 0
    one, two = (json.loads((tmp_path / x / "best.json").read_text()) for x in "ab")
    assert one["metric"] == two["metric"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "digits"], "--model is missing"),
        (["--model", "classifier-small"], "--data is missing"),
        (["--model", "clasifier", "--data", "digits"], "there is no model 'clasifier'"),
        (["--model", "classifier-small", "--data", "nowhere"], "nowhere: no such file or folder"),
        (["--model", "unet", "--data", "digits"], "is not for segmentation"),
        (["--model", "classifier-small", "--data", "digits", "--paper"], "has one size"),
        (["--recipe", "any.json", "--paper"], "give one of the two"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", *arguments, "--run", str(tmp_path / "run")]) == 1
    errors = capsys.readouterr().err
    assert message in errors
    assert errors.count("\n") == 1


def test_an_unknown_field_is_answered_with_all_fields(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(tmp_path / "run", "--set", "learning_rat=1") == 1
    errors = capsys.readouterr().err
    assert "no field 'learning_rat'" in errors
    assert "base_channels" in errors
    assert "learning_rate" in errors
    assert train(tmp_path / "run", "--set", "seed") == 1
    assert "expected FIELD=VALUE" in capsys.readouterr().err


def test_the_network_of_the_paper_can_be_asked_for_and_changed(tmp_path: Path) -> None:
    words = ["train", "--model", "fcn8s", "--data", "shapes", "--run", str(tmp_path), "--paper"]
    options = parser().parse_args([*words, "--set", "dropout=0.3"])
    config = _request(options).model_config
    assert (config.base_channels, config.hidden_channels, config.first_kernel) == (64, 4096, "7")
    assert config.dropout == 0.3


def test_fields_go_where_they_are_declared() -> None:
    model, config = apply_words(
        {"base_channels": "8", "seed": "7", "gradient_clip": "2"},
        ClassifierSmallConfig(),
        TrainConfig(epochs=3),
    )
    assert model == ClassifierSmallConfig(base_channels=8)
    assert config == TrainConfig(epochs=3, seed=7, gradient_clip=2.0)
    model, config = apply_words({"image_size": "16"}, AutoencoderConfig(), TrainConfig())
    assert (model.image_size, config.image_size) == (16, 16)
    with pytest.raises(ConfigError, match="outside"):
        apply_words({"epochs": "0"}, ClassifierSmallConfig(), TrainConfig())


def test_an_interrupt_saves_and_the_run_can_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    real = Classification.train_step
    steps = 0

    def interrupted(self: Classification, *arguments: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return real(self, *arguments)

    monkeypatch.setattr(Classification, "train_step", interrupted)
    before = signal.getsignal(signal.SIGTERM)
    assert train(folder) == 130
    assert signal.getsignal(signal.SIGTERM) is before
    assert json.loads((folder / "status.json").read_text())["step"] == 3
    assert run(["train", "--run", str(folder), "--resume"]) == 0
    assert json.loads((folder / "status.json").read_text())["state"] == "finished"


def test_scoring_without_weights_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "--model", "fcn32s", "--data", "shapes"]) == 1
    assert "has no weights yet; train it" in capsys.readouterr().err
