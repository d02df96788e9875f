"""Runs of this machine as weights of their models."""

import json
import os
from pathlib import Path

from engine.api.latent import LatentSource, OpenLatents
from engine.api.models import ListModels, WeightsCard
from engine.api.tasks import TaskContext
from engine.service import execute
from tests.engine.inference.latents import saved

SILENT = TaskContext(lambda progress: None)
CARD = {
    "model": "vae",
    "data": "drawn digits",
    "licence": "MIT",
    "metric": {"name": "elbo_nats", "value": -12.345, "on": "validation split, 9 pictures"},
}


def make_run(folder: Path) -> Path:
    """A run that has left weights."""
    folder.mkdir(parents=True)
    source = saved(folder, "vae", latent_dimensions=2, base_channels=4, image_size=8)
    Path(str(source.weights)).rename(folder / "best.safetensors")
    (folder / "best.json").write_text(json.dumps(CARD))
    return folder


def listed(runs: Path | None) -> list[WeightsCard]:
    cards = execute(ListModels(runs), SILENT)
    vae = next(card for card in cards if card.key == "vae")
    return [weights for weights in vae.weights if weights.origin == "run"]


def test_runs_are_weights_of_their_model_newest_first_by_their_name(tmp_path: Path) -> None:
    old, new = make_run(tmp_path / "first try"), make_run(tmp_path / "second")
    os.utime(old, ns=(10**9, 10**9))
    assert [weights.title for weights in listed(tmp_path)] == ["second", "first try"]
    card = listed(tmp_path)[0]
    assert card.metric == "ELBO in nats -12.35 (validation split, 9 pictures)"
    assert card.is_local
    facts = execute(OpenLatents(LatentSource("vae", card.name)), SILENT)
    assert facts.weights == new.name
    assert listed(None) == []


def test_folders_that_are_no_runs_are_left_out(tmp_path: Path) -> None:
    make_run(tmp_path / "good")
    (tmp_path / "a file").write_text("no folder")
    (tmp_path / "empty").mkdir()
    for name, text in (("list", "[1]"), ("torn", "{"), ("other", '{"model": 3}'), ("bare", "{}")):
        (make_run(tmp_path / name) / "best.json").write_text(text)
    assert [weights.title for weights in listed(tmp_path)] == ["good"]
    assert listed(tmp_path / "nowhere") == []
