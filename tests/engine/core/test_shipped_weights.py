import json
from pathlib import Path
from typing import Any

import pytest

from engine.core.latent_codes import load_codes
from engine.core.registry import MODELS
from engine.core.shipped_weights import FOLDER, best_shipped, shipped_file, shipped_weights
from engine.data.sprites import SPRITE_SHAPES

CARD: dict[str, Any] = {
    "model": "thing",
    "data": "MNIST",
    "licence": "MIT",
    "metric": {"name": "accuracy", "value": 0.98765, "on": "validation split, 1000 pictures"},
}


def test_weights_with_a_card_are_found_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "thing-mnist.json").write_text(json.dumps(CARD))
    (tmp_path / "thing-mnist.safetensors").write_bytes(b"12345")
    (tmp_path / "card-alone.json").write_text(json.dumps(CARD))
    (tmp_path / "weights-alone.safetensors").write_bytes(b"1")
    (found,) = shipped_weights("thing", tmp_path)
    assert (found.name, found.origin, found.bytes, found.is_local) == (
        "thing-mnist",
        "shipped",
        5,
        True,
    )
    assert found.metric == "accuracy 0.9877 (validation split, 1000 pictures)"
    assert shipped_file("thing-mnist", tmp_path) == tmp_path / "thing-mnist.safetensors"
    assert shipped_file("thing-cifar", tmp_path) is None
    assert shipped_weights("other", tmp_path) == ()


def test_the_best_of_the_same_data_is_found(tmp_path: Path) -> None:
    cards = (("a-roads", "Roads: 9", 0.5), ("b-roads", "Roads: 9", 0.7), ("a-digits", "MNIST", 0.9))
    for name, data, value in cards:
        metric = {**CARD["metric"], "value": value}
        card = {**CARD, "model": name[0], "data": data, "metric": metric}
        (tmp_path / f"{name}.json").write_text(json.dumps(card))
        (tmp_path / f"{name}.safetensors").write_bytes(b"1")
    assert best_shipped("Roads", tmp_path) == ("b", "b-roads")
    assert best_shipped("Skies", tmp_path) is None


CODES = sorted(FOLDER.glob("*-latents.safetensors"))
WEIGHTS = [path for path in sorted(FOLDER.glob("*.safetensors")) if path not in CODES]


@pytest.mark.parametrize("path", WEIGHTS, ids=lambda p: p.stem)
def test_every_shipped_file_belongs_to_a_model_and_comes_first(path: Path) -> None:
    card = json.loads(path.with_suffix(".json").read_text())
    names = [weights.name for weights in MODELS.card(card["model"]).weights]
    shipped = [w.name for w in MODELS.card(card["model"]).weights if w.origin == "shipped"]
    assert path.stem in shipped
    assert names[: len(shipped)] == shipped


@pytest.mark.parametrize("path", CODES, ids=lambda p: p.stem)
def test_every_file_of_codes_lies_beside_weights_that_made_codes_as_long(path: Path) -> None:
    card_file = path.with_name(path.name.replace("-latents.safetensors", ".json"))
    card = json.loads(card_file.read_text())
    codes = load_codes(path)
    assert codes.latents.shape[1] == card["recipe"]["model_config"]["latent_dimensions"]
    assert codes.classes in ((), tuple(card["classes"]), SPRITE_SHAPES)
    assert card["recipe"]["data"] in codes.about


def test_shipped_files_of_segmenters_and_of_all_others_stay_below_forty_megabytes_each() -> None:
    sizes = {True: 0, False: 0}
    for path in FOLDER.glob("*.safetensors"):
        card_file = path.with_name(path.name.replace("-latents", "")).with_suffix(".json")
        card = json.loads(card_file.read_text())
        sizes[card["task"] == "segmentation"] += path.stat().st_size
    assert max(sizes.values()) < 40e6
