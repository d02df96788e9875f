"""What a person set for a model is there when it is chosen again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QSpinBox
from pytestqt.qtbot import QtBot

from engine.api.models import ModelCard, WeightsCard
from engine.api.parameters import parameter
from gui.widgets.model_panel import ModelPanel


@dataclass(frozen=True)
class Options:
    side: int = parameter(100, low=1, high=1000)


WEIGHTS = tuple(
    WeightsCard(name, "download", "data", "", 10, "MIT", is_local=True) for name in ("small", "big")
)
CARDS = [
    ModelCard(key, key.title(), "detection", "", "", "", options_type=Options, weights=WEIGHTS)
    for key in ("first", "second")
]


@pytest.fixture
def panel(qtbot: QtBot) -> ModelPanel:
    panel = ModelPanel("test", "Model")
    qtbot.addWidget(panel)
    panel.set_models(CARDS)
    return panel


def set_side(panel: ModelPanel, value: int) -> None:
    box = panel.findChild(QSpinBox, "test.option.side")
    assert box is not None
    box.setValue(value)


def choose_weights(panel: ModelPanel, name: str) -> None:
    box = panel.findChild(QComboBox, "test.weights")
    assert box is not None
    box.setCurrentIndex(box.findData(name))


def test_options_and_weights_of_a_model_are_there_when_it_is_chosen_again(
    panel: ModelPanel,
) -> None:
    set_side(panel, 320)
    choose_weights(panel, "big")
    panel.choose_model("second")
    assert panel.config() == Options()
    assert panel.choice == ("second", "small")
    panel.choose_model("first")
    assert panel.config() == Options(320)
    assert panel.choice == ("first", "big")


def test_a_list_that_comes_anew_changes_nothing_that_was_chosen(panel: ModelPanel) -> None:
    set_side(panel, 320)
    panel.set_weights_file(Path("mine.safetensors"))
    panel.set_models([*CARDS, replace(CARDS[0], key="third")])
    assert panel.config() == Options(320)
    assert panel.choice == ("first", Path("mine.safetensors"))


def test_other_weights_are_another_choice(panel: ModelPanel) -> None:
    heard: list[object] = []
    panel.choice_changed.connect(lambda: heard.append(panel.choice))
    choose_weights(panel, "big")
    panel.set_weights_file(Path("mine.safetensors"))
    assert heard == [("first", "big"), ("first", Path("mine.safetensors"))]
