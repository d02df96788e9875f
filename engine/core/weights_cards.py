"""The card of trained weights as it is read: from a file that anybody may have written.

What it must look like is what engine/training/model_cards.py writes; all of it may be absent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.api.errors import WeightsError
from engine.api.wording import one_line
from engine.core.json_text import parse_json

_LARGEST = 1e300
_SHOWN = 60  # characters of a name or a value that is not what it should be


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_side(value: Any) -> bool:
    return value is None or (type(value) is int and 1 <= value <= 100_000)


def _is_size(value: Any) -> bool:
    is_pair = isinstance(value, list) and len(value) == 2 and None not in value
    return value is None or (is_pair and all(_is_side(each) for each in value))


def _is_channels(value: Any) -> bool:
    return value is None or (type(value) is int and 1 <= value <= 4)


_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "model": (_is_text, "the key of a model"),
    "data": (_is_text, "a text"),
    "classes": (_is_names, "a list of names"),
    "channels": (_is_channels, "1 to 4"),
    "size": (_is_size, "height and width in pixels"),
    "metric": (_is_table, "a table"),
    "metric.name": (_is_text, "a text"),
    "metric.value": (_is_number, "a number"),
    "metric.on": (_is_text, "a text"),
    "numbers": (_is_table, "a table"),
    "recipe": (_is_table, "a table"),
    "recipe.data": (_is_text, "a text"),
    "recipe.model_config": (_is_table, "a table"),
    "recipe.train_config": (_is_table, "a table"),
    "recipe.train_config.image_size": (_is_side, "pixels"),
}


def read_card(text: str | bytes, path: Path) -> dict[str, Any]:
    """Read a card; fields that are not known here are kept as they are.

    Raises:
        WeightsError: it is no JSON, or a field is not what it should be; the field is named.
    """
    try:
        card = parse_json(text)
    except ValueError as error:
        raise WeightsError(f"{path.name}: its card is no JSON ({error})") from error
    return checked_card(card, path)


def checked_card(card: Any, path: Path) -> dict[str, Any]:
    """Return a card whose fields are what they should be; raises as `read_card` does."""
    if not isinstance(card, dict):
        raise WeightsError(f"{path.name}: its card is a {type(card).__name__}, not a table")
    for name, value in _numbers("", card):
        if not _is_moderate(value):
            where = one_line(name)[:_SHOWN]
            raise WeightsError(f"{path.name}: its card's {where} is no number that can be used")
    for field, (is_right, wanted) in _FIELDS.items():
        for value in _values(card, field):
            if not is_right(value):
                shown = repr(value)[:_SHOWN]
                raise WeightsError(f"{path.name}: its card's {field} is {shown}: expected {wanted}")
    if card.get("metric") and {"name", "value", "on"} - card["metric"].keys():
        raise WeightsError(f"{path.name}: its card's metric needs a name, a value and an on")
    for name, value in card.get("numbers", {}).items():
        if not _is_number(value):
            where, shown = one_line(name)[:_SHOWN], repr(value)[:_SHOWN]
            raise WeightsError(f"{path.name}: its card's numbers.{where} is {shown}: no number")
    return card


def _values(card: Mapping[str, Any], field: str) -> Iterator[Any]:
    """Yield the value at a path of names, where there is one."""
    first, _, rest = field.partition(".")
    if first in card:
        value = card[first]
        if not rest:
            yield value
        elif isinstance(value, dict):
            yield from _values(value, rest)


def _numbers(name: str, value: Any) -> Iterator[tuple[str, int | float]]:
    """Yield every number of a card with its path."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _numbers(f"{name}.{key}".lstrip("."), each)
    elif isinstance(value, list):
        for each in value:
            yield from _numbers(name, each)
    elif isinstance(value, int | float):
        yield name, value


def _is_moderate(value: int | float) -> bool:
    # Compared as it is: a whole number of a thousand digits is no float.
    return -_LARGEST < value < _LARGEST and math.isfinite(value)
