"""The grammar of the search field: words of the name or a regular expression of it, `#12`,
`label::car`, `score::[0.3,0.5]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QRegularExpression

LABEL_PREFIX = "label::"
_SCORE = re.compile(r"score::\[\s*([0-9.]*)\s*,\s*([0-9.]*)\s*\]")
_SPECIAL = re.compile(r"[\\\[\](){}^$*+?|]")


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


def expression_of(text: str) -> QRegularExpression | None:
    """Return the regular expression that a text is; None where it is none, or only words."""
    if not _SPECIAL.search(text):
        return None
    how = QRegularExpression.PatternOption.CaseInsensitiveOption
    expression = QRegularExpression(text.strip(), how)
    return expression if expression.isValid() else None


def matching_expression(
    expression: QRegularExpression, lower_names: Sequence[str], found: list[int]
) -> Iterator[None]:
    """Collect the positions of names in which an expression is found, or its words as they stand.

    One name a step. Qt gives up a match that would take forever, such as `(a+)+$` on a long row of
    a's; such an expression is only words from then on.
    """
    words, is_expression = expression.pattern().lower().split(), True
    for index, name in enumerate(lower_names):
        match = expression.match(name) if is_expression else None
        is_expression = match is not None and match.isValid()
        if (match is not None and match.hasMatch()) or all(word in name for word in words):
            found.append(index)
        yield


def score_range_of(text: str) -> tuple[float, float] | None:
    """Return the scores that are searched for; None where the text asks for something else.

    An end that is left out is 0 or 1.
    """
    found = _SCORE.fullmatch(text.strip().lower())
    try:
        return (float(found[1] or 0), float(found[2] or 1)) if found else None
    except ValueError:
        return None


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


def matching_scores(
    low: float,
    high: float,
    paths: Sequence[Path],
    scores: Callable[[Path], frozenset[float]],
    found: list[int],
) -> Iterator[None]:
    """Collect the positions of pictures with a score from low to high, one picture a step."""
    for index, path in enumerate(paths):
        if any(low <= score <= high for score in scores(path)):
            found.append(index)
        yield
