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


def fill_rectangles(painter: QPainter, rectangles: NDArray[np.int32]) -> None:
    """Fill rectangles with the brush; pen and antialiasing are expected to be off.

    Args:
        rectangles: left, top, right, bottom in device pixels, both ends included, shape (…, 4).
    """
    if len(rectangles):
        rectangles = np.ascontiguousarray(rectangles, np.int32)
        first: Any = shiboken6.wrapInstance(rectangles.ctypes.data, QRect)
        painter.drawRects(first, rectangles.size // 4)


def draw_lines(painter: QPainter, lines: NDArray[np.float64]) -> None:
    """Draw lines with the pen: x1, y1, x2, y2 in device pixels, shape (N, 4)."""
    if len(lines):
        lines = np.ascontiguousarray(lines, np.float64)
        first: Any = shiboken6.wrapInstance(lines.ctypes.data, QLineF)
        painter.drawLines(first, len(lines))


def polygon_of(vertices: NDArray[np.float64]) -> QPolygonF:
    """Return vertices (V, 2) as a Qt polygon."""
    return QPolygonF([QPointF(x, y) for x, y in vertices.tolist()])
