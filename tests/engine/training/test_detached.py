"""A run prepared for another process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.api.errors import ConfigError
from engine.api.tasks import TaskContext
from engine.api.training import PrepareRun, Train, TrainConfig
from engine.service import execute

CONTEXT = TaskContext(lambda _progress: None)


def test_the_settings_are_written_and_the_arguments_resume_them(tmp_path: Path) -> None:
    run = Train(
        "classifier-small",
        "digits",
        tmp_path / "run",
        config=TrainConfig(epochs=3, seed=7),
        device="cpu",
        may_download=True,
    )
    arguments = execute(PrepareRun(run), CONTEXT)
    expected = ["train", "--run", str(tmp_path / "run"), "--resume", "--device", "cpu"]
    assert list(arguments) == [*expected, "--download"]
    settings = json.loads((tmp_path / "run" / "config.json").read_text())
    assert (settings["model"], settings["data"]) == ("classifier-small", "digits")
    assert settings["train_config"]["epochs"] == 3
    assert settings["train_config"]["seed"] == 7


def test_a_folder_that_holds_a_run_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match="holds a run already; choose another folder"):
        execute(PrepareRun(Train("classifier-small", "digits", tmp_path)), CONTEXT)
    assert (tmp_path / "config.json").read_text() == "{}"


def test_a_model_that_cannot_be_trained_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="viola-jones-face"):
        execute(PrepareRun(Train("viola-jones-face", "digits", tmp_path / "run")), CONTEXT)
    assert not (tmp_path / "run").exists()
