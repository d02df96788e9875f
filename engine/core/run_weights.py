"""Weights that runs on this machine have left: `best.safetensors` with its card, by folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.api.errors import WeightsError
from engine.api.models import WeightsCard
from engine.api.regular_files import read_regular
from engine.core.shipped_weights import config_of, metric_line
from engine.core.weights import BEST
from engine.core.weights_cards import read_card

_CARD_BYTES = 2**20


def weights_of_runs(folder: Path) -> dict[str, tuple[WeightsCard, ...]]:
    """Return the weights of every run in a folder by the key of its model, the newest first.

    What is no run, or cannot be read, is left out.
    """
    found: dict[str, tuple[WeightsCard, ...]] = {}
    for run in _runs(folder):
        card = _card_of(run)
        if card is not None:
            key, weights = card
            found[key] = (*found.get(key, ()), weights)
    return found


def _runs(folder: Path) -> Iterator[Path]:
    try:
        found = [(path.stat().st_mtime_ns, path) for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return  # nothing was trained yet
    yield from (path for _, path in sorted(found, reverse=True))


def _card_of(run: Path) -> tuple[str, WeightsCard] | None:
    weights = run / BEST
    try:
        size = weights.stat().st_size
        card = read_card(read_regular(weights.with_suffix(".json"), _CARD_BYTES), weights)
    except (OSError, ValueError, WeightsError):
        return None
    if not {"model", "metric"} <= card.keys():
        return None
    data, licence = str(card.get("data", "")), str(card.get("licence", ""))
    line = metric_line(card["metric"])
    name = str(run.absolute())
    found = WeightsCard(name, "run", data, line, size, licence, config=config_of(card))
    return card["model"], found
