"""Name-to-factory tables, each filled by the modules of one package when they are needed.

A package is named, not imported: it lies in a layer above this one. Looking up one entry imports
the files that name it; listing all of them imports every file.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from engine.api.errors import ConfigError
from engine.api.models import ModelCard
from engine.api.regular_files import read_regular
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
    """Maps a key to its card and to what makes the thing.

    Args:
        noun: what an entry is, for messages.
        package: whose modules register the entries; empty where someone else sees to that.
    """

    def __init__(self, noun: str, package: str = "") -> None:
        self._noun = noun
        self._package = package
        self._entries: dict[str, tuple[CardT, Callable[..., Any]]] = {}
        self._is_complete = not package
        # A module may look an entry up while it is imported.
        self._importing = threading.RLock()

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
        self._complete()
        return iter(sorted((card for card, _ in self._entries.values()), key=lambda c: c.title))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._is_found(key)

    def _entry(self, key: str) -> tuple[CardT, Callable[..., Any]]:
        if self._is_found(key):
            return self._entries[key]
        near = difflib.get_close_matches(key, self._entries, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(self._entries)}"
        raise ConfigError(f"there is no {self._noun} {key!r}{hint}")

    def _is_found(self, key: str) -> bool:
        """Whether there is such an entry, importing no more than it takes to know."""
        if key not in self._entries and not self._is_complete:
            with self._importing:
                for module in modules_of(self._package):
                    if f'"{key}"' in _source_of(module):
                        importlib.import_module(module.name)
        if key not in self._entries:
            self._complete()  # its key may be put together, or there are no sources here
        return key in self._entries

    def _complete(self) -> None:
        with self._importing:
            if not self._is_complete:
                for module in modules_of(self._package):
                    importlib.import_module(module.name)
                self._is_complete = True


def _source_of(module: ModuleSpec) -> str:
    """The text of a module; empty where the program is packed without its sources."""
    file = Path(module.origin or "")
    is_source = file.suffix == ".py" and file.is_file()
    return read_regular(file).decode() if is_source else ""


def modules_of(package: str) -> Iterator[ModuleSpec]:
    """Yield what is known of every module below a package, importing none of them."""
    spec = importlib.util.find_spec(package)
    return _modules_below(spec) if spec else iter(())


def _modules_below(package: ModuleSpec) -> Iterator[ModuleSpec]:
    folders = package.submodule_search_locations or ()
    for found in pkgutil.iter_modules(folders, package.name + "."):
        spec = found.module_finder.find_spec(found.name, None)
        if spec is not None:
            yield spec
            yield from _modules_below(spec)


class ModelRegistry(Registry[ModelCard]):
    """Models; weights that ship with the project are found by themselves and come first."""

    def register(self, card: ModelCard) -> Callable[[FactoryT], FactoryT]:
        """Class or function decorator; a second entry under the same key is an error."""
        shipped = shipped_weights(card.key)
        register = super().register

        def add(factory: FactoryT) -> FactoryT:
            prior = str(getattr(factory, "prior", ""))
            return register(replace(card, weights=(*shipped, *card.weights), prior=prior))(factory)

        return add


MODELS: Registry[ModelCard] = ModelRegistry("model", "engine.models")
TRACES: Registry[TraceCard] = Registry("trace topic", "engine.traces")
