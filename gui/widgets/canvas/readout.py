"""The line about the pixel under the pointer."""

from __future__ import annotations

import math

import numpy as np

from engine.api.annotations import Point
from engine.api.pictures import Picture


def readout(picture: Picture | None, point: Point) -> str:
    """Return "x 312, y 88 | RGB 20 40 60", with the file's own value where it has another one.

    Empty outside the picture.
    """
    x, y = math.floor(point[0]), math.floor(point[1])
    if picture is None or not (0 <= x < picture.width and 0 <= y < picture.height):
        return ""
    red, green, blue = picture.pixels[y, x].tolist()
    text = f"x {x}, y {y} | RGB {red} {green} {blue}"
    if picture.source_values is None:
        return text
    stored = np.atleast_1d(picture.source_values[y, x]).tolist()
    return f"{text} | stored " + " ".join(_number(value) for value in stored)


def _number(value: float) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
