"""Registries."""

import importlib
import sys
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


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two files, one of which puts its keys together."""
    files = {
        "zoo/__init__.py": "",
        "zoo/cats/__init__.py": "",
        "zoo/cats/lion.py": 'import zoo\nzoo.add("lion")\n',
        "zoo/birds.py": "import zoo\nfor name in ('owl', 'swan'): zoo.add(name + '-bird')\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    table = Registry("animal", "zoo")
    zoo = importlib.import_module("zoo")
    zoo.add = lambda key: table.register(Entry(key, key.title()))(lambda config: (key, config))
    yield table
    for name in [name for name in sys.modules if name.partition(".")[0] == "zoo"]:
        del sys.modules[name]


def test_looking_one_up_imports_the_file_that_names_it_and_no_other(package):
    assert package.build("lion", 1) == ("lion", 1)
    assert "zoo.cats.lion" in sys.modules
    assert "zoo.birds" not in sys.modules


def test_a_key_that_no_file_names_is_found_by_importing_all(package):
    assert package.card("owl-bird").title == "Owl-Bird"


def test_listing_imports_every_file(package):
    assert [card.key for card in package] == ["lion", "owl-bird", "swan-bird"]


def test_a_misspelt_key_of_a_package_names_the_nearest_of_all(package):
    with pytest.raises(ConfigError, match="did you mean 'owl-bird'"):
        package.card("owl-brid")
