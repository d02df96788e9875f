"""Declares a tunable parameter once, for validation, the command line and the form."""

import dataclasses
import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from engine.api.errors import ConfigError


def parameter(
    default: Any,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    note: str = "",
) -> Any:
    """Return a dataclass field that carries its own limits, unit and caption.

    Choices come from the annotation: `Literal["a", "b"]` becomes a list, `bool` a check box.
    """
    return dataclasses.field(
        default=default, metadata={"low": low, "high": high, "unit": unit, "note": note}
    )


@dataclasses.dataclass(frozen=True, slots=True)
class ParameterCard:
    """One field of a config as a form or a command line needs it.

    Attributes:
        kind: `int`, `float`, `bool`, `str`; choices have kind `str`.
        choices: allowed values, empty where any value within the limits is allowed.
        optional: whether None is allowed.
    """

    name: str
    kind: type
    default: Any
    low: float | None
    high: float | None
    unit: str
    note: str
    choices: tuple[str, ...]
    optional: bool

    @property
    def title(self) -> str:
        """The field's name as words: `iou_threshold` is "IoU threshold"."""
        words = self.name.replace("_", " ")
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
    return ParameterCard(
        name=field.name,
        kind=str if choices else hint,
        default=field.default,
        low=data.get("low"),
        high=data.get("high"),
        unit=data.get("unit", ""),
        note=data.get("note", ""),
        choices=choices,
        optional=optional,
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
    if wrong_bool or not isinstance(value, wanted):
        raise ConfigError(f"{card.name} = {value!r}: expected {card.kind.__name__}")


def from_words(config_type: type, words: dict[str, str]) -> Any:
    """Build a config from `field=value` texts, as the command line gives them.

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
    return config_type(**values)


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
