"""Numbers to colours: tables of 0xAARRGGBB, looked up by index."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import Role
from gui.class_colours import CLASS_COLOURS
from gui.theme import class_colour, role_colour

# Ten points of viridis (Smith & van der Walt 2015, released as CC0): lightness rises evenly, so
# equal steps of value look equal, also in grey and to colour-blind eyes.
_ANCHORS = (
    *(0x440154, 0x482878, 0x3E4989, 0x31688E, 0x26828E),
    *(0x1F9E89, 0x35B779, 0x6ECE58, 0xB5DE2B, 0xFDE725),
)
_OPAQUE = np.uint32(0xFF000000)
TRANSPARENT_INDEX = 255


@lru_cache(maxsize=1)
def heat_table() -> NDArray[np.uint32]:
    """Return 256 colours from the lowest value to the highest, then one for "no value"."""
    anchors = np.array([[c >> 16 & 255, c >> 8 & 255, c & 255] for c in _ANCHORS], np.float64)
    places = np.linspace(0, len(anchors) - 1, 256)
    channels = [np.interp(places, np.arange(len(anchors)), anchors[:, i]) for i in range(3)]
    red, green, blue = (np.rint(channel).astype(np.uint32) for channel in channels)
    colours = _OPAQUE | red << np.uint32(16) | green << np.uint32(8) | blue
    return np.append(colours, np.uint32(0))


def colour_heat(
    values: NDArray[np.floating], low: float, high: float, opacity: float = 1.0
) -> NDArray[np.uint32]:
    """Colour a scalar field (h, w); NaN becomes transparent, infinities the ends."""
    span = high - low if high > low else 1.0
    scaled = np.clip((values - low) * (255.0 / span), 0, 255)
    missing = np.isnan(scaled)
    if missing.any():
        scaled = np.where(missing, 256, scaled)
    table = faded(heat_table(), opacity)
    return np.asarray(np.take(table, scaled.astype(np.uint16)), np.uint32)


def faded(colours: NDArray[np.uint32], opacity: float) -> NDArray[np.uint32]:
    """Multiply premultiplied 0xAARRGGBB by an opacity of 0 to 1, all four bytes alike."""
    if opacity >= 1:
        return colours
    factor, odd = np.uint32(round(max(opacity, 0.0) * 256)), np.uint32(0x00FF00FF)
    low = ((colours & odd) * factor) >> np.uint32(8) & odd
    high = (colours >> np.uint32(8) & odd) * factor & ~odd
    return np.asarray(low | high, np.uint32)


def heat_range(values: NDArray[np.floating]) -> tuple[float, float]:
    """Return the least and greatest finite value, (0, 1) where there is none."""
    step = max(1, int((values.size / 4_000_000) ** 0.5))  # enough to know the range of a big one
    some = values[::step, ::step]
    finite = some[np.isfinite(some)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def mask_table(
    categories: tuple[str, ...], alpha: int, roles: tuple[Role, ...] = ()
) -> tuple[int, ...]:
    """Return 256 colours by class index, not premultiplied; without a name and 255 transparent."""
    return _mask_table(categories, alpha, roles, CLASS_COLOURS.version)


@lru_cache(maxsize=64)
def _mask_table(
    categories: tuple[str, ...], alpha: int, roles: tuple[Role, ...], version: int
) -> tuple[int, ...]:
    del version  # colours of another are others
    named = categories[:TRANSPARENT_INDEX]
    opaque = [int(role_colour(role).rgb()) for role in roles] or [class_rgb(n) for n in named]
    colours = [
        colour & 0xFFFFFF | alpha << 24 if name else 0
        for name, colour in zip(named, opaque, strict=True)
    ]
    return (*colours, *[0] * (256 - len(colours)))


def class_rgb(name: str) -> int:
    """Return a class's colour as 0xFFRRGGBB."""
    return _class_rgb(name, CLASS_COLOURS.version)


@lru_cache(maxsize=4096)
def _class_rgb(name: str, version: int) -> int:
    del version  # colours of another are others
    return int(class_colour(name).rgb())
