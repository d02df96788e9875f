"""Every file of engine/models is found by the package scan and registers something."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import engine.models
from engine.api.parameters import describe
from engine.core.registry import MODELS

ROOT = Path(engine.models.__file__).parent
FILES = sorted(path for path in ROOT.rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_model_file_registers_a_model(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert "MODELS.register" in calls
    name = ".".join(("engine.models", *path.relative_to(ROOT).with_suffix("").parts))
    factories = [MODELS.factory(card.key) for card in MODELS]
    assert name in {factory.__module__ for factory in factories}


@pytest.mark.parametrize("card", list(MODELS), ids=lambda card: card.key)
def test_every_card_is_complete_and_its_config_has_defaults(card) -> None:
    assert card.key == card.key.lower().replace("_", "-").replace(" ", "-")
    assert card.title
    assert card.paper
    assert card.summary.endswith(".")
    assert 0 < card.default_score < 1
    assert 0 < card.default_iou < 1
    card.config_type()
    card.options_type()


def test_a_size_of_the_paper_that_a_file_knows_is_on_its_cards() -> None:
    knowing = {path for path in FILES if "def paper_config" in path.read_text(encoding="utf-8")}
    offered = {card.key for card in MODELS if card.paper_config is not None}
    assert {"fcn8s", "segnet", "unet", "deconvnet", "deeplabv3plus", "dcgan"} <= offered
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in knowing}
    for card in MODELS:
        module = MODELS.factory(card.key).__module__.removeprefix("engine.models.")
        assert (card.key in offered) == (module in names), card.key
        assert card.paper_config is None or isinstance(card.paper_config, card.config_type)


@pytest.mark.parametrize("card", [card for card in MODELS if card.task == "detection"])
def test_every_option_of_a_detector_says_what_it_does(card) -> None:
    parameters = describe(card.options_type)
    assert parameters
    assert all(parameter.note for parameter in parameters)
