"""Samples stand in the list of pictures beside files; these are the paths they go by."""

from __future__ import annotations

from pathlib import Path

PREFIX = "sample:"


def sample_file(key: str) -> Path:
    """Return what a sample is listed under; there is no such file."""
    return Path(PREFIX + key)


def sample_key(file: Path) -> str | None:
    """Return the key of a sample; None for the path of a file."""
    text = str(file)
    return text.removeprefix(PREFIX) if text.startswith(PREFIX) else None
