"""Colours, surfaces and camera faults for drawn scenes. Pictures are float32 RGB in [0, 1]."""

from __future__ import annotations

import colorsys
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.float32]  # (H, W, 3)
Colour = NDArray[np.float32]  # (3,)
Random = np.random.Generator

_SHIFT = 4
_LEAST_CONTRAST = 0.35  # Euclidean, of RGB in [0, 1]

# About evenly spaced to the eye; equal steps of HSV hue would make a third of all colours green.
_HUES = (0.0, 0.045, 0.09, 0.13, 0.2, 0.37, 0.47, 0.55, 0.61, 0.69, 0.77, 0.87, 0.94)


def vivid_colour(random: Random) -> Colour:
    """A saturated colour of any hue."""
    return _hsv(_hue(random), random.uniform(0.5, 0.92), random.uniform(0.5, 1.0))


def muted_colour(random: Random) -> Colour:
    """A colour for what lies behind: less saturated, of any brightness."""
    return _hsv(_hue(random), random.uniform(0.05, 0.4), random.uniform(0.15, 0.95))


def _hue(random: Random) -> float:
    return float(random.choice(_HUES) + random.uniform(-0.02, 0.02)) % 1.0


def contrasting_colour(random: Random, other: Colour) -> Colour:
    """A vivid colour that can be told from `other`."""
    colour = vivid_colour(random)
    for _ in range(10):
        if np.linalg.norm(colour - other) >= _LEAST_CONTRAST:
            break
        colour = vivid_colour(random)
    return colour


def shade(colour: Colour, factor: float) -> Colour:
    """Darker below 1, lighter above."""
    target = np.float32(0.0 if factor < 1 else 1.0)
    amount = np.float32(abs(factor - 1))
    mixed: Colour = colour + (target - colour) * amount
    return mixed


def _hsv(hue: float, saturation: float, value: float) -> Colour:
    return np.array(colorsys.hsv_to_rgb(hue, saturation, value), np.float32)


def mix(amount: NDArray[np.float32], first: Colour, second: Colour) -> Canvas:
    """Blend two colours by an amount in [0, 1] a pixel, (H, W)."""
    blended: Canvas = first + amount[..., None] * (second - first)
    return blended


def _ramp(height: int, width: int, angle: float) -> NDArray[np.float32]:
    """Rises along `angle`, in pixels."""
    x = np.arange(width, dtype=np.float32) * np.float32(np.cos(angle))
    y = np.arange(height, dtype=np.float32) * np.float32(np.sin(angle))
    rising: NDArray[np.float32] = y[:, None] + x[None]
    return rising


def _smooth_noise(random: Random, height: int, width: int, cells: int) -> NDArray[np.float32]:
    """Hills and valleys in [0, 1], about `cells` across the shorter side, with finer ones on top.

    Value noise of three octaves, each half as strong as the one before.
    """
    hills = np.zeros((height, width), np.float32)
    for octave in range(3):
        scale = cells * 2**octave / min(height, width)
        grid = (max(2, round(height * scale)), max(2, round(width * scale)))
        rough = random.random(grid, dtype=np.float32) - np.float32(0.5)
        smooth = cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)
        hills += smooth * np.float32(0.5**octave)
    clipped: NDArray[np.float32] = np.clip(hills + 0.5, 0, 1)
    return clipped


def _waves(height: int, width: int, angle: float, period_px: float) -> NDArray[np.float32]:
    """A sine in [-1, 1] across the picture."""
    waves: NDArray[np.float32] = np.sin(
        _ramp(height, width, angle) * np.float32(2 * np.pi / period_px)
    )
    return waves


def _threshold(values: NDArray[np.float32], sharpness: float) -> NDArray[np.float32]:
    """From below zero to above it: 0 to 1, softly (sharpness 1) or with hard edges."""
    steps: NDArray[np.float32] = np.clip(values * np.float32(sharpness) + 0.5, 0, 1)
    return steps


def draw_background(random: Random, height: int, width: int) -> Canvas:
    """A gradient, hills, stripes, bands or plain ground with two or three muted colours."""
    first = muted_colour(random)
    is_one_hue = random.random() < 0.5
    second = shade(first, random.uniform(0.5, 1.5)) if is_one_hue else muted_colour(random)
    third = shade(second, random.uniform(0.6, 1.4))
    angle = random.uniform(0, 2 * np.pi)
    kind = random.integers(5)
    if kind == 0:
        canvas = mix(_unit(_ramp(height, width, angle)), first, second)
    elif kind == 1:
        canvas = mix(
            _smooth_noise(random, height, width, int(random.integers(2, 6))), first, second
        )
    elif kind == 2:
        period_px = min(height, width) * random.uniform(0.08, 0.4)
        waves = _waves(height, width, angle, period_px)
        stripes = _threshold(waves, random.uniform(0.5, 6))
        canvas = mix(stripes * np.float32(random.uniform(0.3, 0.8)), first, second)
    elif kind == 3:
        hills = _smooth_noise(random, height, width, int(random.integers(2, 4)))
        bands = np.sin(hills * np.float32(random.uniform(8, 20))) * np.float32(0.5) + np.float32(
            0.5
        )
        canvas = mix(bands * np.float32(random.uniform(0.3, 0.8)), first, second)
    else:
        canvas = mix(np.zeros((height, width), np.float32), first, second)
    fine = _smooth_noise(random, height, width, int(random.integers(8, 24))) - np.float32(0.5)
    canvas += fine[..., None] * (third - first) * np.float32(random.uniform(0.1, 0.8))
    return np.clip(canvas, 0, 1)


