"""Drawing the fixed batch: pictures in a grid, masks in colours."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.datasets import IGNORED

Rgb = NDArray[np.uint8]

INK, PAPER = (33, 33, 33), (245, 245, 245)
RIGHT, WRONG = (0, 158, 115), (213, 94, 0)
_SMALLEST_SIDE = 64
_GAP = 2

# Okabe and Ito's colours for all eyes, black for the first class, which is the background.
_COLOURS = (
    (0, 0, 0),
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)


def as_rgb(pixels: NDArray[np.uint8]) -> Rgb:
    """Return pixels (H, W, 1 or 3) as (H, W, 3)."""
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


def enlarged(picture: Rgb) -> Rgb:
    """Repeat pixels until the shorter side is large enough to be looked at."""
    factor = math.ceil(_SMALLEST_SIDE / min(picture.shape[:2]))
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def framed(picture: Rgb, colour: tuple[int, int, int]) -> Rgb:
    """Draw a line of three pixels around a picture."""
    bordered = cv2.copyMakeBorder(picture, 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=colour)
    return np.asarray(bordered, np.uint8)


def coloured(mask: NDArray[np.integer]) -> Rgb:
    """Return a mask (H, W) of class indices in colours; what is ignored is grey."""
    table = np.zeros((256, 3), np.uint8)
    for index in range(IGNORED):
        lap, colour = divmod(index, len(_COLOURS))
        # A second lap through the colours is lighter, a third lighter still.
        base = np.array(_COLOURS[colour] if index else (0, 0, 0))
        table[index] = base + (255 - base) * (1 - 0.6**lap)
    table[IGNORED] = (128, 128, 128)
    return table[mask.astype(np.uint8)]


def tile(pictures: Sequence[Rgb], columns: int | None = None) -> Rgb:
    """Lay equally large pictures out in rows, about as many rows as columns by default."""
    height, width = pictures[0].shape[:2]
    columns = min(len(pictures), columns or math.ceil(math.sqrt(len(pictures))))
    rows = math.ceil(len(pictures) / columns)
    sheet = np.full(
        (rows * (height + _GAP) + _GAP, columns * (width + _GAP) + _GAP, 3), PAPER, np.uint8
    )
    for index, picture in enumerate(pictures):
        top, left = (
            _GAP + step * (side + _GAP)
            for step, side in zip(divmod(index, columns), (height, width), strict=True)
        )
        sheet[top : top + height, left : left + width] = picture
    return sheet
