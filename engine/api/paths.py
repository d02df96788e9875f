"""Paths as people and files write them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def expanded(text: str) -> Path:
    """Return a path with `~` as the home folder; as it is where there is no such person."""
    with suppress(RuntimeError):
        return Path(text).expanduser()
    return Path(text)


def is_disk(path: Path) -> bool:
    """Whether a path is the root of a disk, all of which nobody means to have looked through."""
    there = Path(os.path.abspath(path))
    return there == Path(there.anchor)
