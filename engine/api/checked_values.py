"""Values that may come from anywhere, taken only as what they are meant to be.

Files say numbers, texts, lists and tables; a type says which of them belong where.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

KindT = TypeVar("KindT")

LARGEST = 2**63 - 1
"""Of whole numbers, without the sign: what files and other programs can hold."""
_SHOWN = 60  # characters of a value that is not what it should be


def checked(kind: type[KindT], value: Any, name: str = "value") -> KindT:
    """Return a plain value as a type: a dataclass of a table, a tuple of a list, a float of an int.

    Args:
        kind: a dataclass, `int`, `float`, `str`, `bool`, `Any`, a Literal, or tuples, lists,
            mappings and unions of such. Fields of a dataclass that are absent take their default,
            and names that it does not have are passed over: another version may write them.
        value: what a file said.
        name: what the value is called in messages.

    Raises:
        ValueError: something is not what it should be; names it. Numbers are finite, and whole
            ones within 64 bits.
    """
    taken: KindT = _taken(kind, value, name)
    return taken


def _taken(kind: Any, value: Any, name: str) -> Any:
    if kind is Any:
        return value
    origin = get_origin(kind) or kind
    if origin in (Union, types.UnionType):
        return _one_of(get_args(kind), value, name)
    if origin is Literal:
        if value not in get_args(kind):
            raise _wrong(name, value, "one of " + ", ".join(map(str, get_args(kind))))
        return value
    if is_dataclass(kind):
        return _dataclass(kind, value, name)
    if origin in (tuple, list, Sequence):
        return _items(kind, value, name)
    if origin in (dict, Mapping):
        return _table(kind, value, name)
    return _plain(kind, value, name)


def _plain(kind: type, value: Any, name: str) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is float and is_number:
        # An int may be too large for a float, and a text may say 1e999.
        if (abs(value) > LARGEST and isinstance(value, int)) or not math.isfinite(value):
            raise _wrong(name, value, "a finite number")
        return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _wrong(name, value, _NAMES.get(kind, kind.__name__))
    if isinstance(value, int) and abs(value) > LARGEST:
        raise _wrong(name, value, "a whole number within 64 bits")
    return value


_NAMES: dict[type, str] = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    type(None): "nothing",
    dict: "a table",
    list: "a list",
    tuple: "a list",
}


def _one_of(kinds: Sequence[Any], value: Any, name: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    kinds = [kind for kind in kinds if kind is not type(None)]
    for kind in kinds[:-1]:
        try:
            return _taken(kind, value, name)
        except ValueError:
            continue
    return _taken(kinds[-1], value, name)


def _items(kind: Any, value: Any, name: str) -> Any:
    if not isinstance(value, list | tuple):
        raise _wrong(name, value, "a list")
    inner, container = get_args(kind), get_origin(kind)
    if container is tuple and Ellipsis not in inner:
        if len(value) != len(inner):
            raise _wrong(name, value, f"a list of {len(inner)}")
        kinds = inner
    else:
        kinds = (inner[0],) * len(value)
    pairs = zip(kinds, value, strict=True)
    taken = [_taken(each, item, f"{name}[{at}]") for at, (each, item) in enumerate(pairs)]
    return taken if container is list else tuple(taken)


def _table(kind: Any, value: Any, name: str) -> Any:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise _wrong(name, value, "a table")
    _, inner = get_args(kind)
    return {key: _taken(inner, item, f"{name}.{key}") for key, item in value.items()}


def _dataclass(kind: Any, value: Any, name: str) -> Any:
    if not isinstance(value, Mapping):
        raise _wrong(name, value, "a table")
    hints = get_type_hints(kind)
    taken = {}
    for field in fields(kind):
        if field.name in value:
            taken[field.name] = _taken(hints[field.name], value[field.name], f"{name}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{name}.{field.name} is missing")
    return kind(**taken)


def _wrong(name: str, value: Any, wanted: str) -> ValueError:
    kind = _NAMES.get(type(value)) if isinstance(value, dict | list | tuple) else None
    # The digits of a huge number are not worked out: that alone can fail.
    is_huge = isinstance(value, int) and value.bit_length() > 4 * _SHOWN
    shown = kind or ("a huge number" if is_huge else repr(value)[:_SHOWN])
    return ValueError(f"{name} is {shown}, expected {wanted}")
