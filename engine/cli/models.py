"""`models`: what there is, and fetching weights."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any, get_args

from engine.api.errors import ConfigError
from engine.api.models import DownloadWeights, ListModels, ModelCard, Task, WeightsCard
from engine.api.tasks import TaskContext
from engine.api.wording import size_text
from engine.cli.command import DONE, Command, print_json
from engine.service import execute

_WHERE = {"shipped": "ships with the program", "built-in": "built in"}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--task", choices=get_args(Task), help="only models made for this")
    parser.add_argument("--json", action="store_true", help="print data instead of a table")
    parser.add_argument(
        "--download", metavar="KEY[:WEIGHTS]", help="fetch the weights of a model; 1st by default"
    )


def run(options: Namespace, context: TaskContext) -> int:
    """Print the models, or download weights."""
    cards: tuple[ModelCard, ...] = execute(ListModels(), context)
    if options.download:
        path = _download(cards, options.download, context)
        if options.json:
            print_json({"file": path})
        else:
            sys.stdout.write(f"{path}\n")
        return DONE
    chosen = [card for card in cards if options.task in (None, card.task)]
    if options.json:
        print_json({"models": [_as_data(card) for card in chosen]})
    else:
        sys.stdout.write("\n".join(_as_text(card) for card in chosen) + "\n")
    return DONE


def _download(cards: tuple[ModelCard, ...], wanted: str, context: TaskContext) -> Path:
    key, _, name = wanted.partition(":")
    for card in cards:
        if card.key == key and not name:
            names = [each.name for each in card.weights if each.origin == "download"]
            if not names:
                raise ConfigError(f"{key} has nothing to download")
            name = names[0]
    path: Path = execute(DownloadWeights(key, name), context)
    return path


def _as_data(card: ModelCard) -> dict[str, Any]:
    return {
        "key": card.key,
        "title": card.title,
        "task": card.task,
        "family": card.family,
        "paper": card.paper,
        "summary": card.summary,
        "trainable": card.is_trainable,
        "weights": [_weights_as_data(weights) for weights in card.weights],
    }


def _weights_as_data(weights: WeightsCard) -> dict[str, Any]:
    return {
        "name": weights.name,
        "origin": weights.origin,
        "data": weights.data,
        "metric": weights.metric,
        "bytes": weights.bytes,
        "licence": weights.licence,
        "url": weights.url,
        "is_local": weights.is_local,
    }


def _as_text(card: ModelCard) -> str:
    lines = [f"{card.key}  {card.title} ({card.task}{', trainable' if card.is_trainable else ''})"]
    lines.append(f"    {card.paper}")
    for weights in card.weights:
        where = _WHERE.get(weights.origin, "here" if weights.is_local else "to download")
        parts = (weights.metric, size_text(weights.bytes), weights.licence, where)
        lines.append(f"    {weights.name}: " + ", ".join(part for part in parts if part))
    return "\n".join(lines)


COMMAND = Command("models", "List the models and their weights.", add_arguments, run)
