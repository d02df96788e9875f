"""Declares a tunable parameter once, for validation, the command line and the form."""

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from engine.api.checked_values import LARGEST
from engine.api.errors import ConfigError


def parameter(
    default: Any,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    note: str = "",
    title: str = "",
    choice_titles: Mapping[str, str] | None = None,
    visible_when: tuple[str, Any] | None = None,
) -> Any:
    """Return a dataclass field that carries its own limits, unit and caption.

    Choices come from the annotation: `Literal["a", "b"]` becomes a list, `bool` a check box.

    Args:
        title: what a form calls it; empty for the words of the field's name.
        choice_titles: what a form calls the choices; those left out are shown as they are.
        visible_when: name and value of another field; with any other value this one has no
            effect, and a form hides it.
    """
    return dataclasses.field(
        default=default,
        metadata={
            "low": low,
            "high": high,
            "unit": unit,
            "note": note,
            "title": title,
            "choice_titles": choice_titles or {},
            "visible_when": visible_when,
        },
    )


@dataclasses.dataclass(frozen=True, slots=True)
class NoParameters:
    """Nothing to choose."""


class Parameters:
    """Base of a config that refuses values outside its limits as soon as it is made."""

    __slots__ = ()

    def __post_init__(self) -> None:
        validate(self)


@dataclasses.dataclass(frozen=True, slots=True)
class ParameterCard:
    """One field of a config as a form or a command line needs it.

    Attributes:
        kind: `int`, `float`, `bool`, `str`; choices have kind `str`.
        choices: allowed values, empty where any value within the limits is allowed.
        choice_titles: of the choices, in their order.
        optional: whether None is allowed.
        visible_when: name and value of the field that decides whether this one has an effect.
    """

    name: str
    title: str
    kind: type
    default: Any
    low: float | None
    high: float | None
    unit: str
    note: str
    choices: tuple[str, ...]
    choice_titles: tuple[str, ...]
    optional: bool
    visible_when: tuple[str, Any] | None


def _words(name: str) -> str:
    """Return a field's name as words: `iou_threshold` is "IoU threshold"."""
    words = name.replace("_", " ")
    words = words[:1].upper() + words[1:]
    for plain, proper in (("Iou", "IoU"), (" px", " (px)")):
        words = words.replace(plain, proper)
    return words


_DESCRIBED: dict[type, tuple[ParameterCard, ...]] = {}
"""Worked out once for each type: every config that is made is validated, some for each frame."""


def describe(config_type: type) -> tuple[ParameterCard, ...]:
    """Return the parameters of a config dataclass in declaration order."""
    if config_type not in _DESCRIBED:
        hints = get_type_hints(config_type)
        fields = dataclasses.fields(config_type)
        _DESCRIBED[config_type] = tuple(_card(field, hints[field.name]) for field in fields)
    return _DESCRIBED[config_type]


def _card(field: dataclasses.Field[Any], hint: Any) -> ParameterCard:
    optional = False
    if get_origin(hint) in (Union, types.UnionType):
        members = [member for member in get_args(hint) if member is not type(None)]
        optional, hint = len(members) < len(get_args(hint)), members[0]
    choices = tuple(get_args(hint)) if get_origin(hint) is Literal else ()
    data = field.metadata
    titles = data.get("choice_titles", {})
    return ParameterCard(
        name=field.name,
        title=data.get("title") or _words(field.name),
        kind=str if choices else hint,
        default=field.default,
        low=data.get("low"),
        high=data.get("high"),
        unit=data.get("unit", ""),
        note=data.get("note", ""),
        choices=choices,
        choice_titles=tuple(titles.get(choice, str(choice)) for choice in choices),
        optional=optional,
        visible_when=data.get("visible_when"),
    )


def validate(config: Any) -> None:
    """Raise ConfigError naming the first field outside its declared limits or choices.

    An int is accepted where a float is declared; NaN is never accepted.
    """
    for card in describe(type(config)):
        value = getattr(config, card.name)
        if value is None and card.optional:
            continue
        _check_type(card, value)
        if card.choices and value not in card.choices:
            allowed = ", ".join(card.choices)
            raise ConfigError(f"{card.name} = {value!r} is unknown; choose one of {allowed}")
        below = card.low is not None and not value >= card.low
        above = card.high is not None and not value <= card.high
        if below or above:
            low = "-inf" if card.low is None else f"{card.low:g}"
            high = "inf" if card.high is None else f"{card.high:g}"
            raise ConfigError(f"{card.name} = {value:g} is outside [{low}, {high}]")


def _check_type(card: ParameterCard, value: Any) -> None:
    wanted: tuple[type, ...] = (int, float) if card.kind is float else (card.kind,)
    wrong_bool = isinstance(value, bool) and card.kind is not bool
    if isinstance(value, int) and abs(value) > LARGEST:  # its digits may be too many to print
        raise ConfigError(f"{card.name} is a whole number beyond 64 bits")
    if wrong_bool or not isinstance(value, wanted):
        raise ConfigError(f"{card.name} = {value!r}: expected {card.kind.__name__}")


def from_words(config_type: type, words: dict[str, str], base: Any = None) -> Any:
    """Build a config from `field=value` texts, as the command line gives them.

    Args:
        base: a config of that type that has the other values; None for the defaults.

    Raises:
        ConfigError: an unknown field, a text that is no value of its type, or a value outside
            its limits.
    """
    cards = {card.name: card for card in describe(config_type)}
    values = {}
    for name, text in words.items():
        if name not in cards:
            known = ", ".join(cards) or "none"
            raise ConfigError(f"{config_type.__name__} has no field {name!r}; it has {known}")
        values[name] = _parse(cards[name], text)
    return config_type(**values) if base is None else dataclasses.replace(base, **values)


def _parse(card: ParameterCard, text: str) -> Any:
    if card.optional and text.lower() in ("none", ""):
        return None
    if card.kind is bool:
        truth = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if text.lower() not in truth:
            raise ConfigError(f"{card.name} = {text!r}: expected true or false")
        return truth[text.lower()]
    try:
        return card.kind(text)
    except ValueError as error:
        raise ConfigError(f"{card.name} = {text!r}: expected {card.kind.__name__}") from error
