"""Spares the window Python's search for garbage among very many objects that stay."""

from __future__ import annotations

import gc

MANY = 10_000


def settle(count: int) -> None:
    """Leave all objects there are now out of later searches, if `count` new ones are many.

    With 100,000 pictures, or torch loaded, each search stops all threads for 200 ms or more.
    """
    if count >= MANY:
        gc.freeze()
