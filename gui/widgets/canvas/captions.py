"""Short texts over the picture: light on a dark plate, so that they read on anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from gui.widgets.canvas.frame import Frame

MOST_CAPTIONS = 150
"""With more boxes than this in view no captions are drawn: they would cover the picture."""

_PLATE = QColor(12, 15, 19, 205)
_TEXT = QColor(255, 255, 255)
_LONGEST = 48  # characters


@dataclass(frozen=True, slots=True)
class Caption:
    """A text at a box.

    Attributes:
        box: device pixels x1 y1 x2 y2.
        colour: of the stripe at the plate's left, 0xAARRGGBB.
        is_forced: drawn even where it covers another one.
    """

    text: str
    box: tuple[float, float, float, float]
    colour: int
    is_forced: bool = False


class CaptionPainter:
    """Collects the captions of one repaint, then draws those that find a free place.

    A caption sits above its box, else inside at the top, else below; always inside the view.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._captions: list[Caption] = []

    def add(self, caption: Caption) -> None:
        """Take a caption; earlier ones choose their place first, forced ones before all."""
        if caption.text:
            self._captions.append(caption)

    def paint(self) -> None:
        """Draw all that were added."""
        if not self._captions:
            return
        frame, painter = self._frame, self._frame.painter
        painter.setFont(frame.font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        metrics = QFontMetricsF(frame.font)
        taken = np.empty((len(self._captions), 4))
        count = 0
        for caption in sorted(self._captions, key=lambda c: not c.is_forced):
            text = caption.text if len(caption.text) <= _LONGEST else caption.text[:47] + "…"
            pad, stripe = 4 * frame.ratio, frame.line_px(3)
            width = round(metrics.horizontalAdvance(text) + 2 * pad + stripe)
            height = round(metrics.height() + pad / 2)
            place = self._place(caption, width, height, taken[:count])
            if place is None:
                continue
            x, y = place
            taken[count] = (x, y, x + width, y + height)
            count += 1
            painter.fillRect(x, y, width, height, _PLATE)
            painter.fillRect(x, y, stripe, height, QColor.fromRgb(caption.colour))
            painter.setPen(_TEXT)
            area = QRectF(x + stripe + pad, y, width, height)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
            painter.drawText(area, int(flags), text)

    def _place(
        self, caption: Caption, width: int, height: int, taken: NDArray[np.float64]
    ) -> tuple[int, int] | None:
        frame = self._frame
        x1, y1, _, y2 = caption.box
        gap = frame.line_px(1)
        x = round(min(max(x1 - gap, 0), max(frame.width - width, 0)))
        above, inside, below = y1 - height - gap, max(y1, 0) + gap, y2 + gap
        lowest = frame.height - height
        first = round(min(max(above, 0), max(lowest, 0)))
        for wanted in (above, inside, below):
            y = round(wanted)
            overlaps = (
                (taken[:, 0] < x + width)
                & (taken[:, 2] > x)
                & (taken[:, 1] < y + height)
                & (taken[:, 3] > y)
            )
            if 0 <= y <= lowest and not overlaps.any():
                return x, y
        return (x, first) if caption.is_forced else None