def _unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stretch to [0, 1]."""
    stretched: NDArray[np.float32] = (values - values.min()) / np.ptp(values)
    return stretched


def draw_clutter(random: Random, canvas: Canvas) -> Canvas:
    """Return the picture with lines, arcs and dots that belong to no class."""
    height, width = canvas.shape[:2]
    side = min(height, width)
    # OpenCV smooths edges in pictures of bytes only.
    picture = np.rint(canvas * 255).astype(np.uint8)
    for _ in range(int(random.integers(0, 14))):
        colour = tuple(
            float(part) * 255 for part in (muted_colour(random) + vivid_colour(random)) / 2
        )
        centre = random.uniform(0, width), random.uniform(0, height)
        draw = (_draw_line, _draw_arc, _draw_dots)[random.integers(3)]
        draw(random, picture, centre, side, colour)
    return picture.astype(np.float32) / np.float32(255)


_Point = tuple[float, float]
_Paint = tuple[float, ...]


def _draw_line(
    random: Random, picture: NDArray[np.uint8], start: _Point, side: int, colour: _Paint
) -> None:
    angle, length = random.uniform(0, 2 * np.pi), random.uniform(0.1, 0.8) * side
    end = _fixed(start[0] + np.cos(angle) * length, start[1] + np.sin(angle) * length)
    thickness = max(1, round(side * random.uniform(0.003, 0.012)))
    cv2.line(picture, _fixed(*start), end, colour, thickness, cv2.LINE_AA, _SHIFT)


def _draw_arc(
    random: Random, picture: NDArray[np.uint8], centre: _Point, side: int, colour: _Paint
) -> None:
    # Less than half a turn, so that no arc passes for a ring.
    radius, start = random.uniform(0.08, 0.4) * side, random.uniform(0, 360)
    axes = _fixed(radius, radius * random.uniform(0.5, 1))
    turn, stop = random.uniform(0, 180), start + random.uniform(30, 150)
    thickness = max(1, round(side * random.uniform(0.003, 0.01)))
    cv2.ellipse(
        picture, _fixed(*centre), axes, turn, start, stop, colour, thickness, cv2.LINE_AA, _SHIFT
    )


def _draw_dots(
    random: Random, picture: NDArray[np.uint8], centre: _Point, side: int, colour: _Paint
) -> None:
    for _ in range(int(random.integers(4, 16))):
        x, y = centre + random.normal(0, 0.08 * side, 2)
        # Far smaller than the smallest circle of the ground truth.
        radius = max(0.7, side * random.uniform(0.003, 0.009))
        cv2.circle(picture, _fixed(x, y), round(radius * 16), colour, -1, cv2.LINE_AA, _SHIFT)


def _fixed(x: float, y: float) -> tuple[int, int]:
    """Coordinates in sixteenths of a pixel, as OpenCV draws with this shift."""
    return round(x * 16), round(y * 16)


def draw_surface(random: Random, height: int, width: int, colour: Colour, behind: Colour) -> Canvas:
    """Fill a patch for one object: plain, gradient, stripes, checks, dots or mottled.

    Args:
        behind: the colour that the second colour of the patch keeps away from.
    """
    second = _second_colour(random, colour, behind)
    angle = random.uniform(0, 2 * np.pi)
    period_px = max(4.0, max(height, width) * random.uniform(0.12, 0.35))
    kind = random.integers(6)
    if kind == 0:
        amount = np.zeros((height, width), np.float32)
    elif kind == 1:
        amount = _unit(_ramp(height, width, angle))
    elif kind == 2:
        amount = _smooth_noise(random, height, width, int(random.integers(3, 9)))
    elif kind == 3:
        amount = _threshold(_waves(height, width, angle, period_px), random.uniform(0.6, 5))
    else:
        across = _waves(height, width, angle, period_px)
        along = _waves(height, width, angle + np.pi / 2, period_px)
        is_checked = kind == 4
        amount = _threshold(across * along if is_checked else across + along - np.float32(0.6), 4)
    return mix(amount, colour, second)


def _second_colour(random: Random, colour: Colour, behind: Colour) -> Colour:
    if random.random() < 0.3:
        return contrasting_colour(random, behind)
    darker = shade(colour, random.uniform(0.35, 0.75))
    lighter = shade(colour, random.uniform(1.25, 1.7))
    near, far = (darker, lighter) if random.random() < 0.5 else (lighter, darker)
    return near if np.linalg.norm(near - behind) >= _LEAST_CONTRAST else far


def light_falloff(height: int, width: int, angle: float, strength: float) -> Canvas:
    """Brighter towards the light, darker away from it; a factor a pixel, (h, w, 1)."""
    ramp = _ramp(height, width, angle)
    centred = (ramp - ramp.mean()) / max(1.0, float(np.ptp(ramp)))
    factor: Canvas = (1 + centred * np.float32(strength))[..., None]
    return factor


def photograph(random: Random, scene: Canvas) -> NDArray[np.uint8]:
    """Add what a camera adds: soft focus, darker corners, sensor noise; returns RGB uint8."""
    height, width = scene.shape[:2]
    canvas: NDArray[Any] = scene
    if random.random() < 0.35:
        canvas = cv2.GaussianBlur(canvas, (0, 0), random.uniform(0.3, 0.9))
    if random.random() < 0.5:
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        x = np.linspace(-1, 1, width, dtype=np.float32)[None]
        canvas = canvas * (1 - np.float32(random.uniform(0.05, 0.2)) * (x * x + y * y))[..., None]
    level = np.float32(random.uniform(0, 0.035) * (random.random() < 0.8))
    if level > 0:
        canvas = canvas + level * random.standard_normal(canvas.shape, dtype=np.float32)
    pixels: NDArray[np.uint8] = np.rint(np.clip(canvas, 0, 1) * 255).astype(np.uint8)
    return pixels
