"""What models there are, with what of them is on this machine, and fetching the rest."""

from __future__ import annotations

from pathlib import Path

from engine.api.errors import ConfigError
from engine.api.models import ModelCard
from engine.api.tasks import TaskContext
from engine.core.downloads import Opener, download, open_https
from engine.core.registry import MODELS
from engine.core.weights import find_weights, hub_path, with_local_state


def list_models() -> tuple[ModelCard, ...]:
    """Return every model, sorted by title, knowing which weights are here now."""
    return tuple(with_local_state(card) for card in MODELS)


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
