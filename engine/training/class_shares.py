"""Bars that show which classes a generator makes, and which it has forgotten."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.training.generated_scores import FORGOTTEN_BELOW
from engine.training.grids import INK, PAPER, RIGHT, WRONG

_HEIGHT = 72
_CAPTION = 16


def draw_shares(shares: Sequence[float], names: Sequence[str], width: int) -> NDArray[np.uint8]:
    """Draw a bar a class, as high as its share: RGB (72, width, 3).

    A thin line marks equal shares; classes below three in a hundred are drawn in another colour.
    """
    sheet = np.full((_HEIGHT, width, 3), PAPER, np.uint8)
    floor, room = _HEIGHT - _CAPTION, _HEIGHT - _CAPTION - 4
    step = width / len(shares)
    scale = room / max(*shares, 2 / len(shares))
    for index, (share, name) in enumerate(zip(shares, names, strict=True)):
        left, right = round(index * step) + 3, round((index + 1) * step) - 3
        top = floor - max(1, round(share * scale))
        colour = WRONG if share < FORGOTTEN_BELOW else RIGHT
        cv2.rectangle(sheet, (left, top), (right, floor), colour, cv2.FILLED)
        text = name.encode("ascii", "replace").decode()
        cv2.putText(
            sheet, text, (left, _HEIGHT - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, INK, 1, cv2.LINE_AA
        )
    even = floor - round(scale / len(shares))
    cv2.line(sheet, (0, even), (width, even), INK, 1)
    return sheet
