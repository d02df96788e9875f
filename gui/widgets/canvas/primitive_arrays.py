"""Hands whole NumPy arrays to QPainter: ten thousand rectangles in one call.

A QRect is four 32-bit integers and a QLineF four doubles, so a contiguous array of them is what
`drawRects` and `drawLines` take in C++. Building the objects one by one costs ten times as
much as drawing them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRect
from PySide6.QtGui import QPainter, QPolygonF

_PIECE_ROWS = 95


class _Rectangles:
    """Memory that Qt reads rectangles from; to wrap an array anew takes as long as to draw ten."""

    def __init__(self) -> None:
        self._memory = np.empty(0, np.int32)
        self._first: Any = None

    def holding(self, rectangles: NDArray[np.int32]) -> tuple[Any, int]:
        """Return the first of the rectangles and their number; until the next call."""
        size = rectangles.size
        if size > len(self._memory):
            self._memory = np.empty(2 * size, np.int32)
            self._first = shiboken6.wrapInstance(self._memory.ctypes.data, QRect)
        self._memory[:size] = rectangles.reshape(-1)
        return self._first, size // 4


_RECTANGLES = _Rectangles()


def fill_rectangles(painter: QPainter, rectangles: NDArray[np.int32]) -> None:
    """Fill rectangles with the brush; pen and antialiasing are expected to be off.

    Args:
        rectangles: left, top, right, bottom in device pixels, both ends included, shape (…, 4).
    """
    if rectangles.size:
        painter.drawRects(*_RECTANGLES.holding(rectangles))


def in_low_pieces(rectangles: NDArray[np.int32]) -> NDArray[np.int32]:
    """Cut rectangles (…, 4) into pieces of few rows, (N, 4).

    Qt shares out what is blended over 96 rows and more among threads, and waits for them: on a
    busy machine that takes five times as long as the blending.
    """
    rectangles = rectangles.reshape(-1, 4)
    further_rows = rectangles[:, 3] - rectangles[:, 1]
    if not (further_rows >= _PIECE_ROWS).any():
        return rectangles
    counts = np.maximum(further_rows // _PIECE_ROWS + 1, 1)
    pieces = np.repeat(rectangles, counts, axis=0)
    firsts = np.repeat(np.cumsum(counts) - counts, counts)
    pieces[:, 1] += (np.arange(len(pieces)) - firsts) * _PIECE_ROWS
    pieces[:, 3] = np.minimum(pieces[:, 3], pieces[:, 1] + _PIECE_ROWS - 1)
    return pieces


def draw_lines(painter: QPainter, lines: NDArray[np.float64]) -> None:
    """Draw lines with the pen: x1, y1, x2, y2 in device pixels, shape (N, 4)."""
    if len(lines):
        lines = np.ascontiguousarray(lines, np.float64)
        first: Any = shiboken6.wrapInstance(lines.ctypes.data, QLineF)
        painter.drawLines(first, len(lines))


def polygon_of(vertices: NDArray[np.float64]) -> QPolygonF:
    """Return vertices (V, 2) as a Qt polygon."""
    return QPolygonF([QPointF(x, y) for x, y in vertices.tolist()])
