"""Reads which model the weights of a run belong to."""

from __future__ import annotations

import json
from pathlib import Path

from engine.api.regular_files import read_regular

LARGEST_BYTES = 2**20


def model_of(weights: Path) -> str | None:
    """Return the key of the model that the card beside the weights names; None without one."""
    card = weights.with_suffix(".json")
    try:
        about = json.loads(read_regular(card, LARGEST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    key = about.get("model") if isinstance(about, dict) else None
    return key if isinstance(key, str) else None
