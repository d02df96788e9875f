"""Draws an image scaled, without other threads where they would not help."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

ALONE_PIXELS = 1_000_000
"""Up to here Qt's threads save nothing even on idle cores, and on busy ones they are waited for."""

_BAND_ROWS = 64
"""Qt shares out what is smoothed from 96 rows on."""


def draw_image(painter: QPainter, target: QRectF, image: QImage, source: QRectF) -> None:
    """Draw a part of an image over `target`, smoothed as the painter is told to."""
    is_smooth = painter.testRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if not is_smooth or target.width() * target.height() > ALONE_PIXELS:
        painter.drawImage(target, image, source)
        return
    # The same scaling for each band: pixels at their borders come out as in one piece.
    painter.save()
    top, bottom = int(target.top()), target.bottom()
    while top < bottom:
        painter.setClipRect(QRectF(target.left(), top, target.width() + 1, _BAND_ROWS))
        painter.drawImage(target, image, source)
        top += _BAND_ROWS
    painter.restore()
