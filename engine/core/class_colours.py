"""Colours of classes, the same wherever something is drawn into a picture."""

from __future__ import annotations

import colorsys
import zlib

Rgb = tuple[int, int, int]

# Okabe & Ito 2008, for colour-blind eyes; as in the interface, see gui/theme.py.
OKABE_ITO = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
_LIGHTNESSES = (1.0, 1.25, 0.8, 1.5)


def class_rgb(name: str) -> Rgb:
    """Return the colour that the interface gives a class too: hue and lightness by its name."""
    number = zlib.crc32(name.encode())
    code = OKABE_ITO[number % len(OKABE_ITO)]
    red, green, blue = (int(code[start : start + 2], 16) / 255 for start in (1, 3, 5))
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    value *= _LIGHTNESSES[number // len(OKABE_ITO) % len(_LIGHTNESSES)]
    if value > 1:  # what is brighter than bright pales
        saturation, value = max(0.0, saturation - (value - 1)), 1.0
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, saturation, value))
    return red, green, blue
