"""The grammar of the search field: words of the name, `#12`, `label::car`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

LABEL_PREFIX = "label::"


def matching_names(text: str, lower_names: Sequence[str]) -> list[int]:
    """Return the positions of names that hold every word of a text, or the one of `#N`."""
    text = text.strip().lower()
    if text.startswith("#") and text[1:].isdigit():
        number = int(text[1:])
        return [number - 1] if 0 < number <= len(lower_names) else []
    first, *rest = text.split()
    found = [index for index, name in enumerate(lower_names) if first in name]
    for word in rest:
        found = [index for index in found if word in lower_names[index]]
    return found


def label_of(text: str) -> str | None:
    """Return the class that is searched for; None where the text asks for something else."""
    text = text.strip().lower()
    return text.removeprefix(LABEL_PREFIX).strip() if text.startswith(LABEL_PREFIX) else None


def matching_labels(
    label: str,
    paths: Sequence[Path],
    labels: Callable[[Path], frozenset[str]],
    found: list[int],
) -> Iterator[None]:
    """Collect the positions of pictures with a class that holds `label`, one picture a step."""
    for index, path in enumerate(paths):
        if any(label in name.lower() for name in labels(path)):
            found.append(index)
        yield
