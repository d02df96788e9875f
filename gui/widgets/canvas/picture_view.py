"""Draws the picture, and has big ones reduced on a thread that never outlives it."""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRect, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QBrush, QColor, QImage, QPainter

from engine.api.pictures import Picture
from gui.widgets.canvas.frame import Frame
from gui.widgets.canvas.image_drawing import draw_image
from gui.widgets.canvas.picture_pyramid import PicturePyramid
from gui.widgets.canvas.primitive_arrays import fill_rectangles

SMOOTH_UP_TO = 2.0
"""Magnified further, pixels are shown as they are."""

GRID_FROM = 8.0
"""Device-independent pixels a picture pixel must have before lines are drawn between them."""

_POLL_MS = 40
_GRID_COLOUR = QColor(128, 128, 128, 120)


class PictureView(QObject):
    """The picture at the bottom of the canvas."""

    redraw_wanted = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.picture: Picture | None = None
        self._pyramid: PicturePyramid | None = None
        self._workers = _Workers()
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._on_tick)
        # A plain object: nothing of this one can be called any more when it is destroyed.
        self.destroyed.connect(self._workers.end)

    @property
    def is_sharp(self) -> bool:
        """Whether every level of the picture is there."""
        return self._pyramid is None or self._pyramid.is_complete

    def set_picture(self, picture: Picture | None) -> None:
        """Show a picture at once, if need be from every n-th pixel until it is reduced."""
        if picture is self.picture:
            return
        self._workers.stop()
        self._timer.stop()
        self.picture = picture
        self._pyramid = PicturePyramid(picture.pixels) if picture is not None else None
        if not self.is_sharp:
            # The work starts with the first tick: live frames are gone before that.
            self._timer.start()

    @Slot()
    def _on_tick(self) -> None:
        pyramid = self._pyramid
        if pyramid is not None and not pyramid.is_complete:
            self._workers.start(pyramid)
        else:
            self._timer.stop()
        self.redraw_wanted.emit()

    def paint(self, frame: Frame, area: QRectF | None = None) -> None:
        """Draw the visible part of the picture and, magnified, the pixel grid.

        Args:
            area: only what lies there, whole device pixels; not where there is a pixel grid.
        """
        pyramid = self._pyramid
        if pyramid is None:
            return
        whole = frame.rectangle((0, 0, pyramid.width, pyramid.height))
        target = whole.intersected(area or QRectF(0, 0, frame.width, frame.height))
        if target.isEmpty():
            return
        image, side = pyramid.image_for(frame.scale)
        factor = 1 / (frame.scale * side)
        source = QRectF(
            (target.x() - whole.x()) * factor,
            (target.y() - whole.y()) * factor,
            target.width() * factor,
            target.height() * factor,
        )
        is_smooth = frame.scale <= SMOOTH_UP_TO and frame.scale * side != 1
        frame.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=is_smooth)
        draw_image(frame.painter, target, image, source)
        if frame.scale >= GRID_FROM * frame.ratio:
            _paint_pixel_grid(frame, target)


def _paint_pixel_grid(frame: Frame, target: QRectF) -> None:
    """Draw a translucent line between the pixels."""
    painter = frame.painter
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setPen(Qt.PenStyle.NoPen)
    left, right = round(target.left()), round(target.right())
    top, bottom = round(target.top()), round(target.bottom())
    columns = _line_places(left, right, frame.dx, frame.scale)
    rows = _line_places(top, bottom, frame.dy, frame.scale)
    # One row of the picture with all its column lines, repeated downwards: blending line by line
    # takes four times as long.
    words = np.zeros(frame.width, np.uint32)
    words[columns[(columns >= 0) & (columns < frame.width)]] = _GRID_COLOUR.rgba()
    row = QImage(words.data, frame.width, 1, 4 * frame.width, QImage.Format.Format_ARGB32)
    tile = row.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    painter.setBrushOrigin(0, 0)
    painter.fillRect(QRect(left, top, right - left, bottom - top), QBrush(tile))
    lines = np.empty((len(rows), 4), np.int32)
    lines[:, 0], lines[:, 2] = left, right - 1
    lines[:, 1] = lines[:, 3] = rows
    painter.setBrush(_GRID_COLOUR)
    fill_rectangles(painter, lines)


def _line_places(start: int, stop: int, offset: int, scale: float) -> NDArray[np.intp]:
    """Return the device pixels between `start` and `stop` where picture pixels meet."""
    first, last = math.floor((start - offset) / scale), math.ceil((stop - offset) / scale)
    return np.asarray(np.rint(np.arange(first, last + 1) * scale + offset), np.intp)


class _Workers:
    """At most one thread that reduces a picture."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._pyramid: PicturePyramid | None = None

    def start(self, pyramid: PicturePyramid) -> None:
        if self._pyramid is not pyramid:
            self.stop()
            self._pyramid = pyramid
            self._thread = threading.Thread(
                target=pyramid.build, name="canvas-pyramid", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Let the thread end by itself, which takes a few milliseconds."""
        if self._pyramid is not None:
            self._pyramid.stop()
        self._pyramid = None

    def end(self) -> None:
        """Wait until the thread has ended."""
        self.stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
