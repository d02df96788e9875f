"""Colours of classes, the same wherever something is drawn, on the screen and into files.

Colours are those of Okabe & Ito 2008, told apart by colour-blind eyes, each in four lightnesses;
black and white are left out, because neither shows on every picture.
"""

from __future__ import annotations

import colorsys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import count, islice
from types import MappingProxyType

Rgb = tuple[int, int, int]

OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
_LIGHTNESSES = (1.0, 1.25, 0.8, 1.5)
_SLOTS = len(OKABE_ITO) * len(_LIGHTNESSES)
_TRIED, _LEAST_DISTANCE, _GOLDEN = 400, 36, 0.618034
_TONES = ((0.65, 0.95), (0.9, 0.6), (0.4, 0.8), (0.8, 0.8))  # saturation and value
_NONE: Mapping[str, Rgb] = MappingProxyType({})

# A street: sky is blue and trees are green, so that it can be read without its legend.
_STREET = {
    **{"sky": 1, "road": 6, "building": 0, "tree": 2, "car": 4, "pavement": 3, "pedestrian": 5},
    **{"pole": 10, "signsymbol": 27, "fence": 19, "bicyclist": 9},
}
# Further classes that are seen together in one picture; within each list no two are alike.
_SEEN_TOGETHER: tuple[tuple[str, ...], ...] = (
    ("circle", "square", "triangle", "star", "cross", "ring", "background"),
    (
        *("person", "car", "dog", "cat", "chair", "bottle", "bird", "bus", "bicycle", "boat"),
        *("cow", "horse", "sheep", "train", "sofa", "aeroplane", "diningtable", "motorbike"),
        *("pottedplant", "tvmonitor", "background"),
    ),
)


def class_rgb(name: str) -> Rgb:
    """Return the colour of a class: of a known one from a list, of any other by its name."""
    slot = _known().get(name)
    return _rgb(_by_name(name) if slot is None else slot)


def distinct_rgbs(names: Iterable[str], kept: Mapping[str, Rgb] = _NONE) -> dict[str, Rgb]:
    """Return colours of classes that are at hand together, no two alike.

    Those that are kept stay. A known class has the colour that it has everywhere, if that is free;
    any other the next free colour in the order of the names.
    """
    names = tuple(dict.fromkeys(names))
    found = {name: kept[name] for name in names if name in kept}
    taken = set(found.values())
    known = _known()
    for name in names:
        if name not in found and name in known and _rgb(known[name]) not in taken:
            found[name] = _rgb(known[name])
            taken.add(found[name])
    free = (colour for colour in _palette() if colour not in taken)
    for name in names:
        if name not in found:
            found[name] = next(free)
            taken.add(found[name])
    return {name: found[name] for name in names}


def _palette() -> Iterator[Rgb]:
    """Yield colours that are easily told apart, the most different ones first, then any others."""
    slots = [_rgb(slot) for slot in range(_SLOTS)]
    yield from slots
    yield from _further(tuple(slots))
    yield from _endless()


@cache
def _further(slots: tuple[Rgb, ...]) -> tuple[Rgb, ...]:
    """Return those of the turning hues that are unlike the slots and one another."""
    found = list(slots)
    for colour in islice(_endless(), _TRIED):
        if all(_distance(colour, other) >= _LEAST_DISTANCE for other in found):
            found.append(colour)
    return tuple(found[len(slots) :])


def _endless() -> Iterator[Rgb]:
    """Yield ever more colours; hues turn by the golden section, so that neighbours differ."""
    for number in count():
        saturation, value = _TONES[number % len(_TONES)]
        red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN % 1, saturation, value)
        yield round(255 * red), round(255 * green), round(255 * blue)


def _distance(one: Rgb, other: Rgb) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def _by_name(name: str) -> int:
    return zlib.crc32(name.encode(errors="surrogatepass")) % _SLOTS


@cache
def _known() -> dict[str, int]:
    """Give the classes of each list different slots: first different hues, then lightnesses."""
    slots = dict(_STREET)
    for names in _SEEN_TOGETHER:
        _fill(slots, names)
    return slots


def _fill(slots: dict[str, int], names: Sequence[str]) -> None:
    taken = [slots[name] for name in names if name in slots]
    for name in names:
        if name not in slots:
            slots[name] = min(range(_SLOTS), key=lambda slot: _crowding(slot, taken))
            taken.append(slots[name])


def _crowding(slot: int, taken: Sequence[int]) -> tuple[int, int, int]:
    """How much a slot is like those taken: the same one, the same hue, then by number."""
    hues = len(OKABE_ITO)
    same_hue = sum(1 for other in taken if other % hues == slot % hues)
    return (int(slot in taken), same_hue, slot)


def _rgb(slot: int) -> Rgb:
    """Return hue and lightness of a slot; as QColor.lighter has it."""
    lightness, hue = divmod(slot, len(OKABE_ITO))
    code = OKABE_ITO[hue]
    red, green, blue = (int(code[start : start + 2], 16) / 255 for start in (1, 3, 5))
    hue_part, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    value *= _LIGHTNESSES[lightness]
    if value > 1:  # what is brighter than bright pales
        saturation, value = max(0.0, saturation - (value - 1)), 1.0
    red, green, blue = (
        round(255 * part) for part in colorsys.hsv_to_rgb(hue_part, saturation, value)
    )
    return red, green, blue
