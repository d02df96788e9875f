"""Which classes a person means by a few letters."""

from __future__ import annotations

from collections.abc import Sequence


def matching_classes(text: str, names: Sequence[str]) -> list[str]:
    """Return the classes that hold a text, those first of which a word begins with it."""
    needle = text.strip().lower()
    found = [name for name in names if needle in name.lower()]
    return sorted(found, key=lambda name: _rank(needle, name))  # stable


def offered_class(text: str, names: Sequence[str]) -> str | None:
    """Return the class that Return takes; None where the text is that of a new one.

    That is the class of that name, else the first of which a word begins so: "bro" is broccoli, but
    "bus" is a new class beside "omnibus".
    """
    needle = text.strip().lower()
    if not needle:
        return None
    exact = next((name for name in names if name == text.strip()), None)
    best = next(iter(matching_classes(text, names)), None)
    is_begun = best is not None and _rank(needle, best) < _MIDDLE
    return exact or (best if is_begun else None)


_MIDDLE = 3


def _rank(needle: str, name: str) -> int:
    """0 for the name itself, then those that begin so, then those of which a word does."""
    lower = name.lower()
    if lower == needle:
        return 0
    if lower.startswith(needle):
        return 1
    words = lower.replace("-", " ").replace("_", " ").split()
    return 2 if any(word.startswith(needle) for word in words) else _MIDDLE
