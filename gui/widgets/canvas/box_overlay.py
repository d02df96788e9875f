"""Many boxes kept as they were drawn, so that a pan shifts them and draws only what comes in."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPixmap, QRegion

from gui.widgets.canvas.box_painter import (
    BoxStyle,
    Stroke,
    draw_boxes,
    draw_boxes_within,
    picture_of_boxes,
    stroke_of,
)
from gui.widgets.canvas.box_set import BoxSet
from gui.widgets.canvas.frame import Frame

KEPT_FROM = 300
"""Fewer boxes are drawn as fast as a picture of them: those of live frames, for instance."""


class _Kept(NamedTuple):
    """What the kept picture shows, and where the view's picture was then."""

    boxes: BoxSet
    stroke: Stroke
    scale: float
    width: int
    height: int
    dx: int
    dy: int


class BoxOverlay:
    """Draws one set of boxes; the result is the same, pixel for pixel, as `paint_boxes`.

    Translucent lines are never kept: blended twice they would be rounded twice.
    """

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._kept: _Kept | None = None

    def paint(self, frame: Frame, boxes: BoxSet, style: BoxStyle) -> None:
        """Draw boxes, each in its colour."""
        rows = frame.visible(boxes.boxes_xyxy)
        stroke = stroke_of(frame, style, len(rows))
        is_opaque = stroke.alpha == 255 and frame.painter.opacity() == 1
        if len(rows) < KEPT_FROM or not is_opaque:
            self._pixmap, self._kept = QPixmap(), None
            draw_boxes(frame, boxes, rows, stroke)
            return
        new = _Kept(boxes, stroke, frame.scale, frame.width, frame.height, frame.dx, frame.dy)
        if self._kept is None or not self._shift(frame, new):
            self._draw(frame, new, rows)
        self._kept = new
        frame.painter.drawPixmap(0, 0, self._pixmap)

    def _shift(self, frame: Frame, new: _Kept) -> bool:
        """Take over what is still in view; returns whether there was anything."""
        old = self._kept
        if old is None or old.boxes is not new.boxes or old[1:5] != new[1:5]:
            return False
        dx, dy = new.dx - old.dx, new.dy - old.dy
        view = QRect(0, 0, new.width, new.height)
        left_over = view.intersected(view.translated(dx, dy))
        if left_over.isEmpty():
            return False
        if dx or dy:
            self._pixmap.scroll(dx, dy, view)
            bare = QRegion(view).subtracted(QRegion(left_over))
            for strip in bare:  # type: ignore[attr-defined]  # iterable, say Qt's documents
                self._draw_strip(frame, new, strip)
        return True

    def _draw(self, frame: Frame, new: _Kept, rows: NDArray[np.intp]) -> None:
        """Draw the whole view."""
        stroke = new.stroke
        image = None
        if stroke.is_opaque:
            image = picture_of_boxes(frame, new.boxes, rows, stroke)
        if image is not None:
            self._pixmap = QPixmap.fromImage(image, Qt.ImageConversionFlag.NoOpaqueDetection)
            return
        self._pixmap = QPixmap(new.width, new.height)
        self._pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(self._pixmap)
        draw_boxes(replace(frame, painter=painter), new.boxes, rows, stroke)
        painter.end()

    def _draw_strip(self, frame: Frame, new: _Kept, strip: QRect) -> None:
        """Draw anew what lies in a part of the view."""
        painter = QPainter(self._pixmap)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.fillRect(strip, Qt.GlobalColor.transparent)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        draw_boxes_within(replace(frame, painter=painter), new.boxes, strip, new.stroke)
        painter.end()
