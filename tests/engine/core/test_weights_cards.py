"""Cards from anywhere: a field that is not what it should be is named; the rest is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api.errors import WeightsError
from engine.core.checkpoint import save_weights
from engine.core.registry import MODELS
from engine.core.shipped_weights import FOLDER
from engine.core.trained_models import load_trained
from engine.core.weights_cards import checked_card, read_card
from engine.models.classification.classifier_small import ClassifierSmall, ClassifierSmallConfig

PATH = Path("w.safetensors")
GOOD: dict[str, Any] = {
    "model": "classifier-small",
    "classes": ["a", "b", "c"],
    "size": [28, 28],
    "channels": 1,
    "data": "a test",
    "metric": {"name": "accuracy", "value": 0.5, "on": "a split"},
    "numbers": {"loss": 1.5, "elbo": None},
    "recipe": {
        "model_config": {"base_channels": 4, "classes": 3},
        "train_config": {"image_size": None},
    },
}
HUGE = 10**400


def changed(field: str, value: Any) -> dict[str, Any]:
    """The good card with another value at a path of names."""
    card: dict[str, Any] = json.loads(json.dumps(GOOD))
    table, names = card, field.split(".")
    for name in names[:-1]:
        table = table[name]
    table[names[-1]] = value
    return card


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipe", None),
        ("recipe", "a text"),
        ("recipe.model_config", [1]),
        ("recipe.train_config", None),
        ("recipe.train_config.image_size", -4),
        ("recipe.train_config.image_size", "large"),
        ("recipe.model_config.base_channels", HUGE),
        ("classes", "abc"),
        ("classes", ["a", 3]),
        ("size", 28),
        ("size", [28]),
        ("size", [28, None]),
        ("size", [0, 28]),
        ("channels", 0.5),
        ("channels", True),
        ("metric", "good"),
        ("metric.value", "0.5"),
        ("metric.value", HUGE),
        ("metric.name", None),
        ("numbers", [1]),
        ("numbers.loss", {}),
        ("numbers.loss", -HUGE),
        ("model", ["unet"]),
        ("data", 3),
        ("seed", float("inf")),
    ],
)
def test_a_field_that_is_not_what_it_should_be_is_named(field: str, value: Any) -> None:
    with pytest.raises(WeightsError, match=rf"^w\.safetensors: its card's {field} is ") as caught:
        read_card(json.dumps(changed(field, value)), PATH)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", ["[]", "3", "null", '"text"', "{", "[" * 5000])
def test_what_is_no_card_is_said_to_be_none(text: str) -> None:
    with pytest.raises(WeightsError, match=r"^w\.safetensors: its card is "):
        read_card(text, PATH)


def test_all_may_be_absent_and_what_is_not_known_is_kept() -> None:
    assert checked_card({}, PATH) == {}
    card = {**GOOD, "note": {"by": ["someone"]}}
    assert read_card(json.dumps(card), PATH) == card


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_cards_of_shipped_weights_pass(path: Path) -> None:
    read_card(path.read_bytes(), path)


def save(folder: Path, card: Any) -> Path:
    model = ClassifierSmall(ClassifierSmallConfig(base_channels=4, classes=3))
    save_weights(folder / "w.safetensors", model.state_dict(), {"card": json.dumps(card)})
    return folder / "w.safetensors"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(HUGE) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None, database=None)
@given(
    field=st.sampled_from(
        [
            *GOOD,
            *(f"{table}.{name}" for table in ("recipe", "metric") for name in GOOD[table]),
            "recipe.model_config.base_channels",
            "recipe.model_config.classes",
            "recipe.model_config.unknown",
            "recipe.train_config.image_size",
        ]
    ),
    value=ANYTHING,
)
def test_weights_with_any_card_load_or_say_in_one_line_why_not(
    field: str, value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = save(tmp_path_factory.mktemp("weights"), changed(field, value))
    message = ""
    try:
        trained = load_trained(MODELS.card("classifier-small"), path, torch.device("cpu"))
    except WeightsError as error:
        message = str(error)
    else:
        assert trained.side is None or trained.side > 0
        assert isinstance(trained.classes, tuple)
    assert len(message.splitlines()) <= 1
