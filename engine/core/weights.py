"""Which parameters to load, and where their file is; nothing here needs torch until it looks."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from engine.api.errors import ConfigError, WeightsError
from engine.api.models import ModelCard, WeightsCard
from engine.api.regular_files import read_regular
from engine.api.wording import size_text
from engine.core.json_text import parse_json
from engine.core.shipped_weights import shipped_file

_NAMES_BYTES = 4 << 20
BEST = "best.safetensors"
"""The weights in the folder of a run."""


@dataclass(frozen=True, slots=True)
class WeightsSource:
    """Parameters that are on this machine.

    Attributes:
        name: of the card, of the run folder, or of the file without its ending.
        path: the file; None where they are built into a library.
        card: what is published about them; None for a person's own file.
    """

    name: str
    path: Path | None
    card: WeightsCard | None


def hub_path(card: WeightsCard) -> Path:
    """Return where torch keeps, or would keep, the file of downloadable weights."""
    from torch import hub

    return Path(hub.get_dir()) / "checkpoints" / PurePosixPath(card.url).name


def is_here(card: WeightsCard) -> bool:
    """Whether the parameters can be used without a download."""
    return card.origin != "download" or os.path.isfile(hub_path(card))


def with_local_state(card: ModelCard) -> ModelCard:
    """Return the card with `is_local` as it is on this machine now."""
    weights = tuple(replace(each, is_local=is_here(each)) for each in card.weights)
    return replace(card, weights=weights)


def find_weights(card: ModelCard, name: str) -> WeightsCard:
    """Return the card of named weights.

    Raises:
        ConfigError: the model has no weights of that name.
    """
    for weights in card.weights:
        if weights.name == name:
            return weights
    known = ", ".join(weights.name for weights in card.weights) or "none"
    raise ConfigError(f"{card.key} has no weights {name!r}; known: {known}")


def choose_weights(card: ModelCard, wanted: str | Path | None) -> WeightsSource:
    """Find what a request asks for.

    Args:
        card: of the model.
        wanted: a name from the card, a run folder, a file, or None for the default.

    Raises:
        ConfigError: neither a name nor a file, or a folder without weights.
        WeightsError: the weights are not on this machine, or the model takes no file.
    """
    names = [weights.name for weights in card.weights]
    if wanted is None:
        if not card.weights and not card.is_trainable:
            return WeightsSource("", None, None)  # it needs none
        if not card.weights:
            raise WeightsError(f"{card.key} has no weights yet; train it, or name a file")
        return _published(card, card.weights[0])
    if isinstance(wanted, str) and wanted in names:
        return _published(card, find_weights(card, wanted))
    path = _in_folder(Path(wanted))
    if not os.path.isfile(path):
        known = ", ".join(names) or "none"
        raise ConfigError(f"weights {wanted}: no such file, and {card.key} knows only: {known}")
    if card.is_of_library:
        raise WeightsError(f"{path}: {card.key} uses what comes with its library, not a file")
    for weights in card.weights:  # a copy of a published file is that file
        if weights.url and PurePosixPath(weights.url).name == path.name:
            return WeightsSource(weights.name, path, weights)
    return WeightsSource(path.parent.name if path.name == BEST else path.stem, path, None)


def _in_folder(path: Path) -> Path:
    """Return the best weights of the run that a folder holds; a file as it is."""
    if not os.path.isdir(path):
        return path
    if not os.path.isfile(path / BEST):
        raise ConfigError(f"{path}: holds no {BEST}; it is no folder of a finished run")
    return path / BEST


def files_beside(weights: Path) -> tuple[Path, ...]:
    """Return a file of weights and the places of all that belongs to it, whether there or not."""
    names = (f"{weights.stem}.json", f"{weights.stem}.txt", "classes.txt")
    codes = f"{weights.stem}-latents.safetensors"
    return (weights, *(weights.with_name(name) for name in (*names, codes)))


def _published(card: ModelCard, weights: WeightsCard) -> WeightsSource:
    if weights.origin == "built-in":
        return WeightsSource(weights.name, None, weights)
    if weights.origin == "shipped":
        return WeightsSource(weights.name, shipped_file(weights.name), weights)
    path = hub_path(weights)
    if not os.path.isfile(path):
        raise WeightsError(
            f"{card.key} {weights.name}: the weights are not on this machine "
            f"({size_text(weights.bytes)}, {weights.licence}); download them first: "
            f"main.py models --download {card.key}:{weights.name}, or the Download button"
        )
    return WeightsSource(weights.name, path, weights)


def checksum_prefix(url: str) -> str:
    """Return the start of the SHA-256 that torch writes into file names, or nothing."""
    found = re.search(r"-([0-9a-f]{8,64})\.\w+$", url)
    return found.group(1) if found else ""


BACKGROUND = "__background__"


def read_categories(weights: Path, count: int) -> tuple[str, ...] | None:
    """Read the class names beside a weight file; None where there are none.

    Looked for in this order: `NAME.json` with a list, or an object with `classes` or
    `categories`; `NAME.txt` or `classes.txt` with one name a line. The background, class 0 of
    most detectors, may be left out.

    Raises:
        WeightsError: such a file holds no list of names, or not `count` of them.
    """
    names = _read_names(weights)
    if names is None or len(names) == count:
        return names
    if len(names) == count - 1:
        return (BACKGROUND, *names)
    raise WeightsError(
        f"{weights}: {len(names)} class names are beside it, but it has {count - 1} classes "
        "and the background; correct the names"
    )


def _read_names(weights: Path) -> tuple[str, ...] | None:
    sidecar = weights.with_suffix(".json")
    try:
        if os.path.isfile(sidecar):
            return _names(parse_json(read_regular(sidecar, _NAMES_BYTES)), sidecar)
        for listing in (weights.with_suffix(".txt"), weights.with_name("classes.txt")):
            if os.path.isfile(listing):
                lines = read_regular(listing, _NAMES_BYTES).decode("utf-8-sig").splitlines()
                return tuple(line.strip() for line in lines if line.strip())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise WeightsError(f"{weights}: its class names cannot be read ({reason})") from error
    return None


def _names(data: Any, sidecar: Path) -> tuple[str, ...]:
    if isinstance(data, dict):
        data = data.get("classes", data.get("categories"))
    if not isinstance(data, list) or not all(isinstance(name, str) for name in data):
        raise WeightsError(
            f'{sidecar}: holds no class names; write {{"classes": ["first", "second"]}}'
        )
    return tuple(data)
