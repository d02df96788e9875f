"""Registries."""

from dataclasses import dataclass

import pytest

from engine.api.errors import ConfigError
from engine.core.registry import Registry


@dataclass(frozen=True)
class Entry:
    key: str
    title: str


@pytest.fixture
def registry():
    table = Registry("model")
    table.register(Entry("yolo-v1", "You only look once"))(lambda config: ("yolo", config))
    table.register(Entry("unet", "A U-Net"))(lambda config: ("unet", config))
    return table


def test_entries_come_sorted_by_title(registry):
    assert [card.key for card in registry] == ["unet", "yolo-v1"]


def test_building_calls_what_was_registered(registry):
    assert registry.build("unet", 3) == ("unet", 3)


def test_a_misspelt_key_names_the_nearest(registry):
    with pytest.raises(ConfigError, match=r"no model 'yolo-1'; did you mean 'yolo-v1'\?"):
        registry.card("yolo-1")


def test_an_alien_key_lists_what_there_is(registry):
    with pytest.raises(ConfigError, match="known: yolo-v1, unet"):
        registry.card("zzz")


def test_a_key_can_be_taken_once(registry):
    with pytest.raises(ValueError, match="'unet' is registered twice"):
        registry.register(Entry("unet", "Another"))(lambda config: None)
