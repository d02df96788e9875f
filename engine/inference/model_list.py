"""What models there are, with what of them is on this machine, and fetching the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.api.errors import ConfigError
from engine.api.models import ListModels, ModelCard
from engine.api.tasks import TaskContext
from engine.core.downloads import Opener, download, open_https
from engine.core.registry import MODELS
from engine.core.run_weights import weights_of_runs
from engine.core.weights import find_weights, hub_path, with_local_state


def list_models(request: ListModels) -> tuple[ModelCard, ...]:
    """Return every model, sorted by title, knowing which weights are here now."""
    trained = weights_of_runs(request.runs) if request.runs is not None else {}
    cards = (with_local_state(card) for card in MODELS)
    return tuple(
        replace(card, weights=(*card.weights, *trained.get(card.key, ()))) for card in cards
    )


def download_weights(
    model_key: str, weights_name: str, context: TaskContext, open_url: Opener = open_https
) -> Path:
    """Fetch weights into torch's hub folder; returns the file's path.

    Raises:
        ConfigError: no such model or weights, or nothing to download.
        DownloadError: the download failed; what arrived is kept for the next try.
        StorageError: no room for it.
    """
    card = find_weights(MODELS.card(model_key), weights_name)
    if card.origin != "download":
        raise ConfigError(f"{model_key} {weights_name}: is {card.origin}, nothing to download")
    target = hub_path(card)
    return download(card.url, target, card.bytes, card.sha256_prefix, context, open_url)
