"""Trainings that begin with weights of another run."""

from pathlib import Path

import pytest
import torch
from torch import nn

from engine.api.errors import ConfigError, WeightsError
from engine.core.checkpoint import load_weights, save_weights
from engine.training.start_weights import begin_with, plain_start
from tests.engine.training.support import Start


def test_a_run_begins_where_another_one_ended(start: Start, tmp_path: Path) -> None:
    first = start(tmp_path / "first", epochs=4, learning_rate=1e-2)
    still = start(
        tmp_path / "second", epochs=1, learning_rate=1e-7, start_weights=str(tmp_path / "first")
    )
    assert still.value == pytest.approx(first.value, abs=0.02)
    assert "began with" in still.notes[0]
    assert "best.safetensors" in still.notes[0]


def test_layers_of_another_shape_keep_their_random_values(tmp_path: Path) -> None:
    old = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 10))
    save_weights(tmp_path / "old.safetensors", old.state_dict(), {})
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    before = model[1].weight.clone()
    words = begin_with(model, str(tmp_path / "old.safetensors"))
    assert words == "began with 2 of 4 parameters from old.safetensors"
    torch.testing.assert_close(model[0].weight, old[0].weight)
    torch.testing.assert_close(model[1].weight, before)


def test_weights_of_which_nothing_fits_are_refused(tmp_path: Path) -> None:
    save_weights(tmp_path / "old.safetensors", nn.Linear(3, 4).state_dict(), {})
    with pytest.raises(WeightsError, match="none of its parameters fits Sequential"):
        begin_with(nn.Sequential(nn.Linear(3, 4)), str(tmp_path / "old.safetensors"))


def test_a_file_that_is_not_there_is_named(start: Start) -> None:
    with pytest.raises(ConfigError, match="start_weights nowhere: no such file"):
        start(start_weights="nowhere")


def test_the_card_has_the_name_of_the_file_alone(start: Start, tmp_path: Path) -> None:
    start(tmp_path / "first", epochs=1)
    report = start(tmp_path / "second", epochs=1, start_weights=str(tmp_path / "first"))
    _, about = load_weights(report.weights)
    assert str(tmp_path) not in about["card"]
    assert plain_start({"start_weights": "/some/where/vgg16.pth"}) == {"start_weights": "vgg16.pth"}
    assert plain_start({"epochs": 3}) == {"epochs": 3}
