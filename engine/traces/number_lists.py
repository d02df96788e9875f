"""Lists of numbers that a person writes into a field of a form."""

from __future__ import annotations

import re

import numpy as np

from engine.api.errors import ConfigError
from engine.traces.wording import Floats

_LARGEST = 99.0


def parse_numbers(name: str, text: str, fewest: int, most: int) -> Floats:
    """Return the numbers of a text such as "1 3 2" or "1, 3, 2".

    Raises:
        ConfigError: a word is no number, or there are too few, too many or too large ones.
    """
    words = [word for word in re.split(r"[\s,;]+", text) if word]
    try:
        values = np.array([float(word) for word in words])
    except ValueError as error:
        raise ConfigError(f"{name} = {text!r}: expected numbers such as 1 3 2") from error
    if not fewest <= len(values) <= most:
        raise ConfigError(f"{name} = {text!r}: {len(values)} numbers; give {fewest} to {most}")
    if not np.all(np.abs(values) <= _LARGEST):
        raise ConfigError(f"{name} = {text!r}: a number is beyond {_LARGEST:g}; give smaller ones")
    return values
