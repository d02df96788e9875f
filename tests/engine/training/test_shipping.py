"""Weights as they ship: whole they are the run's, in half precision they are scored anew."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from sklearn.metrics import accuracy_score

from engine.api.errors import ConfigError, WeightsError
from engine.api.tasks import TaskContext
from engine.core.checkpoint import load_weights, save_weights
from engine.core.latent_codes import LatentCodes, latents_beside, load_codes, save_codes
from engine.core.registry import MODELS
from engine.core.shipped_weights import shipped_weights
from engine.core.trained_models import load_trained
from engine.data.datasets.opening import OpenOptions, open_dataset
from engine.data.datasets.samples import as_images, collate
from engine.training.shipping import halved, ship_weights
from tests.engine.training.support import Start

SILENT = TaskContext(lambda progress: None)
ROOT = Path(__file__).parents[3]


def test_whole_weights_ship_as_the_run_left_them_with_their_codes(
    start: Start, run_folder: Path, tmp_path: Path
) -> None:
    start(epochs=1)
    codes = LatentCodes(torch.rand(5, 2).half().float(), None, torch.arange(5), tuple("abcde"), "")
    save_codes(latents_beside(run_folder / "best.safetensors"), codes)
    path = ship_weights(run_folder, "small-digits", False, SILENT, tmp_path / "shipped")
    expected, found = load_weights(run_folder / "best.safetensors")[0], load_weights(path)
    assert found[0].keys() == expected.keys()
    assert all(torch.equal(found[0][name], expected[name]) for name in expected)
    card = json.loads((run_folder / "best.json").read_text())
    assert json.loads(found[1]["card"]) == json.loads(path.with_suffix(".json").read_text()) == card
    assert torch.equal(load_codes(latents_beside(path)).latents, codes.latents)
    (shown,) = shipped_weights("classifier-small", path.parent)
    assert shown.name == "small-digits"


def test_half_weights_are_computed_with_in_single_precision_and_scored_as_stored(
    start: Start, run_folder: Path, tmp_path: Path
) -> None:
    start(epochs=1)
    # A number that nothing reaches: it must not be the one that ships.
    card = json.loads((run_folder / "best.json").read_text())
    (run_folder / "best.json").write_text(
        json.dumps({**card, "metric": {**card["metric"], "value": 2}})
    )
    path = ship_weights(run_folder, "half", True, SILENT, tmp_path)
    stored = load_weights(path)[0]
    whole = load_weights(run_folder / "best.safetensors")[0]
    for name, values in whole.items():
        is_kernel = values.ndim > 1
        assert stored[name].dtype == (torch.float16 if is_kernel else values.dtype)
        assert torch.equal(stored[name], values.half() if is_kernel else values)
    assert path.stat().st_size < 0.7 * (run_folder / "best.safetensors").stat().st_size
    model = load_trained(MODELS.card("classifier-small"), path, torch.device("cpu")).model
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    held_out = open_dataset("digits", None, "classification", OpenOptions())
    pixels, classes = collate([held_out[index] for index in range(len(held_out))])
    with torch.no_grad():
        answers = model(as_images(pixels)).logits.argmax(1)
    shipped = json.loads(path.with_suffix(".json").read_text())
    assert shipped["stored"] == "float16"
    assert shipped["metric"]["value"] == pytest.approx(accuracy_score(classes, answers))
    assert shipped["numbers"]["accuracy"] == shipped["metric"]["value"]
    assert json.loads(load_weights(path)[1]["card"]) == shipped


def test_what_half_precision_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"wide reaches 7e\+04, and half .* at 65504"):
        halved({"fits": torch.ones(2, 2), "wide": torch.full((2, 2), 7e4)}, tmp_path / "w")
    vector = torch.full((2,), 7e4)
    assert halved({"vector": vector}, tmp_path / "w")["vector"] is vector


def test_a_run_without_scored_weights_does_not_ship(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no best weights with a card"):
        ship_weights(tmp_path, "x", False, SILENT, tmp_path)
    save_weights(tmp_path / "best.safetensors", {"a": torch.ones(1)}, {})
    nothing = {"metric": {"value": None, "on": "the run stopped before its first validation"}}
    (tmp_path / "best.json").write_text(json.dumps(nothing))
    with pytest.raises(ConfigError, match="before its first validation; go on with it first"):
        ship_weights(tmp_path, "x", False, SILENT, tmp_path)


def test_the_tool_says_in_one_line_why_it_does_not_ship(tmp_path: Path) -> None:
    command = [sys.executable, ".tools/ship_weights.py", str(tmp_path), "x"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "holds no best weights" in done.stderr
