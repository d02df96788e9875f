"""Name-to-factory tables, each filled by the modules of one package."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any, Generic, Protocol, TypeVar

from engine.api.errors import ConfigError
from engine.api.models import ModelCard
from engine.api.traces import TraceCard
from engine.core.shipped_weights import shipped_weights


class Card(Protocol):
    """What a registry needs to know of an entry."""

    @property
    def key(self) -> str:
        """Stable identifier."""

    @property
    def title(self) -> str:
        """As people call it."""


CardT = TypeVar("CardT", bound=Card)
FactoryT = TypeVar("FactoryT", bound=Callable[..., Any])


class Registry(Generic[CardT]):
    """Maps a key to its card and to what makes the thing."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._entries: dict[str, tuple[CardT, Callable[..., Any]]] = {}

    def register(self, card: CardT) -> Callable[[FactoryT], FactoryT]:
        """Class or function decorator; a second entry under the same key is an error."""

        def add(factory: FactoryT) -> FactoryT:
            if card.key in self._entries:
                raise ValueError(f"{self._noun} key {card.key!r} is registered twice")
            self._entries[card.key] = (card, factory)
            return factory

        return add

    def card(self, key: str) -> CardT:
        """Return the card; an unknown key raises ConfigError with the nearest known one."""
        return self._entry(key)[0]

    def factory(self, key: str) -> Callable[..., Any]:
        """Return what was registered under the key."""
        return self._entry(key)[1]

    def build(self, key: str, config: Any) -> Any:
        """Call what was registered with a config."""
        return self._entry(key)[1](config)

    def __iter__(self) -> Iterator[CardT]:
        return iter(sorted((card for card, _ in self._entries.values()), key=lambda c: c.title))

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def _entry(self, key: str) -> tuple[CardT, Callable[..., Any]]:
        if key in self._entries:
            return self._entries[key]
        near = difflib.get_close_matches(key, self._entries, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(self._entries)}"
        raise ConfigError(f"there is no {self._noun} {key!r}{hint}")


def import_submodules(package: ModuleType) -> None:
    """Import every module below `package`, so that its decorators run."""
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(found.name)


class ModelRegistry(Registry[ModelCard]):
    """Models; weights that ship with the project are found by themselves and come first."""

    def register(self, card: ModelCard) -> Callable[[FactoryT], FactoryT]:
        """Class or function decorator; a second entry under the same key is an error."""
        shipped = shipped_weights(card.key)
        return super().register(replace(card, weights=(*shipped, *card.weights)))


MODELS: Registry[ModelCard] = ModelRegistry("model")
TRACES: Registry[TraceCard] = Registry("trace topic")
