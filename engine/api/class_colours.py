"""Colours of classes, the same wherever something is drawn, on the screen and into files.

Colours are those of Okabe & Ito 2008, told apart by colour-blind eyes, each in four lightnesses;
black and white are left out, because neither shows on every picture.
"""

from __future__ import annotations

import colorsys
import zlib
from collections.abc import Sequence
from functools import cache

Rgb = tuple[int, int, int]

OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
_LIGHTNESSES = (1.0, 1.25, 0.8, 1.5)
_SLOTS = len(OKABE_ITO) * len(_LIGHTNESSES)

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
